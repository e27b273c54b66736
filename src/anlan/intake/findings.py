"""Findings of the intake: which cell breaks which rule, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from anlan.intake.staged import FINDING_SCHEMA, ExtractMeta, empty_findings
from anlan.intake.unique import map_unique
from anlan.privacy.redact import HIDDEN, redact_text

# Who can mend what the intake finds: the file is theirs.
OWNER = "报送单位"

# Rule -> (sentence, remedy); {label} is the field's Chinese name.
RULES: dict[str, tuple[str, str]] = {
    "required_value": ("{label}不能为空", "在原表中补填后重新报送。"),
    "type_integer": ("{label}应为整数", "在原表中改为整数（不带文字）后重新报送。"),
    "type_decimal": (
        "{label}应为数值",
        "在原表中改为数值后重新报送；表示“无”的写法可在合同 missing 中登记。",
    ),
    "type_date": ("{label}应为确定的日期，如 2019-03-05", "在原表中写全年、月、日后重新报送。"),
    "type_timestamp": (
        "{label}应为确定的日期和时间，如 2019-03-05 14:05",
        "在原表中写全日期和时间后重新报送。",
    ),
    "type_boolean": ("{label}应为 是 或 否", "在原表中改为 是 或 否 后重新报送。"),
    "code_known": (
        "{label}应为代码表中的代码或名称",
        "改为代码表中的写法；新的写法可在合同该列的 values 中登记。",
    ),
    "cell_error": ("单元格是公式错误，不是内容", "在原表中改正公式或直接填写内容后重新报送。"),
    "area_known": (
        "{label}应为区划表中的名称或代码",
        "改为区划的全称或代码；新的区划在地区文件夹的 divisions.csv 中登记。",
    ),
    "area_ambiguous": (
        "{label}应能确定为一个区划",
        "同名或已变更的区划请写上级名称（如 杭州市西湖区）或改用代码。",
    ),
    "identity_number_valid": (
        "{label}所依据的身份证号码应为 18 位且校验码、出生日期有效",
        "对照证件改正；号码列须设为文本格式，以免末几位变成 0。",
    ),
    "scope_known": (
        "{label}应为合同 scope 中列出的写法",
        "核对该格；新的写法在合同该布局 scope 的 keep（属于本数据源）或 leave（不属于）中登记。",
    ),
    "companion_row_matched": (
        "附表的这一行在主表中没有对应的记录，没有计入",
        "核对附表与主表的编号；主表漏报的请补报。",
    ),
    "key_unique": ("同一文件中{label}相同的行内容应相同", "确认哪一行正确，删去其余各行后重新报送。"),
}


@dataclass(frozen=True)
class Place:
    """Where in a sheet a value stands: column letter and header, and whether it may be shown."""

    letter: str | None
    header: str
    is_personal: bool = False


@dataclass
class Findings:
    """Findings of one table as they come up."""

    meta: ExtractMeta
    frames: list[pl.DataFrame] = field(default_factory=list)

    def add(
        self,
        rule_id: str,
        field_name: str,
        label: str,
        place: Place,
        rows: pl.Series,
        values: pl.Series,
        hints: dict[str, str] | None = None,
        held: Literal["row", "cell", "nothing"] = "row",
    ) -> None:
        """One finding per row (numbers from 1).

        ``values``: what stands there; ``hints``: value -> a sentence put before the rule's remedy;
        ``held``: whether the row is held back, or enters without this value.
        """
        if rows.is_empty():
            return
        sentence, remedy = RULES[rule_id]
        remedies = map_unique(
            values, pl.String(), lambda value: hints[value] + remedy if hints and value in hints else remedy
        ).fill_null(remedy)
        frame = pl.DataFrame(
            {
                "extract_id": self.meta.extract_id,
                "source": self.meta.source,
                "file_name": self.meta.file_name,
                "sheet_name": self.meta.sheet_name,
                "row": rows,
                "column_letter": place.letter,
                "column_name": place.header,
                "field": field_name,
                "value": HIDDEN if place.is_personal else map_unique(values, pl.String(), redact_text),
                "rule_id": rule_id,
                "rule_sentence": sentence.format(label=label),
                "remedy": remedies,
                "owner": OWNER,
                "held": held,
            },
            schema_overrides=FINDING_SCHEMA,
        )
        self.frames.append(frame.select(pl.col(c).cast(t) for c, t in FINDING_SCHEMA.items()))

    def held_rows(self) -> pl.Series:
        """Numbers of the rows held back so far, each once, in order."""
        return self.frame().filter(pl.col("held") == "row")["row"].unique().sort()

    def frame(self) -> pl.DataFrame:
        """All findings by row."""
        return pl.concat([empty_findings(), *self.frames]).sort("row", maintain_order=True)
