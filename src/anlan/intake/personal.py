"""What is kept of an identity number: a pseudonym, birth date and sex. The number itself ends here."""

from __future__ import annotations

import polars as pl

from anlan.intake.assembly import Assembly
from anlan.intake.bind import Bound
from anlan.intake.staged import field_dtype
from anlan.intake.unique import map_unique
from anlan.privacy.identity import read_identity
from anlan.privacy.pseudonyms import Pseudonyms

_RULE = "identity_number_valid"


def read_derived(assembly: Assembly, bound: Bound, pseudonyms: Pseudonyms) -> pl.Series:
    """The field ``as`` says, from the identity numbers of its column; an invalid one is a finding, once."""
    dtype = field_dtype(bound.spec)
    if not bound.parts:
        return assembly.throughout(None, dtype)
    texts = assembly.texts(bound.parts[0].position)

    def read(text: str) -> object:
        identity = read_identity(text)
        if identity is None:
            return None
        derived = {"id_birth_date": identity.birth_on, "id_sex": identity.sex}
        return derived.get(bound.column.as_ or "") or pseudonyms.of(identity.number)

    value = map_unique(texts, dtype, read)
    bad = texts.is_not_null() & value.is_null()
    # One number gives several fields; it is wrong once.
    told = any(
        frame["rule_id"][0] == _RULE and frame["column_letter"][0] == bound.place.letter
        for frame in assembly.findings.frames
    )
    if bad.any() and not told:
        assembly.report(_RULE, bound, bound.place, bad, texts)
    return value
