"""Case files lose nothing: what is written is read back, whatever an author may type."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from factories import make_case
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casebase.domain.case import NARRATIVE, CaseStudy, Translation
from casebase.domain.text import has_outer_heading, one_line, paragraphs
from casebase.domain.vocabulary import countries, vocabularies
from casebase.ingest.markdown import (
    case_files,
    file_name,
    format_case,
    format_translation,
    parse_case,
    parse_translation,
    read_folder,
)

CASES = case_files([Path(__file__).parents[2] / "cases"])
THOROUGH = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
FILLER = "so that the summary has as many characters as a summary must have at least, eighty"

YAML_TRAPS = [
    "null",
    "yes",
    "no",
    "~",
    "true",
    "1e3",
    "0x1f",
    "007",
    "2023-07-01",
    "12:30:45",
    "-",
    "--",
    "---",
    "...",
    ":",
    "::",
    "#",
    "##",
    "'",
    "''",
    '"',
    '""',
    "\\",
    "\\n",
    "%",
    "@",
    "`",
    "|",
    ">",
    "&",
    "&a",
    "*",
    "*a",
    "!",
    "!!int",
    "?",
    "=",
    "<<",
    "[",
    "]",
    "{",
    "}",
    ",",
    ",a",
    "{a:",
    "[a]",
    "a:",
    "a:b",
    "#a",
    "'''",
    '"""',
    "%YAML",
    "😀",
    "👩\u200d👩\u200d👧",
    "đ",
    "Đường",
    "ơ",
    "é",
    "́",
    "ß",
    "ﬁ",
    "İ",
    "\u200b",
    "\xad",
    "\u202e",
    "Ω",
    "漢字",
    "עברית",
    "\ue000",
    "\U000e0041",
    "\U0010fffd",
]
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff")
PIECES = st.sampled_from(YAML_TRAPS) | st.text(CHARACTERS, min_size=1, max_size=8)
RAGGED = st.lists(st.tuples(PIECES, st.sampled_from(["", " "])), min_size=1, max_size=8).map(
    lambda rows: "".join(map("".join, rows))
)


def cut(text: str, most: int) -> str:
    return one_line(one_line(text)[:most])


LINE = RAGGED.map(lambda text: cut(text, 100)).filter(bool)
SUMMARY = RAGGED.map(lambda text: cut(f"{text} {FILLER}", 500))
LINES = st.lists(LINE, unique=True, max_size=4)
LINK = st.text(CHARACTERS.filter(lambda char: not char.isspace() and char not in '<>"'), min_size=1, max_size=20).map(
    lambda text: f"https://{one_line(text)}"
)
DAY = st.dates()
PARTIAL_DATE = st.tuples(DAY, st.sampled_from([4, 7, 10])).map(lambda drawn: drawn[0].isoformat()[: drawn[1]])
MONTH = st.tuples(DAY, st.sampled_from([4, 7])).map(lambda drawn: drawn[0].isoformat()[: drawn[1]])
SLUG = st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9}){1,4}", fullmatch=True)
METHOD = st.sampled_from(["human", "machine"])


def terms(vocabulary: str) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(vocabularies()[vocabulary]))


