"""The template comes back as it was filled in; any text of a document becomes a proposal that a case file can hold."""

from __future__ import annotations

import json
from io import BytesIO

import docx
import pytest
from documents import saved
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casebase.domain.case import NARRATIVE, Narrative
from casebase.domain.text import one_line
from casebase.i18n import LANGUAGES, translate
from casebase.ingest.documents.docx import read_docx
from casebase.ingest.documents.headings import cues
from casebase.ingest.documents.kind import Kind
from casebase.ingest.documents.lines import DocumentText, Line, Role, from_json, to_json
from casebase.ingest.documents.propose import Proposal, propose
from casebase.ingest.documents.template import make_template
from casebase.ingest.markdown import HEADINGS, parse_case
from casebase.services.reading_documents import case_skeleton, proposal_json

SEVERAL = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TEMPLATES = {lang: make_template(lang) for lang in LANGUAGES}
WORDS = [
    "Người",
    "dân",
    "kết",
    "quả",
    "bài",
    "học",
    "từ",
    "5",
    "ngày",
    "xuống",
    "1",
    "%",
    "(2022)",
    "results",
    "lessons",
    "I.",
    "3,5",
    "a:",
]
SENTENCE = st.lists(st.sampled_from(WORDS), min_size=2, max_size=12).map(lambda words: " ".join(words) + ".")
PARAGRAPHS = st.lists(SENTENCE, max_size=4)
ANSWERS = st.fixed_dictionaries({section.value: PARAGRAPHS for section in NARRATIVE})
ANY_LINE = st.builds(
    Line,
    text=st.one_of(st.text(max_size=60), SENTENCE, st.sampled_from([cue for row in cues()["headings"].values() for cue in row])),
    page=st.integers(1, 4),
    number=st.integers(1, 50),
    role=st.sampled_from(Role),
    level=st.integers(0, 9),
)


def filled_in(lang: str, answers: dict[str, list[str]], *, after_hint: bool = False) -> bytes:
    """Return the template with answers below the hints, as an author types them; or right behind each hint, in its paragraph."""
    document = docx.Document(BytesIO(TEMPLATES[lang]))
    for paragraph in list(document.paragraphs):
        for part, texts in answers.items():
            if texts and paragraph.text == translate(f"template.hint.{part}", lang):
                if after_hint:
                    paragraph.add_run(f" {texts[0]}")
                following = document.paragraphs[[one._p for one in document.paragraphs].index(paragraph._p) + 1]
                for text in texts[after_hint:]:
                    following.insert_paragraph_before(text)
    return saved(document)


def proposed_from(content: bytes) -> Proposal:
    return propose(read_docx(content))


@pytest.mark.parametrize("lang", LANGUAGES)
@SEVERAL
@given(answers=ANSWERS)
def test_the_template_comes_back_section_by_section(lang: str, answers: dict[str, list[str]]) -> None:
    proposal = proposed_from(filled_in(lang, answers))
    assert {section.value: proposal.text(section) for section in NARRATIVE} == {
        part: "\n\n".join(paragraphs) for part, paragraphs in answers.items()
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_right_behind_a_hint_is_kept(lang: str) -> None:
    answers = {section.value: [f"Answer about {section.value}."] for section in NARRATIVE}
    proposal = proposed_from(filled_in(lang, answers, after_hint=True))
    assert [proposal.text(section) for section in NARRATIVE] == [texts[0] for texts in answers.values()]


@pytest.mark.parametrize(("lang", "when"), [("vi", "Từ tháng 3/2022 đến tháng 6/2023."), ("en", "From March 2022 to June 2023.")])
def test_title_and_period_of_the_template_come_back(lang: str, when: str) -> None:
    answers = {"title": ["Số hóa ở phường Mẫu"], "period": [when], "problem": ["Giai đoạn 2011-2015 rất khó khăn."]}
    proposal = proposed_from(filled_in(lang, answers))
    assert proposal.title
    assert proposal.title.text == "Số hóa ở phường Mẫu"
    assert proposal.period
    assert (proposal.period.start, proposal.period.end) == ("2022-03", "2023-06")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_template_proposes_nothing(lang: str) -> None:
    proposal = proposed_from(TEMPLATES[lang])
    assert (proposal.title, proposal.period, proposal.figures) == (None, None, ())
    assert not any(proposal.sections.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_template_has_the_five_headings_of_a_case(lang: str) -> None:
    headings = [
        paragraph.text for paragraph in docx.Document(BytesIO(TEMPLATES[lang])).paragraphs if paragraph.style.name == "Heading 1"
    ]
    assert headings[-5:] == list(HEADINGS[lang])


@SEVERAL
@given(st.lists(ANY_LINE, max_size=25), st.sampled_from(Kind))
def test_any_text_becomes_a_proposal_that_a_case_can_hold(lines: list[Line], kind: Kind) -> None:
    proposal = propose(DocumentText(kind, 4, tuple(lines)))
    for section in NARRATIVE:
        Narrative.model_validate({section.value: proposal.text(section)})
    json.dumps(proposal_json(proposal, "vi"))
    reading = parse_case(case_skeleton(proposal))
    wrong = {fault.code for fault in reading.faults} - {"field.missing", "list.too_short", "text.too_long"}
    assert {code for code in wrong if code.startswith(("yaml.", "section.", "front_matter."))} == set()


@SEVERAL
@given(st.lists(ANY_LINE, max_size=25), st.sampled_from(Kind))
def test_every_word_of_a_section_stands_in_the_document(lines: list[Line], kind: Kind) -> None:
    proposal = propose(DocumentText(kind, 4, tuple(lines)))
    known = {word for line in lines for word in one_line(line.text).split()}
    told = [word for section in NARRATIVE for part in proposal.sections[section] for word in part.text.split() if word.isalnum()]
    assert [word for word in told if not any(word in one for one in known)] == []


@given(st.lists(ANY_LINE, max_size=10))
def test_what_the_child_writes_is_read_back(lines: list[Line]) -> None:
    document = DocumentText(Kind.PDF, 4, tuple(lines), empty_pages=(2,))
    assert from_json(json.loads(to_json(document))) == document
