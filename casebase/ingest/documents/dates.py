"""The dates and the period that a text tells, in Vietnamese and English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_MONTH_NAME = "|".join(_MONTHS)
_YEAR = r"(?:19|20)\d\d"
_MOMENT = (
    rf"(?:(?:tháng\s*)?(?P<m{{0}}>1[0-2]|0?[1-9])\s*(?:/|-|\.|năm)\s*(?P<y{{0}}>{_YEAR})"
    rf"|(?P<name{{0}}>{_MONTH_NAME})\s+(?P<yn{{0}}>{_YEAR})"
    rf"|(?:năm\s*)?(?P<year{{0}}>{_YEAR}))"
)
_TO = r"\s*(?:đến(?:\s+hết)?|tới|to|until|till|and|through|–|—|-)\s*"
_RANGE = re.compile(
    r"(?P<sure>(?:từ|from|between|since|thời gian[^.:;\n]{0,30}:?)\s+)?(?<![\d/.,-])"
    + _MOMENT.replace("{0}", "1")
    + _TO
    + rf"(?:{_MOMENT.replace('{0}', '2')}|(?P<now>nay|now|today|present))(?![\d/])",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"(?:ngày\s*)?(?<![\d/.,-])(?P<d>\d{1,2})\s*(?:tháng|/|-)\s*(?P<m>\d{1,2})\s*(?:năm|/|-)\s*"
    rf"(?P<y>{_YEAR})(?![\d/])|(?<!\d)(?P<dn>\d{{1,2}})\s+(?P<name>{_MONTH_NAME})\s+(?P<yn>{_YEAR})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Range:
    """A period as the case file writes it (`2022`, `2022-03`; no end: it goes on), and whether the text calls it one."""

    start: str
    end: str | None
    sure: bool


def find_period(text: str) -> Range | None:
    """Return the first period of a text, the first that it introduces as one ("từ … đến …", "from … to …") before any other."""
    ranges = [found for match in _RANGE.finditer(text) if (found := _range(match))]
    return next((found for found in ranges if found.sure), next(iter(ranges), None))


def find_days(text: str) -> list[str]:
    """Return the days of a text that exist, as ISO dates, in its order."""
    days = []
    for match in _DAY.finditer(text):
        month = int(match["m"]) if match["m"] else _MONTHS.index(match["name"].lower()) + 1
        try:
            days.append(date(int(match["y"] or match["yn"]), month, int(match["d"] or match["dn"])).isoformat())
        except ValueError:
            continue
    return days


def _range(match: re.Match[str]) -> Range | None:
    start, end = _moment(match, "1"), None if match["now"] else _moment(match, "2")
    if end is not None and end < start[: len(end)]:
        return None
    return Range(start, end, sure=bool(match["sure"]))


def _moment(match: re.Match[str], which: str) -> str:
    if match[f"m{which}"]:
        return f"{match[f'y{which}']}-{int(match[f'm{which}']):02}"
    if match[f"name{which}"]:
        return f"{match[f'yn{which}']}-{_MONTHS.index(match[f'name{which}'].lower()) + 1:02}"
    return str(match[f"year{which}"])
