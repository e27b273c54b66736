"""Which columns of an unknown table may identify a person, by their headers and their values.

Suspicion is enough: a column held personal by mistake is put right in a review, one shown by mistake is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from anlan.privacy.identity import read_identity
from anlan.privacy.names import could_be_name

_HEADER = re.compile(
    r"姓名|名字|身份证|证件号|公民身份|电话|手机|联系方式|联系人|联络人|住址|家庭地址|户籍|籍贯|银行卡|账号|帐号|微信|邮箱|"
    r"负责人|责任人|审核人|填报人|填表人|报告人|上报人|经办人|法定代表|法人代表|户主|死者|伤者|肇事者|当事人|驾驶员|司机|"
    r"指挥员|检查人员|检查人$|执法人员|整改人|复查人|队长|班长|"
    r"telefon|phone|mobile|e-?mail|passport|identity|surname|first.?name|last.?name|full.?name",
    re.IGNORECASE,
)
# Headers that name a count, a flag or an organisation, whatever word for persons stands in them.
_NO_PERSON = re.compile(r"人数|人次|数量|个数|数$|次数|是否|单位名称|金额|费用")
_IDENTITY = re.compile(
    r"[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]"
)
_TELEPHONE = re.compile(
    r"(?:\+?86)?-?1[3-9][0-9]-?[0-9]{4}-?[0-9]{4}|\(?0[1-9][0-9]{1,2}\)?-?[2-9][0-9]{6,7}"
)
# One number in twenty is too many to be chance; of names, the greater part must look like one.
_NUMBERS_SHARE = 0.05
_NAMES_SHARE = 0.8
_FEWEST_NAMES = 3


def is_personal_number(text: str) -> bool:
    """Whether a text is, or is a slip of, an identity number or a telephone number."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return bool(_IDENTITY.fullmatch(plain) or _TELEPHONE.fullmatch(plain)) or read_identity(plain) is not None


def why_personal(header: str, values: Sequence[str]) -> str | None:
    """Why a column may identify a person, in Chinese and without its values; None if it does not.

    ``values``: distinct texts of the column.
    """
    plain = "".join(unicodedata.normalize("NFKC", header).split())
    if _HEADER.search(plain) and not _NO_PERSON.search(plain):
        return "表头是个人信息"
    numbers = sum(is_personal_number(value) for value in values)
    if numbers and numbers >= _NUMBERS_SHARE * len(values):
        return "值像身份证号码或电话号码"
    return None


def is_like_name(text: str) -> bool:
    """Whether a text looks like the name of a person, as many other words do."""
    return could_be_name("".join(text.split()))


def looks_like_names(values: Sequence[str]) -> bool:
    """Whether distinct texts of a column look like names of persons."""
    names = sum(map(is_like_name, values))
    return len(values) >= _FEWEST_NAMES and names >= _NAMES_SHARE * len(values)
