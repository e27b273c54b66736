"""Errors an analyst may see: each says what is wrong, where, and what to do."""

from __future__ import annotations

import traceback
from pathlib import Path


class AnlanError(Exception):
    """A failure with a message fit to print as it is, in Chinese, without a traceback.

    ``message`` says what is wrong and where; ``remedy`` says what to do next.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  处理办法：{self.remedy}" if self.remedy else self.message


def unexpected(error: BaseException) -> str:
    """What is said of an error that nobody foresaw: its kind and the place in the program.

    Its own text is left out, since it may repeat a cell of an extract, and with it a person.
    """
    if isinstance(error, AnlanError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}（{type(error).__name__}）"
    frames = traceback.extract_tb(error.__traceback__)
    package = Path(__file__).parent
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(package)] or list(frames)
    if not own:
        return type(error).__name__
    place = Path(own[-1].filename)
    name = place.relative_to(package.parent).as_posix() if place.is_relative_to(package) else place.name
    return f"{type(error).__name__}，{name} 第 {own[-1].lineno} 行"
