"""The nearest known name to one that is not known: a suggestion, never a replacement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches

import polars as pl

# Suggestions serve people; a column that is wrong throughout needs no thousand of them.
_MOST_HINTS = 200
_LIKENESS = 0.5


def nearest_hints(texts: pl.Series, known: Iterable[str], plain: Callable[[str], str]) -> dict[str, str]:
    """Text -> a sentence that names the nearest of ``known``, compared as ``plain`` writes them."""
    names = {plain(name): name for name in known}
    hints = {}
    for text in texts.drop_nulls().unique(maintain_order=True).head(_MOST_HINTS):
        close = get_close_matches(plain(text), list(names), n=1, cutoff=_LIKENESS)
        if close:
            hints[text] = f"最接近的是“{names[close[0]]}”。"
    return hints
