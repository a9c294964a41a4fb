"""The same story told again is called a duplicate of its case; another story about the same, related; a strange one, new.

The stories in `paraphrases/` and `paraphrases-without-numbers/` tell cases of the library in other words; those in `related/` and
`unrelated/` are made up.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from casebase.domain.case import CaseId
from casebase.domain.likeness import Likeness
from casebase.ingest.markdown import read_folder
from casebase.ingest.passages import cut_passages
from casebase.search.likeness import fingerprint, resemblance

if TYPE_CHECKING:
    from casebase.bootstrap import Services
    from casebase.domain.case import CaseStudy
    from casebase.domain.likeness import Compared

pytestmark = pytest.mark.model

HERE = Path(__file__).parent
TOLD_AGAIN = "-ke-lai"
CASES = {case.id: case for case in read_folder([HERE.parents[1] / "cases"]).cases}
PARAPHRASES = read_folder([HERE / "paraphrases"]).cases
WITHOUT_NUMBERS = read_folder([HERE / "paraphrases-without-numbers"]).cases
RELATED = read_folder([HERE / "related"]).cases
UNRELATED = read_folder([HERE / "unrelated"]).cases
SOME = (
    "ca-phoenix-pay",
    "camera-ai-giao-thong-tphcm",
    "fr-louvois",
    "uy-plan-ceibal",
    "xa-yen-hoa-ninh-binh",
    "benh-an-dien-tu-bach-mai",
)
TWINS = (
    ("camera-ai-giao-thong-ha-noi", "camera-ai-giao-thong-tphcm"),
    ("so-suc-khoe-dien-tu-ha-noi", "so-suc-khoe-dien-tu-tphcm"),
    ("ca-phoenix-pay", "au-qld-health-payroll"),
    ("fr-louvois", "ca-phoenix-pay"),
    ("benh-an-dien-tu-bach-mai", "benh-an-dien-tu-benh-vien-k"),
    ("benh-an-dien-tu-benh-vien-thu-duc", "benh-an-dien-tu-ttyt-thanh-son"),
)


def compare(services: Services, story: CaseStudy, without: str | None = None) -> Compared:
    compared = services.compare(story, limit=5, reader="vi", without=CaseId(without) if without else None)
    assert compared.result.by_meaning
    return compared


def name(case: CaseStudy) -> str:
    return case.id


def test_the_paraphrases_are_of_cases_of_the_library() -> None:
    assert len(PARAPHRASES) >= 8
    assert {case.id.removesuffix(TOLD_AGAIN) for case in (*PARAPHRASES, *WITHOUT_NUMBERS)} <= set(CASES)


@pytest.mark.parametrize("case_id", SOME)
def test_a_copy_under_another_id_is_a_duplicate(real_services: Services, case_id: str) -> None:
    copy = CASES[case_id].model_copy(update={"id": "another-id"})
    compared = compare(real_services, copy)
    assert (compared.likeness, compared.duplicate_of) == (Likeness.DUPLICATE, case_id)
    assert compared.resemblances[0].meaning == pytest.approx(1, abs=1e-3)
    assert compared.resemblances[0].shared == 1


@pytest.mark.parametrize("case_id", SOME)
def test_a_lightly_edited_copy_is_a_duplicate(real_services: Services, case_id: str) -> None:
    case = CASES[case_id]
    words = {"và": "cùng với", "được": "đã được", "the": "that", "and": "as well as", "de": "du", "les": "des", "los": "unos"}
    edited = {section.value: " ".join(words.get(word, word) for word in text.split(" ")) for section, text in case.sections.items()}
    copy = case.model_copy(
        update={
            "id": "another-id",
            "title": f"Câu chuyện: {case.title[:100]}",
            "sections": case.sections.model_copy(update=edited),
            "headlines": {},
            "translations": (),
            "useful_when": (),
        }
    )
    assert compare(real_services, copy).duplicate_of == case_id


@pytest.mark.parametrize("case_id", [case.id for case in CASES.values() if case.translations][::6])
def test_a_translation_of_a_case_is_a_duplicate(real_services: Services, case_id: str) -> None:
    case = CASES[case_id]
    translation = case.translation("vi")
    assert translation
    told = {field: getattr(translation, field) for field in ("title", "summary", "useful_when", "sections")}
    story = case.model_copy(update={**told, "id": "ban-dich", "lang": "vi", "headlines": {}, "translations": ()})
    assert compare(real_services, story).duplicate_of == case_id


@pytest.mark.parametrize("story", PARAPHRASES, ids=name)
def test_a_paraphrase_is_a_duplicate_of_its_case(real_services: Services, story: CaseStudy) -> None:
    assert compare(real_services, story).duplicate_of == story.id.removesuffix(TOLD_AGAIN)


@pytest.mark.parametrize("story", WITHOUT_NUMBERS, ids=name)
def test_a_paraphrase_without_numbers_is_at_least_related_to_its_case_before_all_others(
    real_services: Services, story: CaseStudy
) -> None:
    compared = compare(real_services, story)
    assert compared.result.hits[0].case_id == story.id.removesuffix(TOLD_AGAIN)
    assert compared.likeness in (Likeness.DUPLICATE, Likeness.RELATED)


@pytest.mark.parametrize(("one", "other"), TWINS)
def test_two_cases_about_the_same_are_related(real_services: Services, one: str, other: str) -> None:
    compared = compare(real_services, CASES[one], without=one)
    likeness = {hit.case_id: found.likeness for hit, found in compared.pairs}
    assert (compared.duplicate_of, likeness.get(CaseId(other))) == (None, Likeness.RELATED)


def test_no_case_of_the_library_is_a_duplicate_of_another(real_services: Services) -> None:
    snapshot = real_services.index.current()
    ids, vectors = snapshot.passages.cases, snapshot.case_vectors
    assert vectors is not None
    prints = {case.id: fingerprint(passage.text for passage in cut_passages(case)) for case in CASES.values()}
    found = {
        (ids[one], ids[other])
        for one, other in combinations(range(len(ids)), 2)
        if resemblance(prints[ids[one]], prints[ids[other]], meaning=float(vectors[one] @ vectors[other])).likeness
        is Likeness.DUPLICATE
    }
    assert found == set()


@pytest.mark.parametrize("story", RELATED, ids=name)
def test_a_new_story_about_something_known_is_related(real_services: Services, story: CaseStudy) -> None:
    assert compare(real_services, story).likeness is Likeness.RELATED


@pytest.mark.parametrize("story", UNRELATED, ids=name)
def test_a_story_unlike_any_case_is_new(real_services: Services, story: CaseStudy) -> None:
    compared = compare(real_services, story)
    assert (compared.likeness, compared.duplicate_of) == (Likeness.NEW, None)
