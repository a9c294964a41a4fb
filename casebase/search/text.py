"""Vietnamese text as search sees it: tokens, exact and folded.

Folding is done here rather than in SQLite or FAISS because neither knows that đ is a d with a stroke: NFD takes the marks off
every other letter.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from casebase.domain.vietnamese import place_tone, without_marks

_TOKEN = re.compile(r"\d+(?:/\d{4})?/[^\W\d_]+(?:-[^\W_]+)*|\d+(?:[.,]\d+)+|[^\W_]+", re.UNICODE)
_PART = re.compile(r"[^\W_]+", re.UNICODE)
_WORDS_KEPT = 100_000
_ONLY_VIETNAMESE = re.compile(r"[đ\u031b\u0309\u0323]|a\u0306|[aeo]\u0302[\u0300\u0301\u0303]")


def fold(text: str) -> str:
    """Return the text in lower case without any mark: đường → duong. Idempotent."""
    return without_marks(text.casefold()).casefold()


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
