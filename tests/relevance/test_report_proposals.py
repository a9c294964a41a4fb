"""The cases of the library, laid out as reports in PDF with headings that agencies use, come back section by section."""

from __future__ import annotations

import textwrap
from functools import cache
from pathlib import Path

import pytest

from casebase.domain.case import NARRATIVE, CaseStudy
from casebase.ingest.documents.kind import Kind
from casebase.ingest.documents.lines import DocumentText, Line
from casebase.ingest.documents.propose import propose
from casebase.ingest.markdown import read_folder
from casebase.ingest.passages import plain_text

CASES = Path(__file__).parents[2] / "cases"
LINE_CHARACTERS, PAGE_LINES = 90, 45
HEADINGS = {
    "numbered": (
        "vi",
        ["I. Thực trạng", "II. Giải pháp", "III. Tổ chức thực hiện", "IV. Kết quả đạt được", "V. Bài học kinh nghiệm"],
    ),
    "capitals": ("vi", ["1. ĐẶT VẤN ĐỀ", "2. CÁCH LÀM", "3. QUÁ TRÌNH TRIỂN KHAI", "4. HIỆU QUẢ", "5. KIẾN NGHỊ, ĐỀ XUẤT"]),
    "plain": ("vi", ["Bối cảnh", "Cách tiếp cận", "Các bước triển khai", "Kết quả", "Bài học"]),
    "english": ("en", ["1. Background", "2. Our approach", "3. Implementation", "4. Results", "5. Lessons learned"]),
    "english-capitals": ("en", ["THE CHALLENGE", "THE SOLUTION", "WHAT WE DID", "IMPACT", "RECOMMENDATIONS"]),
}


@cache
def cases() -> tuple[CaseStudy, ...]:
    return read_folder([CASES]).cases


def wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, LINE_CHARACTERS, break_on_hyphens=False, break_long_words=False)


def laid_out(case: CaseStudy, headings: list[str]) -> DocumentText:
    """Return a case as the lines of a report, with the head of an official document where it is Vietnamese."""
    lines = [*(["UBND TỈNH MẪU", "BÁO CÁO"] if case.lang == "vi" else []), *wrapped(case.title)]
    for heading, (_, body) in zip(headings, case.sections.items(), strict=True):
        lines += [heading, *(line for block in plain_text(body).split("\n") for line in wrapped(block))]
    pages = [lines[start : start + PAGE_LINES] for start in range(0, len(lines), PAGE_LINES)]
    numbered = [Line(text, page, number) for page, texts in enumerate(pages, 1) for number, text in enumerate(texts, 1)]
    return DocumentText(Kind.PDF, len(pages), tuple(numbered))


@pytest.mark.parametrize("style", HEADINGS)
def test_97_of_100_sections_and_titles_of_reports_come_back_word_by_word(style: str) -> None:
    lang, headings = HEADINGS[style]
    pairs = [(case, propose(laid_out(case, headings))) for case in cases() if case.lang == lang]
    same = [
        proposal.text(section).split() == plain_text(case.sections[section]).split()
        for case, proposal in pairs
        for section in NARRATIVE
    ]
    titles = [proposal.title is not None and proposal.title.text == case.title for case, proposal in pairs]
    assert len(pairs) > 30
    assert sum(same) / len(same) >= 0.97
    assert sum(titles) / len(titles) >= 0.97
