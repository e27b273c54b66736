"""Whether two folders of tables hold the same rows."""

from __future__ import annotations

from pathlib import Path

import duckdb

# Enough to see what kind of difference it is; the folders stay for the rest.
_SHOWN = 3


def table_names(folder: Path) -> list[str]:
    """Tables of a folder: files ``<table>.parquet``, or folders ``<table>/`` with Parquet in them."""
    files = {f.stem for f in folder.glob("*.parquet")}
    return sorted(files | {f.parent.name for f in folder.glob("*/*.parquet")})


def differences(left: Path, right: Path, table: str) -> list[str]:
    """What is not the same in the table of both folders, one line each; empty when all is.

    Compared are columns with their types and order, and the rows as a multiset, in which numbers are
    equal only when they are exactly equal.
    """
    with duckdb.connect() as connection:
        for name, folder in (("left", left), ("right", right)):
            path = str(_files(folder, table)).replace("'", "''")
            connection.execute(f"create view {name}_rows as select * from read_parquet('{path}')")
        columns = [_columns(connection, name) for name in ("left", "right")]
        if columns[0] != columns[1]:
            only = [sorted(set(a) - set(b)) for a, b in (columns, columns[::-1])]
            return [
                f"{table}: columns {only[0]} against {only[1]}" if any(only) else f"{table}: order of columns"
            ]
        lines = []
        for one, other, folder in (("left", "right", left), ("right", "left", right)):
            rows = connection.execute(
                f"select * from {one}_rows except all select * from {other}_rows order by all"
            ).fetchall()
            if rows:
                lines.append(f"{table}: {len(rows)} rows only in {folder}")
                lines += [f"    {row}" for row in rows[:_SHOWN]]
        return lines


def row_count(folder: Path, table: str) -> int:
    """Rows of a table."""
    path = str(_files(folder, table)).replace("'", "''")
    with duckdb.connect() as connection:
        count = connection.execute(f"select count(*) from read_parquet('{path}')").fetchone()
    assert count is not None
    return int(count[0])


def _files(folder: Path, table: str) -> Path:
    file = folder / f"{table}.parquet"
    return file if file.is_file() else folder / table / "*.parquet"


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(f"describe {name}_rows").fetchall()]