def term_lists(vocabulary: str, least: int = 0, most: int = 8) -> st.SearchStrategy[list[str]]:
    return st.lists(terms(vocabulary), unique=True, min_size=least, max_size=most)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw any of the fields, none of them too."""
    return st.fixed_dictionaries({}, optional=fields)


def _prose(lines: list[str]) -> str:
    text = paragraphs(paragraphs("\n".join(lines))[:38])
    return "" if has_outer_heading(text) else text


PROSE = st.lists(
    RAGGED | st.sampled_from(["", "    code", "- item", "### small", "```", "| a |", "|---|", "---", "\ttab", "## "]), max_size=6
).map(_prose)
"""So short that the five together are not held against the declared language."""
SECTIONS = st.fixed_dictionaries({section.value: PROSE for section in NARRATIVE})
REAL_SECTIONS = {"vi": make_case().sections.model_dump()}


@st.composite
def periods(draw: st.DrawFn) -> dict[str, str]:
    first, last = sorted([draw(MONTH), draw(MONTH)], key=lambda month: month[:4])
    if first[:4] == last[:4]:
        last = first
    return draw(some(start=st.just(first), end=st.just(last)))


HEADLINE = st.fixed_dictionaries({"title": LINE, "summary": SUMMARY, "method": METHOD}, optional={"useful_when": LINES})
SOURCE = st.fixed_dictionaries({"title": LINE}, optional={"publisher": LINE, "url": LINK, "published": PARTIAL_DATE})


def metrics(sources: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    optional: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(("before", "unit", "as_of", "method"), LINE)
    if sources:
        optional["source"] = st.integers(1, sources)
    return st.lists(st.fixed_dictionaries({"indicator": LINE, "after": LINE}, optional=optional), max_size=3)


@st.composite
def cases(draw: st.DrawFn) -> CaseStudy:
    """Draw any valid case without translations (they are files of their own)."""
    lang = draw(terms("languages"))
    provenance = draw(terms("provenances"))
    sources = draw(st.lists(SOURCE, min_size=provenance == "public-sources", max_size=3))
    needed = {
        "id": draw(SLUG),
        "lang": lang,
        "title": draw(LINE),
        "summary": draw(SUMMARY),
        "agency": {"name": draw(LINE), "type": draw(terms("agency_types"))},
        "country": draw(st.sampled_from(sorted(countries("en")))),
        "sectors": draw(term_lists("sectors", 1, 3)),
        "provenance": provenance,
        "sources": sources,
        "sections": draw(SECTIONS if lang not in REAL_SECTIONS else SECTIONS | st.just(REAL_SECTIONS[lang])),
        **{name: draw(terms(f"{name}s")) for name in ("level", "stage", "outcome", "evidence_level")},
    }
    optional = draw(
        some(
            headlines=st.dictionaries(terms("languages").filter(lambda other: other != lang), HEADLINE, max_size=3),
            on_behalf_of=LINE,
            contact_public=LINE,
            licence=LINE,
            period=periods(),
            metrics=metrics(len(sources)),
            building_blocks=st.lists(
                st.fixed_dictionaries({"name": LINE, "kind": terms("building_block_kinds")}, optional={"link": LINK}), max_size=2
            ),
            links=st.lists(st.fixed_dictionaries({"title": LINE, "url": LINK}), max_size=2),
            attachments=st.lists(
                st.fixed_dictionaries({"name": LINE, "sha256": st.from_regex(r"[0-9a-f]{64}", fullmatch=True)}), max_size=2
            ),
            not_covered=st.lists(st.sampled_from([section.value for section in NARRATIVE]), unique=True),
            confirmed_at=DAY,
            review_due_at=DAY,
            **dict.fromkeys(("useful_when", "places", "technologies", "beneficiaries", "tags", "legal_basis"), LINES),
            **{name: term_lists(name) for name in ("pillars", "challenges", "solution_areas", "levers", "rollout_steps")},
        )
    )
    return CaseStudy.model_validate({**needed, **optional})


@st.composite
def translations(draw: st.DrawFn) -> Translation:
    return Translation.model_validate(
        {
            "translation_of": draw(SLUG),
            "lang": draw(terms("languages")),
            "method": draw(METHOD),
            "title": draw(LINE),
            "summary": draw(SUMMARY),
            "sections": draw(SECTIONS),
            "agency": draw(LINE),
            "on_behalf_of": draw(st.none() | LINE),
            "metrics": [{key: value for key, value in metric.items() if key != "source"} for metric in draw(metrics(1))],
            **{
                name: draw(LINES)
                for name in ("useful_when", "places", "technologies", "beneficiaries", "tags", "legal_basis", "building_blocks")
            },
        }
    )


@THOROUGH
@given(cases())
def test_a_case_is_read_back_as_it_was_written_and_written_again_the_same(case: CaseStudy) -> None:
    source = format_case(case)
    reading = parse_case(source)
    assert (reading.document, reading.faults) == (case, ())
    assert reading.document
    assert format_case(reading.document) == source


@THOROUGH
@given(translations())
def test_a_translation_is_read_back_as_it_was_written(translation: Translation) -> None:
    source = format_translation(translation)
    reading = parse_translation(source)
    assert (reading.document, reading.faults) == (translation, ())
    assert reading.document
    assert format_translation(reading.document) == source


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(), st.lists(translations(), max_size=3, unique_by=lambda translation: translation.lang))
def test_a_folder_of_a_case_and_its_translations_gives_the_whole_case(case: CaseStudy, whole: list[Translation]) -> None:
    own = [
        each.model_copy(
            update={"translation_of": case.id} | ({"metrics": (), "building_blocks": ()} if each.incomplete(case) else {})
        )
        for each in whole
        if each.lang != case.lang
    ]
    together = CaseStudy.model_validate({**dict(case), "translations": own})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / file_name(case)).write_text(format_case(together), encoding="utf-8")
        for each in own:
            (folder / file_name(each)).write_text(format_translation(each), encoding="utf-8")
        reading = read_folder([folder])
    assert (reading.cases, reading.faults) == ((together,), ())
    assert reading.cases[0].content_hash == together.content_hash


VALID = format_case(make_case())


@settings(deadline=None)
@given(st.integers(0, len(VALID)), st.integers(0, 60), st.text(max_size=20) | st.sampled_from(YAML_TRAPS))
def test_reading_a_damaged_file_never_raises_and_never_lacks_a_reason(at: int, lost: int, put: str) -> None:
    reading = parse_case(VALID[:at] + put + VALID[at + lost :])
    assert (reading.document is None) == bool(reading.faults)
    assert all(fault.line for fault in reading.faults)


@given(st.text())
def test_reading_any_text_never_raises(source: str) -> None:
    assert parse_case(source).faults
    assert parse_translation(f"---\n{source}\n---\n").faults


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_starter_case_is_read_back_as_it_was_written(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if path.stem.count("."):
        translated = parse_translation(source)
        assert translated.document, translated.faults
        assert parse_translation(format_translation(translated.document)).document == translated.document
    else:
        original = parse_case(source)
        assert original.document, original.faults
        assert parse_case(format_case(original.document)).document == original.document


def test_the_sections_of_the_strategy_are_those_of_a_case() -> None:
    assert {section.value for section in NARRATIVE} == set(REAL_SECTIONS["vi"])
