"""What is kept of an identity number: a pseudonym, birth date and sex. The number itself ends here."""

from __future__ import annotations

from datetime import date
from typing import Literal

import polars as pl

from anlan.intake.unique import map_unique
from anlan.privacy.identity import read_identity
from anlan.privacy.pseudonyms import Pseudonyms

Derivation = Literal["pseudonym", "id_birth_date", "id_sex"]


def derive(texts: pl.Series, what: Derivation, pseudonyms: Pseudonyms) -> pl.Series:
    """Pseudonyms, birth dates or sexes (male, female) of identity numbers; null where one is invalid."""

    def pseudonym(text: str) -> str | None:
        identity = read_identity(text)
        return None if identity is None else pseudonyms.of(identity.number)

    def birth_on(text: str) -> date | None:
        identity = read_identity(text)
        return None if identity is None else identity.birth_on

    def sex(text: str) -> str | None:
        identity = read_identity(text)
        return None if identity is None else identity.sex

    match what:
        case "pseudonym":
            return map_unique(texts, pl.String(), pseudonym)
        case "id_birth_date":
            return map_unique(texts, pl.Date(), birth_on)
        case "id_sex":
            return map_unique(texts, pl.String(), sex)
