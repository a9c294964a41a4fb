"""What every engine does to texts before its tokenizer sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 20_000
"""Characters that are looked at. 512 tokens hold at most 8,192, so this only spares the tokenizer the rest of a book."""


def readable(text: str) -> str:
    """Return the beginning of the text with lone surrogates, which no UTF-8 can hold, as question marks."""
    return text[:_LONGEST].encode("utf-8", errors="replace").decode("utf-8")


def by_length(texts: Sequence[str]) -> list[int]:
    """Return the positions of the texts, shortest first; equal ones in their order."""
    return sorted(range(len(texts)), key=lambda position: len(texts[position]))
