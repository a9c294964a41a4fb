"""Searching as people do: through the services, over a library on disk or in memory."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from factories import make_case
from library import BIRTH, CASES, NOON, PAYROLL, RAILWAY, SALARY, SUN, ids, library_in_memory, open_services, publish, write_files

from casebase.domain.case import CaseId, Section, Translation
from casebase.domain.likeness import Likeness
from casebase.domain.query import ChangeKind, Facet, Filters, Mode, SearchQuery, Verdict
from casebase.errors import CaseFileError, CaseNotFoundError
from casebase.search.embedders.hashing import HashingEmbedder
from casebase.search.text import fold
from casebase.services.browsing import browse, describe_library, newest_cases, read_case
from casebase.services.comparing import compare, read_story, read_story_with_translations
from casebase.services.importing import import_files
from casebase.services.presenting import search_json
from casebase.storage.memory import MemoryCaseStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from casebase.bootstrap import Services
    from casebase.domain.case import CaseStudy
    from casebase.domain.ports import Embedder

RAIL_QUERIES = ("duong sat", "đường sắt", "ĐƯỜNG SẮT", unicodedata.normalize("NFD", "đường sắt"), "Đường  sắt\n")
PEACE_QUERIES = ("hoa binh", "hoà bình", "hòa bình", "HOÀ BÌNH", unicodedata.normalize("NFD", "hòa bình"))


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return library_in_memory(tmp_path_factory.mktemp("home"), *CASES)


@pytest.fixture(scope="module")
def services_with_model(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Services:
    home = tmp_path_factory.mktemp("home")
    wired = open_services(home, store=MemoryCaseStore(), embedder=embedder)
    publish(wired.store, *CASES)
    wired.index.build()
    return wired


# --- Vietnamese as people type it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("text", RAIL_QUERIES)
def test_v01_railway_is_found_however_it_is_typed(services: Services, text: str, mode: Mode) -> None:
    assert ids(services.search(SearchQuery(text, mode=mode)))[0] == RAILWAY.id


@pytest.mark.parametrize("text", PEACE_QUERIES)
def test_v01_hoa_binh_is_found_wherever_the_tone_stands(services: Services, text: str) -> None:
    assert ids(services.search(SearchQuery(text, mode=Mode.LEXICAL)))[0] == RAILWAY.id


@pytest.mark.parametrize("text", ["đ", "Đ"])
@pytest.mark.parametrize("mode", [Mode.HYBRID, Mode.LEXICAL])
def test_v01_d_with_a_stroke_alone_finds_the_case_that_has_it(services: Services, text: str, mode: Mode) -> None:
    assert ids(services.search(SearchQuery(text, mode=mode)))[0] == RAILWAY.id


@pytest.mark.model
@pytest.mark.parametrize("text", [*RAIL_QUERIES, *PEACE_QUERIES, "đ"])
def test_v01_the_real_model_finds_it_too(services_with_model: Services, text: str) -> None:
    result = services_with_model.search(SearchQuery(text))
    assert (result.by_meaning, ids(result)[0]) == (True, RAILWAY.id)


SPELLINGS = [
    make_case(
        id=f"chinh-ta-{number}",
        title=f"Tài liệu về {word} của xã",
        summary=f"Một xã làm tài liệu về {word} để người dân đọc. Tài liệu nói {word} là gì và ai lo việc {word} trong xã.",
        sections={"problem": f"Người dân chưa biết {word} là gì."},
    )
    for number, word in enumerate(["dương sát", "đương sất", "duong sat", "đường sắt"])
]


@pytest.mark.parametrize("mode", [Mode.HYBRID, Mode.LEXICAL])
def test_v01_marks_rank_the_exact_spelling_first(tmp_path: Path, mode: Mode) -> None:
    services = library_in_memory(tmp_path, *SPELLINGS)
    result = services.search(SearchQuery("đường sắt", mode=mode))
    assert (len(result.hits), ids(result)[0]) == (len(SPELLINGS), "chinh-ta-3")


@pytest.mark.model
def test_v01_marks_rank_the_exact_spelling_first_with_the_real_model(tmp_path: Path, embedder: Embedder) -> None:
    services = open_services(tmp_path, store=MemoryCaseStore(), embedder=embedder)
    publish(services.store, *SPELLINGS)
    services.index.build()
    assert ids(services.search(SearchQuery("đường sắt")))[0] == "chinh-ta-3"


def test_v01_without_marks_every_spelling_is_found(tmp_path: Path) -> None:
    services = library_in_memory(tmp_path, *SPELLINGS)
    result = services.search(SearchQuery("duong sat", mode=Mode.LEXICAL))
    assert set(ids(result)) == {case.id for case in SPELLINGS}


def test_the_searcher_is_told_that_marks_were_restored(services: Services) -> None:
    [change] = services.search(SearchQuery("duong sat")).analysis.changes
    assert (change.kind, change.before, change.after) == (ChangeKind.MARKS_RESTORED, "duong sat", "đường sắt")


def test_a_long_query_is_cut_and_says_so(services: Services) -> None:
    result = services.search(SearchQuery("đường sắt " * 5_000))
    assert [change.kind for change in result.analysis.changes] == [ChangeKind.CUT]
    assert ids(result)[0] == RAILWAY.id


# --- the answer -----------------------------------------------------------------------------------------------------------------


def test_an_answer_counts_the_cases_that_the_filters_allow(services: Services) -> None:
    filters = Filters.of([(Facet.LANGUAGE, ["vi"])])
    result = services.search(SearchQuery("đường sắt", filters=filters))
    assert result.total == 3
    assert dict(dict(result.facets)[Facet.LANGUAGE]) == {"vi": 3, "en": 1, "fr": 1}
    assert dict(dict(result.facets)[Facet.COUNTRY]) == {"VN": 3, "CA": 0, "FR": 0}
    assert set(ids(result)) == {RAILWAY.id, SUN.id, BIRTH.id}


def test_a_section_can_be_searched_alone(services: Services) -> None:
    result = services.search(SearchQuery("đường truyền ngày mở bán", section=Section.LESSONS))
    assert ids(result)[0] == RAILWAY.id
    assert {hit.reason.section for hit in result.hits} == {Section.LESSONS}


@pytest.mark.parametrize("text", ["", "  ", "\x00"])
def test_an_empty_query_gets_an_empty_answer(services: Services, text: str) -> None:
    result = services.search(SearchQuery(text))
    assert (result.hits, result.verdict, result.total) == ((), Verdict.NONE, len(CASES))


def test_words_that_nobody_uses_get_the_verdict_none(services: Services) -> None:
    assert services.search(SearchQuery("zzxqy wvvkj", mode=Mode.LEXICAL)).verdict is Verdict.NONE


def test_the_same_query_always_gets_the_same_answer(services: Services) -> None:
    first, second = (services.search(SearchQuery("người dân làm giấy tờ")) for _ in range(2))
    assert replace(first, took_ms=0) == replace(second, took_ms=0)


def test_the_json_of_an_answer_is_plain(services: Services) -> None:
    answer = search_json(services.search(SearchQuery("duong sat", limit=1)))
    [hit] = answer["hits"]
    assert hit["id"] == RAILWAY.id
    assert hit["section"] == hit["reason"]["section"]
    assert all(0 <= start < end <= len(hit["reason"]["sentence"]) for start, end in hit["reason"]["matched"])


def test_readiness_tells_what_answers(services: Services) -> None:
    assert services.readiness() == {"ready": True, "generation": 5, "cases": 5, "model": services.embedder.fingerprint}


# --- cases like a case ----------------------------------------------------------------------------------------------------------


def test_cases_like_a_case_are_found_by_meaning_and_without_it(services: Services) -> None:
    result = services.similar(CaseId(PAYROLL.id), limit=3, reader="en")
    assert (len(result.hits), result.by_meaning) == (3, True)
    assert PAYROLL.id not in ids(result)


def test_without_vectors_cases_like_a_case_are_found_by_words(tmp_path: Path) -> None:
    twin = RAILWAY.model_copy(update={"id": "duong-sat-hai"})
    services = open_services(tmp_path, store=MemoryCaseStore())
    publish(services.store, RAILWAY, twin, SUN)
    result = services.similar(CaseId(RAILWAY.id), limit=1, reader="vi")
    assert (ids(result), result.by_meaning) == ([twin.id], False)
    services.index.wait()


@pytest.mark.parametrize("unknown", ["no-such-case", "", "x" * 10_000, "\udcff", "a'; DROP TABLE cases"])
def test_an_unknown_case_has_none_like_it(services: Services, unknown: str) -> None:
    with pytest.raises(CaseNotFoundError):
        services.similar(CaseId(unknown), limit=3, reader="vi")


@pytest.mark.parametrize("unknown", ["no-such-case", "", "x" * 10_000, "\udcff"])
def test_an_unknown_case_cannot_be_read(tmp_path: Path, unknown: str) -> None:
    with pytest.raises(CaseNotFoundError):
        read_case(unknown, store=open_services(tmp_path).store)


def test_a_file_is_compared_with_the_library(services: Services, tmp_path: Path) -> None:
    write_files(tmp_path / "new", [SALARY.model_copy(update={"id": "paie-nouvelle"})])
    compared = services.compare(read_story(tmp_path / "new" / "paie-nouvelle.md"), limit=2, reader="fr")
    assert (len(compared.result.hits), ids(compared.result)[0]) == (2, SALARY.id)
    assert compared.result.hits[0].score == pytest.approx(1, abs=1e-5)
    assert (compared.likeness, compared.duplicate_of) == (Likeness.DUPLICATE, SALARY.id)


def test_a_new_version_is_not_compared_with_the_case_it_replaces(services: Services) -> None:
    compared = services.compare(SALARY, limit=5, reader="fr", without=CaseId(SALARY.id))
    assert SALARY.id not in ids(compared.result)
    assert (len(compared.result.hits), compared.duplicate_of) == (4, None)


def test_a_story_that_is_told_already_comes_first_however_few_are_asked_for(services: Services) -> None:
    taken = {"problem": BIRTH.sections.problem, "approach": BIRTH.sections.approach, "steps": BIRTH.sections.steps}
    story = RAILWAY.model_copy(
        update={"id": "moi", "summary": BIRTH.summary, "sections": RAILWAY.sections.model_copy(update=taken)}
    )
    few, all_ = (services.compare(story, limit=limit, reader="vi") for limit in (1, 5))
    assert few.duplicate_of == all_.duplicate_of == ids(few.result)[0]
    told_already = [one.likeness is Likeness.DUPLICATE for one in all_.resemblances]
    assert told_already == sorted(told_already, reverse=True)
    assert not all(told_already)


def test_a_story_beside_an_empty_store_is_new(tmp_path: Path) -> None:
    compared = library_in_memory(tmp_path).compare(RAILWAY, limit=5, reader="vi")
    assert (compared.likeness, compared.duplicate_of, compared.pairs) == (Likeness.NEW, None, ())


def test_the_translations_beside_a_file_are_read_with_it(tmp_path: Path) -> None:
    translation = Translation(
        translation_of=SALARY.id, lang="vi", method="machine", title="Phần mềm lương", summary=SUN.summary, sections=SUN.sections
    )
    write_files(tmp_path, [SALARY.model_copy(update={"translations": (translation,)})])
    story = read_story_with_translations(tmp_path / f"{SALARY.id}.md")
    assert [version.lang for version in story.translations] == ["vi"]
    assert read_story(tmp_path / f"{SALARY.id}.md").translations == ()


@pytest.mark.parametrize("read", [read_story, read_story_with_translations])
def test_a_file_with_faults_is_not_compared(read: Callable[[Path], CaseStudy], tmp_path: Path) -> None:
    (tmp_path / "bad.md").write_text("---\nid: bad\n---\n", encoding="utf-8")
    with pytest.raises(CaseFileError) as caught:
        read(tmp_path / "bad.md")
    assert len(caught.value.faults) > 5


# --- looking around -------------------------------------------------------------------------------------------------------------


def test_the_library_is_described_from_the_snapshot(services: Services) -> None:
    described = describe_library(services.index)
    assert (described.cases, described.countries, described.sectors) == (5, 3, 6)


def test_the_newest_cases_are_the_last_that_came(services: Services) -> None:
    newest = newest_cases(store=services.store, index=services.index, limit=2)
    assert [case.id for case in newest] == [BIRTH.id, SALARY.id]


def test_browsing_needs_no_query(services: Services) -> None:
    filters = Filters.of([(Facet.OUTCOME, ["failure"])])
    assert [case.id for case in browse(filters, store=services.store, index=services.index)] == [SALARY.id, PAYROLL.id]


def test_a_public_case_is_read(services: Services) -> None:
    assert read_case(BIRTH.id, store=services.store).case == BIRTH


def test_r04_a_file_is_compared_by_words_while_the_snapshot_is_of_another_model(services: Services, tmp_path: Path) -> None:
    write_files(tmp_path, [PAYROLL])
    compared = compare(
        read_story(tmp_path / f"{PAYROLL.id}.md"),
        limit=3,
        reader="vi",
        store=services.store,
        index=services.index,
        embedder=HashingEmbedder(dimension=64),
    )
    assert not compared.result.by_meaning
    assert ids(compared.result)[0] == compared.duplicate_of == PAYROLL.id
    assert compared.resemblances[0].meaning is None


# --- text in other encodings ----------------------------------------------------------------------------------------------------

TCVN3 = "Ng­êi d©n ph¶i ®i l¹i nhiÒu lÇn ®Ó lµm giÊy khai sinh, hé khÈu vµ thÎ b¶o hiÓm cho trÎ."
VNI = "Ngöôøi daân phaûi ñi laïi nhieàu laàn ñeå laøm giaáy khai sinh, hoä khaåu vaø theû baûo hieåm cho treû."


def test_v02_a_decomposed_file_is_stored_composed_and_found(tmp_path: Path) -> None:
    write_files(tmp_path / "cases", [BIRTH])
    [path] = (tmp_path / "cases").glob("*.md")
    path.write_text(unicodedata.normalize("NFD", path.read_text(encoding="utf-8")), encoding="utf-8")
    services = open_services(tmp_path, store=MemoryCaseStore())
    import_files([path], store=services.store, clock=services.clock)
    stored = services.store.get(CaseId(BIRTH.id))
    assert stored is not None
    assert stored.case == BIRTH
    services.index.build()
    for text in (BIRTH.title, unicodedata.normalize("NFD", BIRTH.title), fold(BIRTH.title)):
        assert ids(services.search(SearchQuery(text))) == [BIRTH.id]


@pytest.mark.parametrize("text", [TCVN3, VNI])
def test_v02_text_in_an_old_encoding_is_never_stored_as_it_stands(tmp_path: Path, text: str) -> None:
    old = BIRTH.model_copy(
        update={"sections": BIRTH.sections.model_copy(update=dict.fromkeys(("problem", "approach", "steps"), text))}
    )
    write_files(tmp_path / "cases", [old])
    store = MemoryCaseStore()
    report = import_files([tmp_path / "cases"], store=store, clock=lambda: NOON)
    assert [fault.code for fault in report.faults] == ["text.old_encoding"]
    assert store.public() == []
