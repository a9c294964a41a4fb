"""Where Vietnamese writes the tone mark.

Two habits live side by side: hóa and hoá, thủy and thuỷ. Ministries and most of the press write the first, so it is the one style
that the case library is held to and that search brings every text and query to.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import zip_longest

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_OPEN_OA_OE_UY = re.compile(f"(o[ae]|(?<!q)uy)([{_TONES}])$")


@lru_cache(maxsize=100_000)
def place_tone(word: str) -> str:
    """Return a lower-case word with the tone of an open oa, oe, uy on the first vowel: hoà → hòa; quý stays. Idempotent."""
    decomposed = unicodedata.normalize("NFD", word)
    moved = _OPEN_OA_OE_UY.sub(lambda found: found[1][0] + found[2] + found[1][1], decomposed)
    return unicodedata.normalize("NFC", re.sub(f"qu([{_TONES}])y$", r"quy\1", moved))


def in_case_of(pattern: str, word: str) -> str:
    """Return the word in the case of the pattern, letter by letter: marks change neither the number nor the order of letters."""
    return "".join(letter.upper() if like.isupper() else letter for like, letter in zip_longest(pattern, word, fillvalue=""))


def place_tones(text: str) -> str:
    """Return an NFC text with the tone of every word in one place: Hoà Bình → Hòa Bình. Idempotent."""
    return _WORD.sub(lambda found: _placed(found[0]), text)


def _placed(word: str) -> str:
    lower = word.lower()
    placed = place_tone(lower)
    return in_case_of(word, placed) if placed != lower and len(placed) == len(word) else word
