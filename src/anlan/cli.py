"""The command line: ``anlan <verb>``; each verb's help shows one example."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from anlan.errors import AnlanError, unexpected
from anlan.project import Home, open_home

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help=(
        "安澜：把应急管理部门的月度报表变成通报里的数字，每个数字都可追溯到原表的行。\n\n"
        "例：`anlan refresh --period 2019`"
    ),
)
# Into a pipe or a log there is no terminal to fit: tables keep their full width.
out = Console(width=None if sys.stdout.isatty() else 160)
err = Console(stderr=True)
# In a long step a log hears something new at the latest after this time.
_SILENCE_SECONDS = 5


AsOf = Annotated[
    datetime | None,
    typer.Option(
        help="只用此时刻前收到的报表。",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"],
    ),
]


class Format(StrEnum):
    """How figures and findings are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@app.callback()
def _options(
    context: typer.Context,
    home: Annotated[
        Path | None, typer.Option(help="工作目录（inbox、lake、releases、reports 所在）。")
    ] = None,
    jurisdiction: Annotated[Path | None, typer.Option(help="地区文件夹。")] = None,
    contracts: Annotated[Path | None, typer.Option(help="自带的报表合同文件夹。")] = None,
    project: Annotated[Path | None, typer.Option(help="项目文件，默认为当前目录的 anlan.yml。")] = None,
) -> None:
    context.obj = lambda: open_home(home, jurisdiction, contracts, project)


def _home(context: typer.Context) -> Home:
    home: Home = context.obj()
    return home


@dataclass
class _ConsoleProgress:
    """Stages with a bar on a terminal, and one line a stage where there is none."""

    console: Console

    @contextmanager
    def stage(self, title: str) -> Iterator[Callable[[int, int, str], None]]:
        started = datetime.now()
        if not self.console.is_terminal:
            self.console.print(f"{title} …")
            last, told_at = 0, started

            def line(done: int, total: int, what: str) -> None:
                nonlocal last, told_at
                # A log wants a sign of life a few times a stage and in long steps, not a line a step.
                is_due = (datetime.now() - told_at).total_seconds() >= _SILENCE_SECONDS
                if total and (done == total or is_due or done * 5 // total > last * 5 // total):
                    self.console.print(f"  {done}/{total} {what}", highlight=False)
                    last, told_at = done, datetime.now()

            yield line
        else:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[what]}"),
            )
            with Progress(*columns, console=self.console, transient=True) as bar:
                task = bar.add_task(title, total=None, what="")

                def step(done: int, total: int, what: str) -> None:
                    bar.update(task, completed=done, total=total or None, what=what)

                yield step
        seconds = (datetime.now() - started).total_seconds()
        self.console.print(f"{title}：完成，{seconds:.1f} 秒", highlight=False)


@app.command()
def example(
    directory: Annotated[Path, typer.Argument(help="写入的文件夹，通常是 inbox。")],
    seed: Annotated[int, typer.Option(help="随机种子；同一种子每次写出相同的文件。")] = 20200331,
    scale: Annotated[float, typer.Option(help="检查与隐患记录的倍数。")] = 1.0,
) -> None:
    """写出一个示例省份的原始报表（合成数据）。

    例：`anlan example inbox`
    """
    from anlan.example import write_example

    with _ConsoleProgress(err).stage("写示例报表（合成数据）") as step:
        summary = write_example(directory, seed=seed, scale=scale, progress=step)
    out.print(summary.message, highlight=False)


@app.command()
def load(
    context: typer.Context,
    strict: Annotated[bool, typer.Option(help="有整件退回时以非零状态结束。")] = True,
    anew: Annotated[
        bool, typer.Option("--anew", help="合同或规则改动后，把 inbox 中全部报表重新载入。")
    ] = False,
) -> None:
    """载入 inbox 中的新报表：读取、校验、入库或暂扣。

    例：`anlan load`；改过合同或规则之后：`anlan load --anew`
    """
    from anlan.gate.console import render_summary
    from anlan.gate.load import load_inbox
    from anlan.release.lock import refresh_lock

    home = _home(context)
    with refresh_lock(home), _ConsoleProgress(err).stage("载入报表") as step:
        summary = load_inbox(home, progress=step, anew=anew)
    out.print(render_summary(summary))
    if strict and summary.refused:
        raise typer.Exit(1)


