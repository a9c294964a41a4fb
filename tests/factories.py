"""Valid cases and passages for tests, so that a test spells out only what it is about."""

from __future__ import annotations

import re

from casebase.domain.case import CaseId, CaseStudy, Section
from casebase.domain.passage import Passage, Sentence

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")

_CASE: dict[str, object] = {
    "id": "mot-cua-dien-tu-ba-dinh",
    "lang": "vi",
    "title": "Một cửa điện tử ở phường Ba Đình",
    "summary": (
        "Người dân phải đi lại nhiều lần vì hồ sơ giấy. Phường lập bộ phận một cửa điện tử, nối với cổng dịch vụ công, "
        "và giảm thời gian chờ từ năm ngày xuống một ngày."
    ),
    "agency": {"name": "UBND phường Ba Đình", "type": "local-government"},
    "country": "VN",
    "places": ["Hà Nội"],
    "level": "commune",
    "sectors": ["public-administration"],
    "pillars": ["digital-government"],
    "challenges": ["process-change"],
    "solution_areas": ["online-services"],
    "stage": "operating",
    "outcome": "success",
    "period": {"start": "2023-01", "end": "2024"},
    "provenance": "public-sources",
    "sources": [{"title": "Báo cáo cải cách hành chính năm 2024", "url": "https://example.vn/bao-cao"}],
    "evidence_level": "self-reported",
    "sections": {
        "problem": "Hồ sơ giấy chuyển tay giữa ba bộ phận. Người dân không biết hồ sơ đang ở đâu.",
        "approach": "Quy trình được rút gọn trước khi số hóa. Mọi bộ phận dùng chung một phần mềm.",
        "steps": "Tháng đầu rà soát thủ tục. Tháng sau tập huấn cán bộ và chạy thử.",
        "results": "Thời gian chờ giảm từ năm ngày xuống một ngày. Tám phần mười hồ sơ nộp trực tuyến.",
        "lessons": "Phải có người hướng dẫn tại chỗ. Không số hóa nguyên trạng quy trình cũ.",
    },
}


def make_case(**overrides: object) -> CaseStudy:
    """Return a valid Vietnamese case compiled from public sources; a field given by name replaces the one of the sample.

    A field that is itself a table (`sections`, `agency`, `period`) is replaced as a whole.
    """
    return CaseStudy.model_validate({**_CASE, **overrides})


def make_passages(case: CaseStudy) -> list[Passage]:
    """Return one passage for the summary and one for each section that has text, in the case's own language, with sentences."""
    texts = [(Section.SUMMARY, f"{case.title}\n{case.summary}"), *case.sections.items()]
    return [
        Passage(
            case_id=CaseId(case.id),
            lang=case.lang,
            section=section,
            position=0,
            text=text,
            context="" if section is Section.SUMMARY else case.title,
            sentences=tuple(Sentence(sentence) for sentence in _SENTENCE_END.split(text)),
        )
        for section, text in texts
        if text
    ]
