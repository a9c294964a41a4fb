"""Vietnamese in the encodings from before Unicode: TCVN3 (fonts named .Vn…) and VNI (fonts named VNI-…), and their way to Unicode.

Such text comes out of documents as Latin letters that make no words: Ng­êi d©n, Ngöôøi daân for Người dân. It is converted only
where almost every word becomes a Vietnamese syllable, so that nothing is ever turned into something worse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from casebase.domain.vietnamese import is_syllable
from casebase.ingest.language import in_old_encoding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class OldEncoding(StrEnum):
    """The two that public bodies used."""

    TCVN3 = "TCVN3"
    VNI = "VNI"


_TCVN3 = {
    "¡¢£¤¥¦§¨©ª«¬\u00ad®": "ĂÂÊÔƠƯĐăâêôơưđ",
    "µ¶·¸¹": "àảãáạ",
    "»¼½¾Æ": "ằẳẵắặ",
    "ÇÈÉÊË": "ầẩẫấậ",
    "ÌÎÏÐÑ": "èẻẽéẹ",
    "ÒÓÔÕÖ": "ềểễếệ",
    "×ØÜÝÞ": "ìỉĩíị",
    "ßáâãä": "òỏõóọ",
    "åæçèé": "ồổỗốộ",
    "êëìíî": "ờởỡớợ",
    "ïñòóô": "ùủũúụ",
    "õö÷øù": "ừửữứự",
    "úûüýþ": "ỳỷỹýỵ",
}
"""Character read as Latin-1 → letter. Capitals with a tone have no code: fonts named .Vn…H show small letters as capitals."""
_VNI_MARKS = "øûõùï"
"""Behind a vowel: grave, hook, tilde, acute, dot, in the order of the rows above."""
_VNI_CIRCUMFLEX, _VNI_BREVE = "àåãáä", "èúüéë"
_VNI_MARKED = {
    "a": "àảãáạ",
    "e": "èẻẽéẹ",
    "o": "òỏõóọ",
    "u": "ùủũúụ",
    "y": "ỳỷỹýỵ",
    "ô": "ờởỡớợ",
    "ö": "ừửữứự",
}
_VNI_HATTED = {"a": "âầẩẫấậ", "e": "êềểễếệ", "o": "ôồổỗốộ"}
_VNI_ALONE = {"ì": "ì", "æ": "ỉ", "ó": "ĩ", "í": "í", "ò": "ị", "î": "ỵ", "ñ": "đ", "ô": "ơ", "ö": "ư"}

_WORD = re.compile(r"[^\W\d_]+")
_UNICODE_VIETNAMESE = re.compile(r"[ăđĩũơưĂĐĨŨƠƯ\u1ea0-\u1ef9]")
_CERTAIN = 0.95
"""Share of the words with marks that must be syllables after the conversion."""
_FEWEST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Decoding:
    """Lines in Unicode, and from which encoding they came; `uncertain` where they are in an old one and stay as they were."""

    lines: tuple[str, ...]
    encoding: OldEncoding | None = None
    uncertain: bool = False


@cache
def letters(encoding: OldEncoding) -> Mapping[str, str]:
    """Return what stands for each Vietnamese letter: one character in TCVN3, one or two small ones in VNI."""
    if encoding is OldEncoding.TCVN3:
        return {code: letter for codes, row in _TCVN3.items() for code, letter in zip(codes, row, strict=True)}
    table = dict(_VNI_ALONE)
    for vowel, row in _VNI_MARKED.items():
        table |= {vowel + mark: letter for mark, letter in zip(_VNI_MARKS, row, strict=True)}
    for vowel, row in _VNI_HATTED.items():
        table |= {vowel + mark: letter for mark, letter in zip("â" + _VNI_CIRCUMFLEX, row, strict=True)}
    return table | {"a" + mark: letter for mark, letter in zip("ê" + _VNI_BREVE, "ăằẳẵắặ", strict=True)}


def decode_line(line: str, encoding: OldEncoding) -> str:
    """Return a line of an old encoding in Unicode; a line in capitals stays in capitals."""
    table = letters(encoding)
    if encoding is OldEncoding.TCVN3:
        decoded = "".join(table.get(letter, letter) for letter in line)
        plain = [letter for letter in line if letter.isascii() and letter.isalpha()]
        return decoded.upper() if len(plain) > 1 and "".join(plain).isupper() else decoded
    return _vni_pattern().sub(lambda found: _in_case(found[0][0], table[found[0].lower()]), line)


@cache
def _vni_pattern() -> re.Pattern[str]:
    return re.compile("|".join(sorted(letters(OldEncoding.VNI), key=len, reverse=True)), re.IGNORECASE)


def _in_case(pattern: str, letter: str) -> str:
    return letter.upper() if pattern.isupper() else letter


def decode(lines: Sequence[str]) -> Decoding:
    """Return the lines in Unicode if all or some of them are in one of the old encodings with certainty.

    Documents mix both: a line with letters that only Unicode has is left alone, and so is any that reads no better afterwards.
    O(characters).
    """
    old = [line for line in lines if not _UNICODE_VIETNAMESE.search(line)]
    suspects = [line for line in old if in_old_encoding(line)]
    share, encoding = max((_share_of_syllables(_decoded(suspects, encoding)), encoding) for encoding in OldEncoding)
    if share < _CERTAIN or len(_marked_words(suspects)) < _FEWEST_WORDS:
        return Decoding(tuple(lines), uncertain=in_old_encoding("\n".join(old)))
    mixed = len(old) < len(lines)
    return Decoding(tuple(_better(line, encoding, mixed=mixed) for line in lines), encoding=encoding)


def _decoded(lines: Sequence[str], encoding: OldEncoding) -> list[str]:
    return [decode_line(line, encoding) for line in lines]


def _better(line: str, encoding: OldEncoding, *, mixed: bool) -> str:
    """Return a line decoded if that makes it more Vietnamese; as much is enough where the whole document is in the old encoding."""
    if _UNICODE_VIETNAMESE.search(line):
        return line
    decoded = decode_line(line, encoding)
    before, after = _share_of_syllables([line]), _share_of_syllables([decoded])
    return decoded if after > before or (after == before and not mixed) else line


def _marked_words(lines: Sequence[str]) -> list[str]:
    return [word for line in lines for word in _WORD.findall(line) if not word.isascii()]


def _share_of_syllables(lines: Sequence[str]) -> float:
    """Return how many of the words with marks can be Vietnamese, in [0, 1]; 0 where there is none.

    A word with a capital inside cannot: capitals are what most letters of TCVN3 look like.
    """
    words = _marked_words(lines)
    natural = [word for word in words if word.islower() or word.isupper() or word.istitle()]
    return sum(map(is_syllable, natural)) / len(words) if words else 0.0
