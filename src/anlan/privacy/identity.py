"""Identity numbers of residents (GB 11643): is it well-formed, and what it says of birth and sex."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import mul
from typing import Literal

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FIFTEEN = re.compile(r"[0-9]{15}")


@dataclass(frozen=True)
class Identity:
    """What a valid identity number says; ``number`` is its 18-character form, never to be written."""

    number: str
    birth_on: date
    sex: Literal["male", "female"]


def check_character(first_seventeen: str) -> str:
    """The check character of the first 17 digits."""
    return _CHECK_CHARACTERS[sum(map(mul, _WEIGHTS, map(int, first_seventeen))) % 11]


def read_identity(text: str) -> Identity | None:
    """Read an identity number of 18 characters, or of 15 digits (issued before 1999); None if invalid.

    Full-width digits, spaces and a small x are taken as what they mean. The division in front is any
    six digits: places that no longer exist live on in it.
    """
    number = text
    if not _EIGHTEEN.fullmatch(number):
        number = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if _FIFTEEN.fullmatch(number):
        body = f"{number[:6]}19{number[6:]}"
        number = body + check_character(body)
    if not _EIGHTEEN.fullmatch(number) or number[17] != check_character(number[:17]):
        return None
    try:
        birth_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    if not 1850 <= birth_on.year <= 2100:
        return None
    return Identity(number, birth_on, "male" if int(number[16]) % 2 else "female")


@cache
def was_division(code: str) -> bool:
    """Whether six digits were the code of a division (GB/T 2260) at any time, by the list of python-stdnum.

    The list begins in 1980 and knows divisions that are gone (330621, 332501, 339001); a few young ones
    it may lack, so ask the divisions of the place as well.
    """
    from stdnum import numdb

    # A code that is none has no part of the list with anything to say of its last four digits.
    parts = numdb.get("cn/loc").info(code)
    return len(parts) == 2 and bool(parts[1][1])