@app.command()
def refresh(
    context: typer.Context,
    period: Annotated[str, typer.Option(help="期别：2019 或 2020-03。")],
    area: Annotated[str | None, typer.Option(help="区划名称或代码，默认为全省。")] = None,
    as_of: AsOf = None,
) -> None:
    """把 inbox 里的新报表走完全程：载入、检查、构建、发布、笔记本、通报。

    例：`anlan refresh --period 2020-03`
    """
    from anlan.gate.console import render_summary
    from anlan.refresh import refresh as run

    home = _home(context)
    result = run(home, period, _ConsoleProgress(err), area, as_of)
    out.print(render_summary(result.load))
    publication = result.publication
    built = f"新建，{publication.tests_count} 项检查全部通过" if publication.is_new else "数据未变，沿用"
    out.print(
        f"\n发布版本  {publication.release_id}（{built}）\n          {publication.path}", highlight=False
    )
    for report in result.reports:
        out.print(f"报告      {report}", highlight=False, soft_wrap=True)
    if not result.reports_are_new:
        out.print("报告与当前版本一致，未重做。")
    if publication.is_synthetic:
        out.print("数据含合成数据，仅供演示，不可引用。", style="bold yellow")
    if result.load.refused:
        err.print(f"有 {len(result.load.refused)} 张表整件退回，未计入以上数字。", style="bold red")
        raise typer.Exit(1)


@app.command()
def build(
    context: typer.Context,
    as_of: AsOf = None,
) -> None:
    """用已入库的数据构建并发布一个版本。

    例：`anlan build --as-of 2020-02-01`
    """
    from anlan.release.lock import refresh_lock
    from anlan.release.publish import publish

    home = _home(context)
    with refresh_lock(home), _ConsoleProgress(err).stage("构建与检查") as step:
        publication = publish(home, as_of, lambda done, total, name, status: step(done, total, name))
    out.print(f"当前版本：{publication.release_id}  {publication.path}", highlight=False, soft_wrap=True)


@app.command()
def report(
    context: typer.Context,
    period: Annotated[str, typer.Option(help="期别：2019 或 2020-03。")],
    area: Annotated[str | None, typer.Option(help="区划名称或代码，默认为全省。")] = None,
) -> None:
    """用当前版本写出某一期的通报和笔记本。

    例：`anlan report --period 2019 --area 杭州市`
    """
    from anlan.refresh import write_reports
    from anlan.release.reader import open_current

    home = _home(context)
    with _ConsoleProgress(err).stage("生成通报与笔记本") as step, open_current(home) as reader:
        reports, _ = write_reports(home, reader, period, area, step)
    for file in reports:
        out.print(str(file), highlight=False, soft_wrap=True)


@app.command()
def figures(
    context: typer.Context,
    period: Annotated[str | None, typer.Option(help="期别：2019、2020-03 或 2020-01/2020-03。")] = None,
    area: Annotated[str | None, typer.Option(help="区划名称或代码。")] = None,
    metric: Annotated[list[str] | None, typer.Option(help="指标标识，可重复。")] = None,
    breakdown: Annotated[str | None, typer.Option(help="分组，如 severity；默认全部。")] = None,
    comparator: Annotated[str | None, typer.Option(help="none 或 yoy；默认全部。")] = None,
    output_format: Annotated[Format, typer.Option("--format", help="输出格式。")] = Format.TABLE,
    output: Annotated[
        Path | None, typer.Option(help="写入文件（csv 带 BOM，Excel 和 WPS 可直接打开）。")
    ] = None,
) -> None:
    """打印当前版本的数字。

    例：`anlan figures --period 2019 --area 浙江省 --format csv --output 2019.csv`
    """
    _check_output(output_format, output)
    from anlan.release.reader import open_current
    from anlan.report.figures_output import render_figures

    with open_current(_home(context)) as reader:
        frame = reader.figures(period, area, metric, comparator, breakdown)
        if frame.is_empty():
            labels = reader.query("select distinct period_label from marts.fig_all order by 1")
            hint = "、".join(labels["period_label"].to_list()[-8:])
            raise AnlanError("没有符合条件的数字", f"可用的期别例如：{hint}。")
    render_figures(frame, output_format.value, out, output)


