"""What is kept of an identity number: a pseudonym, birth date and sex. The number itself ends here."""

from __future__ import annotations

import polars as pl

from anlan.contracts import field_dtype
from anlan.intake.assembly import Assembly
from anlan.intake.bind import Bound
from anlan.privacy.identity import read_identity
from anlan.privacy.pseudonyms import Pseudonyms

_RULE = "identity_number_valid"
_SCHEMA = {"text": pl.String(), "pseudonym": pl.String(), "id_birth_date": pl.Date(), "id_sex": pl.String()}


def read_derived(assembly: Assembly, bound: Bound, pseudonyms: Pseudonyms) -> pl.Series:
    """The field ``as`` says, from the identity numbers of its column; an invalid one is a finding, once."""
    dtype = field_dtype(bound.spec)
    if not bound.parts:
        return assembly.throughout(None, dtype)
    texts = assembly.texts(bound.parts[0].position)

    value = _derived(assembly, bound.parts[0].position, pseudonyms)[bound.column.as_ or ""].cast(dtype)
    bad = texts.is_not_null() & value.is_null()
    # One number gives several fields; it is wrong once.
    told = any(
        frame["rule_id"][0] == _RULE and frame["column_letter"][0] == bound.place.letter
        for frame in assembly.findings.frames
    )
    if bad.any() and not told:
        assembly.report(_RULE, bound, bound.place, bad, texts)
    return value


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
            (text, pseudonyms.of(identity.number), identity.birth_on, identity.sex)
            if identity is not None
            else (text, None, None, None)
        )
    table = pl.DataFrame(kept, schema=_SCHEMA, orient="row")
    frame = texts.alias("text").to_frame().join(table, on="text", how="left", maintain_order="left")
    assembly.derived[position] = frame.drop("text")
    return assembly.derived[position]
