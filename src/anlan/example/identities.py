"""Numbers that identify people and enterprises: well-formed, with valid check digits, and impossible.

All of them carry the division 999999, which no register has ever issued.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anlan.example.draw import Dates, Integers

_NOWHERE = "999999"
_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_ID_CHECK = np.array(list("10X98765432"))
_CREDIT_ALPHABET = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
_CREDIT_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])


def identity_numbers(births: Dates, is_male: NDArray[np.bool_]) -> list[str]:
    """One identity number each (GB 11643), distinct as long as fewer than 499 share day and sex."""
    days = births.astype("datetime64[D]")
    order = np.lexsort((is_male, days))
    starts = np.ones(len(days), dtype=bool)
    starts[1:] = (days[order][1:] != days[order][:-1]) | (is_male[order][1:] != is_male[order][:-1])
    position = np.arange(len(days))
    rank = np.empty(len(days), dtype=np.int64)
    rank[order] = position - np.maximum.accumulate(np.where(starts, position, 0))
    sequence = rank * 2 + 2 - is_male.astype(np.int64)
    if (sequence > 999).any():
        raise ValueError("too many people of one sex share a day of birth")
    bodies = [
        f"{_NOWHERE}{day.replace('-', '')}{number:03d}"
        for day, number in zip(days.astype(str).tolist(), sequence.tolist(), strict=True)
    ]
    digits = np.array([list(map(int, body)) for body in bodies])
    checks = _ID_CHECK[(digits * _ID_WEIGHTS).sum(axis=1) % 11]
    return [body + check for body, check in zip(bodies, checks.tolist(), strict=True)]


def credit_codes(numbers: Integers) -> NDArray[np.str_]:
    """Unified social credit codes (GB 32100) of enterprises numbered below 10**8."""
    organisation = numbers[:, None] // 10 ** np.arange(7, -1, -1) % 10
    remainder = 11 - (organisation * _ORGANISATION_WEIGHTS).sum(axis=1) % 11
    # The organisation code's check digit is a digit, X for 10 and 0 for 11.
    organisation_check = np.where(
        remainder == 10, int(np.flatnonzero(_CREDIT_ALPHABET == "X")[0]), remainder % 11
    )
    head = np.broadcast_to(np.array([9, 1] + [int(c) for c in _NOWHERE]), (len(numbers), 8))
    body = np.concatenate([head, organisation, organisation_check[:, None]], axis=1)
    check = (31 - (body * _CREDIT_WEIGHTS).sum(axis=1) % 31) % 31
    letters = _CREDIT_ALPHABET[np.concatenate([body, check[:, None]], axis=1)]
    return np.ascontiguousarray(letters).view("U18").ravel()
