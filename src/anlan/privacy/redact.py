"""Keep persons out of free text: what is printed beside the data (titles, notes, values of findings).

Hidden wherever they stand: valid identity numbers (with spaces or hyphens too) and those a spreadsheet
has made a figure of (3.30106E+17), mobile numbers, landlines with their area code, bank cards (16 or 19
digits of UnionPay that pass their check), mail addresses, and what follows words that announce a person,
a number of one or a passport. A passport number alone looks like any device number and is left.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from anlan.privacy.identity import read_identity
from anlan.privacy.names import COMPOUND_SURNAMES, HAN, SURNAMES, could_be_name

HIDDEN = "（已隐去）"

_START, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_NUMBER = re.compile(rf"{_START}(?:(?:[0-9][ -]?){{17}}[0-9Xx]|[0-9]{{15}}){_END}")
_DAMAGED = re.compile(r"(?<![0-9A-Za-z.])[1-9]\.[0-9]{3,}[Ee]\+?1[47](?![0-9])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z.])(?:\+?86[- ]?)?1[3-9][0-9](?:[- ]?[0-9]{4}){2}(?![0-9A-Za-z])")
_LANDLINE = re.compile(
    r"(?<![0-9A-Za-z])(?:\(0[1-9][0-9]{1,2}\) ?|0[1-9][0-9]{1,2}[- ])[2-9][0-9]{6,7}(?![0-9])"
)
_CARD = re.compile(rf"{_START}62(?:[0-9 ]{{14,15}}|[0-9 ]{{17,21}})(?<! ){_END}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SIGNATURE = re.compile(
    r"((?:制表|填表|填报|审核|复核|负责|联系|签发|经办|报送)人?(?:姓名|签字|签章|电话|方式)?\s*[:：]\s*"
    r"|(?:姓名|签名|电话|手机|座机|传真|微信|邮箱|身份证|证件|护照|银行卡|银行账户)(?:号码|号)?\s*[:：]\s*)"
    r"[^\s|，,；;。]+"
)
_ANNOUNCED = (
    "死者|伤者|亡者|死亡人员|遇难者|遇难人员|受伤人员|肇事者|肇事司机|驾驶员|驾驶人|"
    "司机|当事人|户主|业主|店主|车主|房主|船主|法定代表人|法人代表|责任人|负责人|"
    "联系人|经营者|报警人|报案人|举报人|目击者|嫌疑人|监护人|填表人|制表人|审核人|"
    "经办人|村民|居民|队员|职工|员工|工人"
)
# Announced without a colon, a name ends nowhere; only surnames that are no everyday words count.
_WORDLIKE = set(
    "东严丰么习买于从仓代任但何信修候元充党全公关养农冷初利别包单南占印危原双召司后向和商国夏妥宁安宗官宣"
    "家容富封尚居展山巢左师席常平幸广库应康强成战房揣支文方施时明易普曾权松林查柴步母毛水江温游满牛牧班由"
    "畅白皮益盛相石秋税空符简管索红终经能花融衣解计谈越路车边连通逢那都金门阳隆雷项须马高黄"
)
_PLAIN_SURNAMES = "".join(sorted(SURNAMES - _WORDLIKE))
_NAMED = re.compile(
    rf"((?:{_ANNOUNCED})(?:\s*[:：(]\s*|\s*(?:为|系|是)?\s*(?=(?:{'|'.join(COMPOUND_SURNAMES)}|[{_PLAIN_SURNAMES}]"
    rf"|[{HAN}]+·))))(?:[{HAN}]+(?:·[{HAN}]+)+|(?:{'|'.join(COMPOUND_SURNAMES)})[{HAN}]{{1,2}}|[{HAN}]{{2,3}})"
)
_RUN = re.compile(rf"(?<=[0-9A-Za-z])[{HAN}]{{2,6}}(?![{HAN}])|(?<![{HAN}])[{HAN}]{{2,6}}(?=[0-9A-Za-z])")
_LIKE_IDENTITY = re.compile(
    rf"{_START}[1-9][0-9]{{5}}(?:(?:18|19|20)[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{{2,3}}[0-9Xx]?"
    rf"|[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{{3}}){_END}"
)

# Where a second look is worth its time, in the dialect of polars; it may say yes too often, never too seldom.
LIKELY_PERSONAL = (
    rf"^[\p{{Han}}\s·•・‧∙、，,;；/()（）]{{2,11}}$|[·•・‧∙@＠]|{_ANNOUNCED}|[:：]"
    r"|(?:^|[^0-9A-Za-z０-９])[(（+＋]?[0-9０-９](?:[-－ 　)）]?[0-9０-９]){9,}"
    r"[0-9０-９XxＸｘ]?(?:$|[^0-9A-Za-z０-９])"
    r"|[0-9０-９][.．][0-9０-９]+[EeＥｅ]"
)


def redact_text(text: str) -> str:
    """Replace what identifies a person, as the module says; a text without it comes back as it is."""
    plain = unicodedata.normalize("NFKC", text)
    shown = _NUMBER.sub(lambda m: HIDDEN if read_identity(re.sub("[ -]", "", m[0])) else m[0], plain)
    for pattern in (_DAMAGED, _MOBILE, _LANDLINE, _MAIL):
        shown = pattern.sub(HIDDEN, shown)
    shown = _CARD.sub(lambda m: HIDDEN if _is_card(m[0]) else m[0], shown)
    shown = _SIGNATURE.sub(lambda m: m[1] + HIDDEN, shown)
    shown = _NAMED.sub(lambda m: m[1] + HIDDEN, shown)
    return text if shown == plain else shown


def _is_card(text: str) -> bool:
    digits = [int(digit) for digit in text if digit != " "]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(digits) in (16, 19) and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


@dataclass(frozen=True)
class Discretion:
    """What may be shown of the cells of one table.

    ``knows``: whether a text is a word of the contract or an area, which is nobody's name. ``is_strict``:
    the table has columns of persons, so that a row that slipped puts a name or a number anywhere.
    """

    is_strict: bool
    knows: Callable[[str], bool]

    def show(self, text: str) -> str:
        """A cell as it may be printed, stored beside the data or sent back."""
        if could_be_name(text, self.is_strict) and not self.knows(text):
            return HIDDEN
        shown = redact_text(text)
        if not self.is_strict:
            return shown
        # A separator that was lost leaves a name hanging on what stood before it.
        shown = _RUN.sub(lambda run: run[0] if self.knows(run[0]) else HIDDEN, shown)
        return _LIKE_IDENTITY.sub(HIDDEN, shown)

    def keep(self, text: str) -> str:
        """A text field as it may be stored: of a record, less what identifies a person.

        Short names of units are told from those of persons by their surname, in every table.
        """
        return HIDDEN if could_be_name(text) and not self.knows(text) else redact_text(text)
