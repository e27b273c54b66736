"""Turning an extract away: all its rows are set aside, and what has to be repaired stays on record."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from anlan.gate.staging import Staging, stage_name
from anlan.intake.staged import HELD_EXTRACT, HELD_NOTHING
from anlan.privacy.redact import redact_text

_TEXT_LENGTH = 200


def turn_away(staging: Staging, extract_id: str, hidden: Mapping[str, list[str]]) -> None:
    """Set the rows of one extract aside as refused. A second time does nothing.

    ``hidden``: by source, fields about a person, whose values are not repeated.
    """
    given = {"extract_id": extract_id}
    for source in staging.sources():
        fields = [name for name in staging.contracts[source].fields if name not in hidden[source]]
        text = ", ".join(f'cast("{name}" as varchar)' for name in fields)
        _set_aside(
            staging,
            f"""
            select _extract_id as extract_id, '{source}' as source, _sheet as sheet_name, _row as "row",
                concat_ws(' | ', {text}) as "text"
            from {stage_name(source)} where _extract_id = $extract_id
            """,
            given,
        )
        staging.connection.execute(f"delete from {stage_name(source)} where _extract_id = $extract_id", given)
    # Rows that failed in the intake are known by their findings only.
    _set_aside(
        staging,
        """
        select f.extract_id, f.source, f.sheet_name, f."row", string_agg(f."value", ' | ') as "text"
        from findings as f
        anti join set_aside as a
            on f.extract_id = a.extract_id and f.source = a.source
            and f.sheet_name = a.sheet_name and f."row" = a."row"
        where f.extract_id = $extract_id and f.held = 'row'
        group by all
        """,
        given,
    )
    staging.connection.execute(
        f"update findings set held = '{HELD_EXTRACT}' where extract_id = $extract_id "
        f"and held <> '{HELD_NOTHING}'",
        given,
    )
    staging.connection.execute("update tables set is_refused = true where extract_id = $extract_id", given)


def _set_aside(staging: Staging, rows: str, given: Mapping[str, str]) -> None:
    frame = staging.connection.execute(
        f"""
        select r.extract_id, r.source, t.file_name, r.sheet_name, r."row", 'refused' as reason, r."text"
        from ({rows}) as r
        inner join tables as t using (extract_id, source, sheet_name)
        """,
        given,
    ).pl()
    text = pl.col("text").map_elements(redact_text, return_dtype=pl.String).str.slice(0, _TEXT_LENGTH)
    staging.append("set_aside", frame.with_columns(text))
