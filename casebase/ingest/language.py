"""Which language a text is in: langdetect with a fixed seed, so that the same text always gets the same answer."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from casebase.domain.vocabulary import vocabularies

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory

_LONGEST = 4000
"""Characters that are looked at: more does not change the answer."""
_ALIEN = re.compile(r"[®©¶¹µ¸·»¾¨¬¤¥¦§åäïøûëñæ]", re.IGNORECASE)
"""Letters that Vietnamese has in the old encodings TCVN3 and VNI, read as Latin-1, and never in Unicode."""
_MANY = 0.15
"""From this share of words with them on a text is in an old encoding; foreign names alone never come near it."""


@cache
def _detectors() -> DetectorFactory:
    import langdetect

    langdetect.DetectorFactory.seed = 0
    langdetect.detector_factory.init_factory()
    return langdetect.detector_factory._factory  # noqa: SLF001 - langdetect has no public way to keep its profiles with a seed


def detect_language(text: str) -> str | None:
    """Return the code of the language, or None where the text has no letters to judge by.

    Reliable from about 20 characters on; a two-word query is not enough. About 5 ms.
    """
    from langdetect import LangDetectException

    detector = _detectors().create()
    detector.seed = 0
    detector.append(text[:_LONGEST])
    try:
        return str(detector.detect())
    except LangDetectException:
        return None


def in_old_encoding(text: str) -> bool:
    """Tell whether Vietnamese text is in TCVN3 or VNI: Ng­êi d©n ®i l¹i, Ngöôøi daân ñi laïi for Người dân đi lại."""
    words = text.split()
    return sum(_ALIEN.search(word) is not None for word in words) > _MANY * len(words)


def nearest_known_language(text: str, default: str = "vi") -> str:
    """Return the detected language if the vocabulary has it, otherwise `default`."""
    found = detect_language(text)
    return found if found and found in vocabularies()["languages"] else default