@app.command()
def ledger(context: typer.Context, as_of: AsOf = None) -> None:
    """打印载入台账：每张表读入、入库、暂扣、剔除的行数。

    例：`anlan ledger`；当时收到了哪些：`anlan ledger --as-of 2020-02-01`
    """
    from anlan.contracts import load_contracts
    from anlan.gate.lake import read_ledger
    from anlan.intake.staged import UNKNOWN_SOURCE

    home = _home(context)
    labels = {name: contract.label for name, contract in load_contracts(home.contracts).items()}
    frame = (
        read_ledger(home.lake)
        .filter(pl.col("received_at") <= (as_of or datetime.max))
        .sort("received_at", "file_name", "sheet_name")
        .with_columns(
            pl.col("source").replace({**labels, UNKNOWN_SOURCE: "未识别"}),
            pl.col("status").replace({"accepted": "入库", "refused": "整件退回"}),
        )
    )
    columns = {
        "file_name": "文件", "sheet_name": "表", "source": "数据源", "received_at": "收到时间",
        "rows_read": "读入", "rows_accepted": "入库", "rows_quarantined": "暂扣", "rows_set_aside": "剔除",
        "cells_quarantined": "暂扣单元格", "warnings_count": "提醒", "encoding": "编码",
        "encoding_basis": "编码依据", "status": "状态",
    }  # fmt: skip
    _print_table("载入台账（读入 = 入库 + 暂扣 + 剔除）", frame.select(list(columns)), columns)
    numbers = frame.select(
        pl.col("rows_read", "rows_accepted", "rows_quarantined", "rows_set_aside").sum()
    ).row(0)
    out.print("合计：读入 {:,} = 入库 {:,} + 暂扣 {:,} + 剔除 {:,}".format(*numbers), highlight=False)


@app.command()
def lake(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Option(help="数据源标识，如 accidents；默认列出各数据源行数。")
    ] = None,
    as_of: AsOf = None,
    key: Annotated[list[str] | None, typer.Option(help="只看这一记录（记录标识），可重复。")] = None,
    period: Annotated[str | None, typer.Option(help="只看发生在 2019 或 2020-03 的。")] = None,
    output_format: Annotated[Format, typer.Option("--format", help="输出格式。")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="写入文件（csv 或 json）。")] = None,
) -> None:
    """打印某一时刻库中有效的行：更正、替换和撤回都按当时所知，各行注明文件、表、行。

    例：`anlan lake --source accidents --as-of 2020-02-01T12:00 --period 2020-01`
    """
    _check_output(output_format, output)
    if source is None and (key or period or output_format is not Format.TABLE):
        raise AnlanError("没有指明数据源", "加上 --source，如 --source accidents。")

    from anlan.contracts import load_contracts
    from anlan.gate.known import days_of, open_known
    from anlan.gate.known_output import render_rows
    from anlan.gate.rules import load_suites

    home = _home(context)
    contracts = load_contracts(home.contracts, home.extra_contracts)
    if source is not None and source not in contracts:
        raise AnlanError(f"没有名为 {source} 的数据源", f"可用的有：{'、'.join(contracts)}。")
    with open_known(home.lake, contracts, as_of) as known:
        if source is not None:
            rows = known.rows(source, key, days_of(period) if period else None)
            # A key is no person, but a pseudonym; without it a record could not be asked for.
            hidden = load_suites(home.expectations, contracts)[source].meta.hidden
            hidden = [name for name in hidden if name not in contracts[source].key]
            render_rows(rows, contracts[source], hidden, output_format.value, out, output)
            return
        counts = known.counts()
    columns = {
        "source": "标识", "label": "数据源", "extracts_count": "报表", "rows_accepted": "入库行",
        "rows_known": "有效", "rows_superseded": "被后来的行替换", "rows_withdrawn": "被全量报表撤回",
    }  # fmt: skip
    labels = {name: contract.label for name, contract in contracts.items()}
    counts = counts.with_columns(label=pl.col("source").replace(labels))
    moment = f"截至 {as_of:%Y-%m-%d %H:%M:%S}" if as_of else "全部"
    _print_table(f"库中的行，{moment}（入库 = 有效 + 替换 + 撤回）", counts.select(list(columns)), columns)


@app.command()
def quarantine(
    context: typer.Context,
    output_format: Annotated[Format, typer.Option("--format", help="输出格式。")] = Format.TABLE,
    output: Annotated[
        Path | None, typer.Option(help="写入文件（csv 带 BOM，Excel 和 WPS 可直接打开）。")
    ] = None,
) -> None:
    """打印暂扣的行和单元格，以及提醒：文件、表、行、列、值、规则和处理办法。

    例：`anlan quarantine`；全部写入文件：`anlan quarantine --format csv --output 暂扣.csv`
    """
    _check_output(output_format, output)
    from anlan.gate.lake import read_quarantine
    from anlan.gate.summary import HELD_WORDS

    frame = (
        read_quarantine(_home(context).lake)
        .sort("file_name", "sheet_name", "row")
        .with_columns(pl.col("held").replace(HELD_WORDS))
    )
    warnings = frame.filter(pl.col("held") == "提醒").height
    columns = {
        "file_name": "文件", "sheet_name": "表", "row": "行", "column_letter": "列", "column_name": "列名",
        "value": "值", "rule_id": "规则", "rule_sentence": "问题", "remedy": "处理办法", "held": "处理结果",
    }  # fmt: skip
    if output_format is not Format.TABLE:
        from anlan.delimited import csv_text, deliver

        records = frame.select(list(columns)).to_dicts()
        is_csv = output_format is Format.CSV
        text = (
            csv_text(records, columns) if is_csv else json.dumps(records, ensure_ascii=False, indent=1) + "\n"
        )
        deliver(text, is_csv, out, output)
        return
    _print_table(
        f"暂扣（{frame.height - warnings} 条）和提醒（{warnings} 条）", frame.select(list(columns)), columns
    )


