"""The figures that a text tells: sentences with a measured number, and before and after where the sentence says both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from casebase.ingest.documents.headings import any_of, cues

_NUMBER = r"\d{1,3}(?:[.,]\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"
_SMALL = "một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|một nửa|one|two|three|four|five|six|seven|eight|nine|ten|half"
"""Numbers as people write them in words."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a sentence says was measured, as it is written; `after` alone where it tells no change."""

    before: str | None
    after: str
    unit: str | None


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    unit = any_of(cues()["figures"]["units"])
    before, after = (rf"(?P<{name}>{_NUMBER}|{_SMALL})\s*(?P<unit_{name}>{unit})?" for name in ("before", "after"))
    between = r"\s*(?:xuống(?:\s+chỉ)?(?:\s+còn)?|lên(?:\s+đến)?|thành|còn|đến|to|down to|up to)\s*(?:khoảng |about |only |chỉ )?"
    change = rf"(?:từ|from)\s+(?:khoảng |about |hơn |over )?{before}{between}{after}(?!\w)"
    measured = rf"(?<![\w/.,-])(?P<after>{_NUMBER})\s*(?P<unit>{unit})(?!\w)"
    changes = rf"(?<!\w)(?:{any_of(cues()['figures']['changes'])})(?!\w)"
    return (re.compile(change, re.IGNORECASE), re.compile(measured, re.IGNORECASE), re.compile(changes, re.IGNORECASE))


def find_measure(sentence: str) -> Measure | None:
    """Return what a sentence measures: a change from one number to another, or a number with its unit and a word of change."""
    change, measured, changes = _patterns()
    if found := change.search(sentence):
        unit = found["unit_after"] or found["unit_before"]
        if unit:
            return Measure(found["before"], found["after"], unit)
    found = measured.search(sentence)
    if found and changes.search(sentence):
        return Measure(None, found["after"], found["unit"])
    return None
