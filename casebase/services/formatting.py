"""Numbers, dates, places and periods as people of a language write them (CLDR through Babel)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from babel.numbers import format_decimal

from casebase.domain.places import province_of_today, was_merged
from casebase.domain.vocabulary import countries
from casebase.i18n import translate

if TYPE_CHECKING:
    from casebase.domain.case import CaseStudy, Metric, Period

_NUMBER = {
    "vi": re.compile(r"(\d{1,3}(?:[.\s]\d{3}){1,4}|\d{1,15})(?:,(\d+))?"),
    "en": re.compile(r"(\d{1,3}(?:[,\s]\d{3}){1,4}|\d{1,15})(?:\.(\d+))?"),
    "fr": re.compile(r"(\d{1,3}(?:\s\d{3}){1,4}|\d{1,15})(?:,(\d+))?"),
}
"""A number as a language writes it, whole part and decimals; 15 digits are as many as a bar can tell apart."""
_WRITTEN_LIKE = {"vi": "vi", "es": "vi", "fr": "fr"}
_BAR_PERCENT = 100


def number(value: float, lang: str) -> str:
    """Return 1.234,5 in Vietnamese, 1,234.5 in English."""
    return str(format_decimal(value, locale=lang))


def partial_date(text: str, lang: str) -> str:
    """Return 2023, 07/2023 or 10/07/2023 for a year, month or day; any other text as it is."""
    if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
        return text
    parts = text.split("-")
    return "/".join(reversed(parts)) if lang == "vi" else text


def period(span: Period, lang: str) -> str:
    """Return `2021–2023`, one end alone, or nothing."""
    ends = dict.fromkeys(partial_date(end, lang) for end in (span.start, span.end) if end)
    return "–".join(ends)


def province(name: str, lang: str) -> str:
    """Return a place, with today's province where it is a former one: Hà Nam (nay thuộc Ninh Bình)."""
    return translate("place.merged", lang, place=name, today=province_of_today(name)) if was_merged(name) else name


def place(case: CaseStudy, lang: str) -> str:
    """Return the places, former provinces with those of today unless these are named, and the country where it is not Vietnam."""
    country = () if case.country == "VN" and case.places else (countries(lang)[case.country],)
    abroad = case.country != "VN"
    told = [name if abroad or province_of_today(name) in case.places else province(name, lang) for name in case.places]
    return ", ".join(dict.fromkeys([*told, *country]))


def _plain_number(text: str | None, lang: str) -> float | None:
    """Return the number that a text is, read as the language writes it.

    None where the text is more or less than one number, or writes it in another language's way: 0.5 is none in Vietnamese.
    """
    found = _NUMBER[_WRITTEN_LIKE.get(lang, "en")].fullmatch((text or "").strip().rstrip("%").strip())
    return float(re.sub(r"[.,\s]", "", found[1]) + f".{found[2] or 0}") if found else None


def value_and_remark(value: str) -> tuple[str, str]:
    """Return a figure and what follows it in brackets, because its unit stands between them: 104,4 triệu | (62,4% người lớn)."""
    found = re.fullmatch(r"([^()]*[^()\s])\s+(\([^()]*\))", value)
    return (found[1], found[2]) if found else (value, "")


def bars(metric: Metric, lang: str) -> tuple[int, int] | None:
    """Return how long the bars of before and after are, in percent of the longer; None where they are not two plain numbers."""
    before, after = (_plain_number(value_and_remark(value or "")[0], lang) for value in (metric.before, metric.after))
    if before is None or after is None or max(before, after) <= 0:
        return None
    longest = max(before, after)
    return round(_BAR_PERCENT * before / longest), round(_BAR_PERCENT * after / longest)
