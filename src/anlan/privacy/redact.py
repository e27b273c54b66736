"""Keep persons out of free text: what is printed beside the data (titles, notes, values of findings)."""

from __future__ import annotations

import re
import unicodedata

from anlan.privacy.identity import read_identity

HIDDEN = "（已隐去）"

_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z.])(?:\+?86[- ]?)?1[3-9][0-9]{9}(?![0-9A-Za-z])")
_SIGNATURE = re.compile(
    r"((?:制表|填表|填报|审核|复核|负责|联系|签发|经办|报送)人?(?:姓名|签字|签章|电话|方式)?\s*[:：]\s*)[^\s|，,；;]+"
)


def redact_text(text: str) -> str:
    """Replace valid identity numbers, mobile numbers and names after 制表人： and the like."""
    plain = unicodedata.normalize("NFKC", text)
    shown = _NUMBER.sub(lambda m: HIDDEN if read_identity(m[0]) else m[0], plain)
    shown = _MOBILE.sub(HIDDEN, shown)
    shown = _SIGNATURE.sub(lambda m: m[1] + HIDDEN, shown)
    return text if shown == plain else shown
