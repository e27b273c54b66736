"""What is kept of an identity number: a pseudonym, birth date and sex. The number itself ends here."""

from __future__ import annotations

import polars as pl

from anlan.contracts import field_dtype
from anlan.intake.areas import AreaResolver
from anlan.intake.assembly import Assembly
from anlan.intake.bind import Bound
from anlan.privacy.identity import read_identity, was_division
from anlan.privacy.pseudonyms import Pseudonyms

_VALID = "identity_number_valid"
_DIVISION = "identity_division_known"
_SCHEMA = {
    "text": pl.String(),
    "pseudonym": pl.String(),
    "id_birth_date": pl.Date(),
    "id_sex": pl.String(),
    "division": pl.String(),
}


def read_derived(assembly: Assembly, bound: Bound, pseudonyms: Pseudonyms, areas: AreaResolver) -> pl.Series:
    """The field ``as`` says, from the identity numbers of its column.

    An invalid number is a finding; one of a division that never was is a warning, and the person stays.
    Each is told once, however many fields are read from the column.
    """
    dtype = field_dtype(bound.spec)
    if not bound.parts:
        return assembly.throughout(None, dtype)
    texts = assembly.texts(bound.parts[0].position)
    derived = _derived(assembly, bound.parts[0].position, pseudonyms)
    value = derived[bound.column.as_ or ""].cast(dtype)
    told = {
        frame["rule_id"][0]
        for frame in assembly.findings.frames
        if frame["column_letter"][0] == bound.place.letter
    }
    bad = texts.is_not_null() & value.is_null()
    if bad.any() and _VALID not in told:
        assembly.report(_VALID, bound, bound.place, bad, texts)
    nowhere = (
        derived["division"].is_in(_never_divisions(assembly, derived["division"], areas)).fill_null(False)
    )
    if nowhere.any() and _DIVISION not in told:
        assembly.report(_DIVISION, bound, bound.place, nowhere, texts)
    return value


def _never_divisions(assembly: Assembly, divisions: pl.Series, areas: AreaResolver) -> list[str]:
    """Of the first six digits of numbers those that never were a division."""
    known = {areas.test_identity_prefix} if assembly.findings.meta.is_synthetic else set()
    distinct = divisions.drop_nulls().unique()
    return [c for c in distinct if c not in known and not was_division(c) and not areas.knows_code(c)]


def _derived(assembly: Assembly, position: int, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """All that is kept of one column of numbers, by the names of ``as``; read once for all fields of it."""
    known = assembly.derived.get(position)
    if known is not None:
        return known
    texts = assembly.texts(position)
    distinct = texts.drop_nulls().unique()
    kept = []
    for text in distinct:
        identity = read_identity(text)
        kept.append(
            (text, pseudonyms.of(identity.number), identity.birth_on, identity.sex, identity.number[:6])
            if identity is not None
            else (text, None, None, None, None)
        )
    table = pl.DataFrame(kept, schema=_SCHEMA, orient="row")
    frame = texts.alias("text").to_frame().join(table, on="text", how="left", maintain_order="left")
    assembly.derived[position] = frame.drop("text")
    return assembly.derived[position]
