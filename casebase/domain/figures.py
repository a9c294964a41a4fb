"""Tells whether a text has a figure: a number that counts or measures, and not merely a date or the number of a decree."""

from __future__ import annotations

import re

_NO_FIGURES = re.compile(
    r"\b\d{4}-\d{2}(?:-\d{2})?\b"  # 2023-07-01
    r"|\b(?:\d{1,2}[/.-]){1,2}(?:19|20)\d{2}\b"  # 01/07/2023, 07/2023
    r"|\b(?:19|20)\d{2}\b"
    r"|\b\d+(?:/\d{4})?/[^\W\d_]+(?:-[^\W_]+)*"  # 06/QĐ-TTg
    r"|\b\d+-(?:NQ|CT|KL|QĐ)/\w+"  # 57-NQ/TW
)
_IN_WORDS = {
    "vi": (
        r"\b(?:một|hai|ba|bốn|tư|năm|sáu|bảy|tám|chín|mười|mươi|chục|trăm|nghìn|ngàn|triệu|tỷ|nửa)\s+"
        r"(?:phần\s+(?:một|hai|ba|tư|năm|mười|trăm)|lần|lượt|phút|giờ|ngày|tuần|tháng|năm|quý|đồng|người|hộ|hồ\s+sơ|thủ\s+tục|cơ\s+quan"
        r"|đơn\s+vị|xã|phường|tỉnh|huyện|trường|bệnh\s+viện|chục|trăm|nghìn|ngàn|triệu|tỷ|km|tấn)\b"
    ),
    "en": (
        r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
        r"|hundreds?|thousands?|millions?|half|dozens?)\s+"
        r"(?:per\s?cent|percent|times|minutes?|hours?|days?|weeks?|months?|years?|people|thirds?|quarters?|fifths?|tenths?|hundred|thousand"
        r"|million|billion|of\s+(?:the|all|its|them|thousands|millions))\b|\ba\s+(?:third|quarter|fifth|tenth)\b"
    ),
}
_PATTERNS = {lang: re.compile(pattern, re.IGNORECASE) for lang, pattern in _IN_WORDS.items()}


def without_dates(text: str) -> str:
    """Return the text without what is written in digits and is no figure: dates, years, numbers of decrees."""
    return _NO_FIGURES.sub(" ", text)


def has_figure(text: str, *, lang: str) -> bool:
    """Tell whether the NFC text has a figure, in digits or, in Vietnamese and English, in words (bảy phần mười, two thirds)."""
    if re.search(r"\d", without_dates(text)):
        return True
    pattern = _PATTERNS.get(lang)
    return pattern is not None and pattern.search(text) is not None
