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


def without_marks(text: str) -> str:
    """Return the NFC text without any mark, in its own case: Đường → Duong."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare.replace("đ", "d").replace("Đ", "D"))


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


_ONSET = r"(?:ngh|ng|nh|th|tr|ch|gh|gi|kh|ph|qu|[bcdđghklmnpqrstvx])?"
_RHYMES_BY_VOWEL = {
    "a": "- c ch i m n ng nh o p t u y",
    "ă": "c m n ng p t",
    "â": "c m n ng p t u y",
    "e": "- c m n ng o p t",
    "ê": "- ch m n ng nh p t u",
    "i": "- a ch m n nh p t u",
    "iê": "c m n ng p t u",
    "yê": "m n ng t u",
    "o": "- c i m n ng p t",
    "oo": "c ng",
    "oa": "- c ch i m n ng nh o p t y",
    "oă": "c m n ng t",
    "oe": "- n o t",
    "ô": "- c i m n ng p t",
    "ơ": "- i m n p t",
    "u": "- a c i m n ng p t",
    "uâ": "n ng t y",
    "uê": "- ch n nh",
    "uô": "c i m n ng t",
    "uơ": "-",
    "uy": "- a ch n nh p t u",
    "uyê": "n t",
    "ư": "- a c i m n ng t u",
    "ươ": "c i m n ng p t u",
    "y": "- ch n nh t u",
}
_RHYME = "|".join(
    vowel + ending.replace("-", "")
    for vowel, endings in sorted(_RHYMES_BY_VOWEL.items(), key=lambda row: len(row[0]), reverse=True)
    for ending in sorted(endings.split(), key=len, reverse=True)
)
_SYLLABLE = re.compile(f"{_ONSET}(?:{_RHYME})")
_STOPPED = re.compile(r"(?:c|ch|p|t)$")
_ACUTE, _DOT = "\u0301", "\u0323"


@lru_cache(maxsize=100_000)
def is_syllable(word: str) -> bool:
    """Tell whether a word can be a Vietnamese syllable by its letters and its one tone: trường, not truơnggf, not tràc."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = [letter for letter in decomposed if letter in _TONES]
    letters = unicodedata.normalize("NFC", "".join(letter for letter in decomposed if letter not in _TONES))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(letters):
        return False
    return not _STOPPED.search(letters) or not tones or tones[0] in {_ACUTE, _DOT}
