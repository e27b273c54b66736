"""The list of what was received: when, from whom, and whether it is synthetic."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from anlan.errors import AnlanError
from anlan.intake.original import Original
from anlan.intake.period import Period, read_period
from anlan.intake.textfile import read_plain_text
from anlan.intake.times import read_moment
from anlan.privacy.redact import redact_text

MANIFEST_NAME = "manifest.csv"


def _truth(value: object) -> object:
    words: dict[object, bool] = {"是": True, "否": False, "": False, None: False}
    return words.get(value, value)


def _moment(value: object) -> object:
    moment = read_moment(value) if isinstance(value, str) else value
    if moment is None:
        raise ValueError("not a date and time")
    return moment


def _period(value: object) -> object:
    if not isinstance(value, str) or not value.strip():
        return value or None
    period = read_period(value)
    if period is None:
        raise ValueError("not a period")
    return period


class ManifestEntry(BaseModel):
    """One file as received; times are local, without zone. ``period``: the months it covers, if declared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(alias="文件", min_length=1)
    received_at: Annotated[datetime, BeforeValidator(_moment)] = Field(alias="收到时间")
    sender: Annotated[str | None, BeforeValidator(lambda v: v or None)] = Field(
        default=None, alias="报送单位"
    )
    is_synthetic: Annotated[bool, BeforeValidator(_truth)] = Field(default=False, alias="合成数据")
    period: Annotated[Period | None, BeforeValidator(_period)] = Field(default=None, alias="数据期间")


_REMEDY = (
    "表头应为 文件,收到时间,报送单位,合成数据，可另加 数据期间；收到时间如 2020-04-02 09:00，"
    "合成数据填 是 或 否，数据期间如 2019、2019-03、2019-01/2019-06、2019上半年、2019一季度。"
)


@dataclass(frozen=True)
class Manifest:
    """Entries by path below ``inbox``. A file without an entry was received now, by an unnamed sender."""

    inbox: Path | None = None
    entries: dict[str, ManifestEntry] = field(default_factory=dict)

    def name_of(self, original: Original) -> str:
        """The path below the inbox with forward slashes; the plain name for a file that lies elsewhere.

        A member of an archive stands behind the archive: ``三月.zip/杭州.xlsx``.
        """
        path = original.path
        name = path.name
        if self.inbox is not None and path.resolve().is_relative_to(self.inbox.resolve()):
            name = path.resolve().relative_to(self.inbox.resolve()).as_posix()
        return name if original.member is None else f"{name}/{original.member}"

    def listed(self, original: Original) -> ManifestEntry | None:
        """The entry of a file: by its path below the inbox, by its plain name, or by its archive."""
        archive = self.name_of(Original.of_file(original.path))
        names = (self.name_of(original), original.name, archive, original.path.name)
        return next((self.entries[_plain(name)] for name in names if _plain(name) in self.entries), None)

    def entry(self, original: Original) -> ManifestEntry:
        """What is known of a file: its entry, or that it was received now."""
        now = datetime.now().replace(microsecond=0)  # local by rule of the house
        return self.listed(original) or ManifestEntry.model_validate(
            {"文件": self.name_of(original), "收到时间": now}
        )


def _plain(name: str) -> str:
    # macOS hands out decomposed names, everything else composed ones.
    return unicodedata.normalize("NFC", name.strip().replace("\\", "/"))


def read_manifest(inbox: Path) -> Manifest:
    """Read ``manifest.csv`` of an inbox (文件,收到时间,报送单位,合成数据 and, where wanted,
    数据期间); absent means empty.

    Errors: AnlanError naming the row, the column and the value.
    """
    path = inbox / MANIFEST_NAME
    if not path.is_file():
        return Manifest(inbox)
    entries: dict[str, ManifestEntry] = {}
    with io.StringIO(read_plain_text(Original.of_file(path)).utf8.decode(), newline="") as stream:
        for number, record in enumerate(csv.DictReader(stream), start=2):
            if not any(record.values()):
                continue
            try:
                entry = ManifestEntry.model_validate(record)
            except ValidationError as error:
                first = error.errors()[0]
                column = str(first["loc"][0])
                shown = redact_text(record.get(column) or "")
                raise AnlanError(
                    f"{path.name} 第 {number} 行“{column}”：值“{shown}”不合要求",
                    _REMEDY,
                ) from None
            name = _plain(entry.file)
            if name in entries:
                raise AnlanError(
                    f"{path.name} 第 {number} 行：文件“{entry.file}”已在前面出现", "删去其中一行。"
                )
            entries[name] = entry
    return Manifest(inbox, entries)
