"""Reads Vietnamese typed with the input method switched off: `chuyeenr ddooir soos` (Telex), `chuye63n d9o6i3 so61` (VNI).

A word is taken for typed keys only if the result is a syllable that people write.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from casebase.domain.vietnamese import place_tone

if TYPE_CHECKING:
    from collections.abc import Callable

_CIRCUMFLEX, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
_TONE_KEYS = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_TONE_DIGITS = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_SHAPE_DIGITS = {"6": ("aeo", _CIRCUMFLEX), "7": ("ou", _HORN), "8": ("a", _BREVE)}
_TELEX = re.compile(r"(?P<initial>[bcdghklmnpqrstvx]{0,3})(?P<rest>[aeiouyw][a-z]{0,8})")
_VNI = re.compile(r"[a-z]{1,7}[1-9](?:[a-z]{0,4}[1-9]?){0,3}")
_VOWEL = re.compile(f"[aeiouy][{_CIRCUMFLEX}{_BREVE}{_HORN}]?")


def decode(word: str, weight: Callable[[str], float]) -> str | None:
    """Return the likeliest syllable that the keys of a lower-case word stand for, or None where they stand for none.

    `weight` of a syllable is 0 where nobody writes it. Microseconds.
    """
    spelled = _read_vni(word) if _VNI.fullmatch(word) else _read_telex(word)
    if spelled is None:
        return None
    best = max(_toned(*spelled), key=weight, default=word)
    return best if best != word and weight(best) > 0 else None


def _read_telex(word: str) -> tuple[str, str] | None:
    """Return the letters with their shapes, decomposed, and the tone."""
    found = _TELEX.fullmatch(word)
    if not found:
        return None
    initial, rest = found["initial"], found["rest"]
    if rest.endswith("d") and initial == "d":
        initial, rest = "đ", rest[:-1]
    tones = [place for place, key in enumerate(rest) if key in _TONE_KEYS]
    tone = _TONE_KEYS[rest[tones[-1]]] if tones else ""
    if tones:
        rest = rest[: tones[-1]] + rest[tones[-1] + 1 :]
    rest = re.sub(r"([aeo])\1", rf"\1{_CIRCUMFLEX}", rest)
    return initial.replace("dd", "đ") + _horns(rest), tone


def _horns(rest: str) -> str:
    """Give its horn or breve to what a w was typed for: right behind it, or at the end of the word."""
    rest = re.sub(r"u(w?)o(w?)", lambda pair: f"u{_HORN}o{_HORN}" if pair[1] or pair[2] else pair[0], rest)
    rest = re.sub(r"([ou])w", rf"\1{_HORN}", rest)
    rest = rest.replace("aw", f"a{_BREVE}")
    if rest.startswith("w"):
        return f"u{_HORN}{rest[1:]}"
    if not rest.endswith("w"):
        return rest
    rest = rest[:-1]
    if "uo" in rest:
        return rest.replace("uo", f"u{_HORN}o{_HORN}", 1)
    return (
        re.sub(r"([ou])(?=[^ou]*$)", rf"\1{_HORN}", rest, count=1)
        if re.search("[ou]", rest)
        else rest.replace("a", f"a{_BREVE}", 1)
    )


def _read_vni(word: str) -> tuple[str, str] | None:
    letters: list[str] = []
    tone = ""
    for key in word:
        if key in _TONE_DIGITS:
            tone = _TONE_DIGITS[key]
        elif key == "9" and "d" in letters:
            letters[letters.index("d")] = "đ"
        elif key in _SHAPE_DIGITS:
            if not _shape(letters, *_SHAPE_DIGITS[key]):
                return None
        elif key.isdigit():
            return None
        else:
            letters.append(key)
    return "".join(letters), tone


def _shape(letters: list[str], fitting: str, mark: str) -> bool:
    """Put the mark on the last fitting vowel, on both of uo for a horn; False where none fits."""
    places = [place for place, letter in enumerate(letters) if letter in fitting]
    if not places:
        return False
    letters[places[-1]] += mark
    if mark == _HORN and letters[places[-1]].startswith("o") and places[-1] and letters[places[-1] - 1] == "u":
        letters[places[-1] - 1] += mark
    return True


def _toned(letters: str, tone: str) -> list[str]:
    """Return the word with the tone on each of its vowels in turn, composed; once where there is no tone."""
    if not tone:
        return [unicodedata.normalize("NFC", letters)]
    ends = [vowel.end() for vowel in _VOWEL.finditer(letters)]
    return [place_tone(unicodedata.normalize("NFC", letters[:end] + tone + letters[end:])) for end in ends]
