"""Reading a release: read-only, without reach to files or the network, never waiting for a build."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import polars as pl

from anlan.errors import AnlanError
from anlan.project import Home
from anlan.release.pointer import current_release

WAREHOUSE_FILE = "warehouse.duckdb"


class ReleaseReader:
    """One release, open for reading; a context manager.

    The connection cannot write, attach, or read files: what a notebook may do with it is query.
    """

    def __init__(self, warehouse: Path) -> None:
        if not warehouse.is_file():
            raise AnlanError(f"找不到数据仓库文件：{warehouse}", "先运行 anlan refresh 生成一个发布版本。")
        self.path = warehouse.parent
        self._connection = duckdb.connect(
            str(warehouse),
            read_only=True,
            config={"enable_external_access": "false", "lock_configuration": "true"},
        )
        row = self._connection.execute(
            "select release_id, as_of_at, is_synthetic, jurisdiction_name, root_code from marts.rpt_release"
        ).fetchone()
        if row is None:
            raise AnlanError(f"发布版本不完整：{warehouse}", "用 anlan releases 查看其他版本。")
        self.release_id: str = row[0]
        self.as_of_at: datetime = row[1]
        self.is_synthetic: bool = row[2]
        self.jurisdiction_name: str = row[3]
        self.root_code: str = row[4]

    def __enter__(self) -> ReleaseReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def query(self, sql: str, **params: Any) -> pl.DataFrame:
        """Rows of a query over the marts; ``$name`` in the SQL takes the value of ``name``."""
        return self._connection.execute(sql, params or None).pl()

    def figures(
        self,
        period: str | None = None,
        area: str | None = None,
        metrics: Sequence[str] | None = None,
        comparator: str | None = None,
        breakdown: str | None = None,
    ) -> pl.DataFrame:
        """Rows of ``marts.fig_all``.

        ``period``: a period label (2019, 2019-03, 2019-01/2019-03); ``area``: a division code or its
        official name; ``metrics``: metric ids; ``comparator``: none or yoy; ``breakdown``: a breakdown
        type. What is not given is not filtered. Errors: AnlanError for an area or a metric that the
        release does not know, naming near ones.
        """
        conditions: list[str] = []
        params: dict[str, Any] = {}
        if period is not None:
            conditions.append("period_label = $period")
            params["period"] = period
        if area is not None:
            params["area"] = self.area_code(area)
            conditions.append("area_code = $area")
        if metrics:
            conditions.append("metric_id in (select unnest($metrics))")
            params["metrics"] = list(metrics)
        if comparator is not None:
            conditions.append("comparator_id = $comparator")
            params["comparator"] = comparator
        if breakdown is not None:
            conditions.append("breakdown_type = $breakdown")
            params["breakdown"] = breakdown
        where = f"where {' and '.join(conditions)}" if conditions else ""
        return self.query(
            f"""
            select * from marts.fig_all {where}
            order by area_level, protocol_order nulls last, area_code, area_version, metric_id,
                period_start_on, period_end_on, breakdown_type, breakdown_order, breakdown_code, figure_id
            """,
            **params,
        )

    def area_code(self, area: str) -> str:
        """The code of an area given by code or official name.

        Errors: AnlanError for an unknown name (with near names) and for one that several codes bear.
        """
        known = self.query("select distinct area_code, area_name from marts.dim_area")
        if area in known["area_code"]:
            return area
        codes = known.filter(pl.col("area_name") == area)["area_code"].unique().sort().to_list()
        if len(codes) == 1:
            return str(codes[0])
        if codes:
            raise AnlanError(f"有 {len(codes)} 个区划名为“{area}”：{'、'.join(codes)}", "请改用区划代码。")
        near = get_close_matches(area, known["area_name"].to_list(), n=3, cutoff=0.4)
        hint = f"是否为：{'、'.join(near)}？" if near else "用官方全称或区划代码。"
        raise AnlanError(f"没有名为“{area}”的区划", hint)


def open_warehouse(path: Path) -> ReleaseReader:
    """Open a warehouse file, or the one in a release folder."""
    return ReleaseReader(path / WAREHOUSE_FILE if path.is_dir() else path)


def open_current(home: Home) -> ReleaseReader:
    """Open the current release of a home.

    Errors: AnlanError when there is none yet.
    """
    return open_warehouse(current_release(home))
