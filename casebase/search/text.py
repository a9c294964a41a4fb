"""Vietnamese text as search sees it: tokens, exact and folded.

Folding is done here rather than in SQLite or FAISS because neither knows that đ is a d with a stroke: NFD takes the marks off
every other letter.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import zip_longest

_TOKEN = re.compile(r"\d+(?:/\d{4})?/[^\W\d_]+(?:-[^\W_]+)*|\d+(?:[.,]\d+)+|[^\W_]+", re.UNICODE)
_PART = re.compile(r"[^\W_]+", re.UNICODE)
_WORDS_KEPT = 100_000
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ONLY_VIETNAMESE = re.compile(r"[đ\u031b\u0309\u0323]|a\u0306|[aeo]\u0302[\u0300\u0301\u0303]")
_OPEN_OA_OE_UY = re.compile(f"(o[ae]|(?<!q)uy)([{_TONES}])$")


def fold(text: str) -> str:
    """Return the text in lower case without any mark: đường → duong. Idempotent."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare.replace("đ", "d")).casefold()


def has_marks(text: str) -> bool:
    """Tell whether any letter carries a mark."""
    return fold(text) != unicodedata.normalize("NFC", text).casefold()


def only_vietnamese(text: str) -> bool:
    """Tell whether the text has a letter that only Vietnamese writes among our languages: đ ơ ư ă ấ, a dot below, a hook above."""
    return _ONLY_VIETNAMESE.search(unicodedata.normalize("NFD", text.casefold())) is not None


@lru_cache(maxsize=_WORDS_KEPT)
def fold_word(word: str) -> str:
    """Return `fold` of one word; a language has few words, so the answer is kept."""
    return fold(word)


@lru_cache(maxsize=_WORDS_KEPT)
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
    return _PART.sub(lambda found: _placed(found[0]), text)


def _placed(word: str) -> str:
    lower = word.lower()
    placed = place_tone(lower)
    return in_case_of(word, placed) if placed != lower and len(placed) == len(word) else word


def tokens(text: str) -> list[str]:
    """Return the words of a text in order, in lower case, NFC and one tone placement.

    The number of a legal text is given whole and in parts: 06/QĐ-TTg → `06/qđ-ttg`, `06`, `qđ`, `ttg`.
    """
    found: list[str] = []
    for match in _TOKEN.finditer(unicodedata.normalize("NFC", text)):
        word = match[0].casefold()
        if "/" in word:
            found.append(place_tone(word))
            found.extend(place_tone(part) for part in _PART.findall(word))
        else:
            found.append(place_tone(word))
    return found


def token_spans(text: str) -> list[tuple[int, int, str]]:
    """Return start, end and word of every token of an NFC text, for marking them; a legal number once, whole."""
    return [(match.start(), match.end(), place_tone(match[0].casefold())) for match in _TOKEN.finditer(text)]
