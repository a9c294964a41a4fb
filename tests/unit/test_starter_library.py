"""The case library: complete, honest about its origin, and broad enough that every filter leads somewhere."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from casebase.domain.case import CaseStudy, TranslationMethod
from casebase.domain.vocabulary import vocabularies
from casebase.ingest.markdown import case_files, read_folder

FILES = case_files([Path(__file__).parents[2] / "cases"])
READING = read_folder(FILES)
CASES = READING.cases
FOREIGN = [case for case in CASES if case.lang != "vi"]
VIETNAMESE = [case for case in CASES if case.lang == "vi"]
EACH_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
LEAST_CASES_PER_TERM = 3
_E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
_MOBILE_NUMBER = re.compile(r"(?<!\d)(?:\+84|0)[35789](?:[ .]?\d){8}(?!\d)")


def texts_of(case: CaseStudy) -> list[str]:
    """Return title, summary and sections in every language that the case has."""
    headlines = [text for headline in case.headlines.values() for text in (headline.title, headline.summary)]
    versions = [case, *case.translations]
    bodies = [body for version in versions for body in (version.title, version.summary, *dict(version.sections.items()).values())]
    return [*headlines, *bodies]


def test_the_files_are_without_fault() -> None:
    assert READING.faults == ()


def test_all_that_could_be_in_better_style_is_that_some_sources_have_no_encryption() -> None:
    assert {remark.code for remark in READING.remarks} == {"style.link_open"}


def test_there_are_94_cases_from_vietnam_and_28_other_countries() -> None:
    assert len(CASES) == 94
    assert Counter(case.country == "VN" for case in CASES) == {True: 51, False: 43}
    assert len({case.country for case in CASES}) == 29
    assert Counter(case.lang for case in CASES) == {"vi": 51, "en": 34, "fr": 6, "es": 3}


def test_every_case_from_abroad_can_be_read_whole_in_vietnamese() -> None:
    assert [case.id for case in FOREIGN if case.translation("vi") is None] == []
    assert len(FILES) == 94 + 43
    assert {whole.method for case in FOREIGN for whole in case.translations} == {TranslationMethod.MACHINE}


@pytest.mark.parametrize("case", FOREIGN, ids=lambda case: case.id)
def test_no_word_of_a_case_from_abroad_stays_in_its_language_for_a_vietnamese_reader(case: CaseStudy) -> None:
    whole = case.translation("vi")
    assert whole
    assert whole.agency
    for name in ("on_behalf_of", "technologies", "beneficiaries", "tags", "metrics", "building_blocks"):
        assert bool(getattr(whole, name)) == bool(getattr(case, name)), name


def test_every_vietnamese_case_has_title_and_summary_in_english() -> None:
    assert [case.id for case in VIETNAMESE if "en" not in case.headlines] == []


@pytest.mark.parametrize(
    ("field", "term"),
    [
        (field, term)
        for field in ("sectors", "challenges", "solution_areas", "levers", "rollout_steps")
        for term in vocabularies()[field]
    ],
)
def test_every_term_has_a_few_cases(field: str, term: str) -> None:
    assert sum(term in getattr(case, field) for case in CASES) >= LEAST_CASES_PER_TERM


@EACH_CASE
def test_a_case_names_its_sources_and_says_that_its_agency_has_not_confirmed_it(case: CaseStudy) -> None:
    assert case.provenance == "public-sources"
    assert case.confirmed_at is None
    assert any(source.url for source in case.sources)


@EACH_CASE
def test_a_case_is_classified_in_full(case: CaseStudy) -> None:
    assert all((case.challenges, case.solution_areas, case.levers, case.rollout_steps, case.pillars, case.tags, case.period.start))


@EACH_CASE
def test_the_day_or_month_of_a_figure_is_written_in_the_one_way_that_every_reader_gets_in_their_own(case: CaseStudy) -> None:
    figures = [*case.metrics, *(figure for whole in case.translations for figure in whole.metrics)]
    assert [figure.as_of for figure in figures if re.fullmatch(r"(\d{1,2}/)?\d{1,2}/\d{4}", figure.as_of or "")] == []


@EACH_CASE
def test_no_section_is_empty_and_the_steps_are_a_numbered_list(case: CaseStudy) -> None:
    for version in (case, *case.translations):
        assert [section for section, body in version.sections.items() if not body] == []
        assert re.search(r"^1\. ", version.sections.steps, re.MULTILINE)


@EACH_CASE
def test_a_translation_keeps_the_paragraphs(case: CaseStudy) -> None:
    for whole in case.translations:
        for section, body in case.sections.items():
            assert abs(body.count("\n\n") - whole.sections[section].count("\n\n")) <= 1, section


@EACH_CASE
def test_a_case_gives_nobody_s_private_address_or_number(case: CaseStudy) -> None:
    for text in texts_of(case):
        assert _E_MAIL.findall(text) == []
        assert _MOBILE_NUMBER.findall(text) == []


@EACH_CASE
def test_a_case_says_when_it_is_useful_in_vietnamese_and_in_english_or_its_own_language(case: CaseStudy) -> None:
    in_vietnamese = case.worded("vi").useful_when
    in_another = case.headlines["en"].useful_when if case.lang == "vi" else case.useful_when
    assert len(in_vietnamese) >= 4
    assert len(in_another) >= 3
    assert all(8 <= len(line.split()) <= 45 for line in (*in_vietnamese, *in_another))
    assert not any(char.isdigit() for line in (*in_vietnamese, *in_another) for char in line)
    assert case.agency.name not in " ".join(in_vietnamese)