@app.command()
def releases(context: typer.Context) -> None:
    """列出所有发布版本，标出当前版本。

    例：`anlan releases`
    """
    from anlan.release.pointer import current_release
    from anlan.release.publish import list_releases

    home = _home(context)
    current = current_release(home).name
    table = Table("", "版本", "数据截至", "建成时间", "报表数", "检查数", "合成数据")
    for manifest in list_releases(home):
        extracts: Any = manifest["extracts"]
        table.add_row(
            "●" if manifest["release_id"] == current else "",
            str(manifest["release_id"]),
            str(manifest["as_of_at"]),
            str(manifest["created_at"]),
            str(len(extracts)),
            str(manifest["tests_count"]),
            "是" if manifest["is_synthetic"] else "否",
        )
    out.print(table)


@app.command()
def lab(
    context: typer.Context,
    browser: Annotated[bool, typer.Option(help="打开浏览器。")] = True,
) -> None:
    """在本机的 JupyterLab 中打开笔记本（不联网）。

    例：`anlan lab`
    """
    from anlan.lab import open_lab

    raise typer.Exit(open_lab(_home(context), browser))


def _check_output(output_format: Format, output: Path | None) -> None:
    if output is not None and output_format is Format.TABLE:
        raise AnlanError("写入文件时格式应为 csv 或 json", "加上 --format csv。")


contract_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="报表合同：起草新版式的布局，查看文件符合哪个布局。\n\n例：`anlan contract check inbox/火灾.csv`",
)
app.add_typer(contract_app, name="contract")


@contract_app.command("draft")
def contract_draft(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="一份新版式的报表。")],
    source: Annotated[str, typer.Option(help="数据源，如 fires、accidents。")],
    output: Annotated[Path | None, typer.Option(help="写入的文件；已存在的不覆盖。默认打印。")] = None,
) -> None:
    """照一份新版式的报表起草合同的布局，供人核对。只写表头，不写表里的内容。

    例：`anlan contract draft 新表.xlsx --source fires --output 新表.yml`
    """
    from anlan.intake.look import draft_file

    drafted = draft_file(_home(context), file, source)
    if output is None:
        sys.stdout.write(drafted.text)
    else:
        try:
            with output.open("x", encoding="utf-8") as stream:
                stream.write(drafted.text)
        except FileExistsError:
            raise AnlanError(f"{output} 已存在，没有改动", "换一个文件名，核对后再并入合同。") from None
        except OSError as error:
            raise AnlanError(f"不能写入 {output}（{error.strerror}）", "检查文件夹是否存在、可写。") from None
        err.print(f"已写入 {output}，请逐行核对后使用。", highlight=False, soft_wrap=True)
    for problem in drafted.problems:
        err.print(f"尚不能直接使用：{problem}", style="yellow", highlight=False, markup=False, soft_wrap=True)


@contract_app.command("check")
def contract_check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="一份报表。")],
) -> None:
    """看一份报表符合哪个布局，或为什么都不符合；不载入。

    例：`anlan contract check inbox/2019年3月火灾明细.xlsx`
    """
    from anlan.intake.look import check_file

    checked = check_file(_home(context), file)
    for line in checked.lines:
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    if not checked.fits:
        raise typer.Exit(1)


def _print_table(title: str, frame: pl.DataFrame, labels: dict[str, str]) -> None:
    table = Table(title=title, title_justify="left")
    for name, label in labels.items():
        numeric = frame.schema[name].is_numeric()
        table.add_column(label, justify="right" if numeric else "left", overflow="fold")
    for row in frame.iter_rows():
        table.add_row(*("" if v is None else f"{v:,}" if isinstance(v, int) else str(v) for v in row))
    out.print(table)


def main() -> None:
    """Run the command line; a failure is a message and exit code 2, never a traceback."""
    try:
        app()
    except AnlanError as error:
        err.print(f"错误：{error}", style="bold red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)
    except Exception as error:  # whatever it is, its own text may repeat a cell of an extract
        said = f"错误：程序出现意外错误（{unexpected(error)}）\n  处理办法：请把这条信息交给维护人员。"
        err.print(said, style="bold red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
