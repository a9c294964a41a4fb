"""Why a case was found: section, sentence, words."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from factories import make_case
from hypothesis import given
from hypothesis import strategies as st
from library import CASES, PAYROLL, RAILWAY, library_in_memory

from casebase.domain.case import Section
from casebase.domain.query import Analysis, Mode, SearchQuery
from casebase.search.reasons import QueryWords
from casebase.search.snapshot import SECTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.bootstrap import Services
    from casebase.domain.query import Reason


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return library_in_memory(tmp_path_factory.mktemp("home"), *CASES)


def words_of(text: str, *, marked: bool = True) -> QueryWords:
    return QueryWords.of(Analysis(text, text, "vi", marked=marked), "vi")


def marked_in(words: QueryWords, sentence: str) -> list[str]:
    return [sentence[span.start : span.end] for span in words.spans(sentence)]


def reason(services: Services, query: SearchQuery, case_id: str) -> Reason:
    return next(hit.reason for hit in services.search(query).hits if hit.case.id == case_id)


# --- words ----------------------------------------------------------------------------------------------------------------------


def test_common_words_and_single_letters_are_not_marked() -> None:
    assert words_of("bán vé và thẻ của a b").words == ("bán", "vé", "thẻ")


def test_each_word_counts_once_in_its_order() -> None:
    assert words_of("vé tàu vé").words == ("vé", "tàu")


def test_a_marked_word_matches_its_own_spelling_only() -> None:
    assert marked_in(words_of("đường sắt"), "Đường dài, dương sắt, duong") == ["Đường", "sắt"]


def test_a_word_whose_marks_could_not_be_restored_matches_any_marks() -> None:
    assert marked_in(words_of("duong", marked=False), "Đường dương duong sắt") == ["Đường dương duong"]


def test_a_word_whose_marks_were_restored_matches_as_it_was_read() -> None:
    assert marked_in(words_of("cửa", marked=False), "một cửa của xã") == ["cửa"]


def test_neighbours_become_one_span() -> None:
    assert marked_in(words_of("giấy khai sinh"), "Làm giấy khai sinh, giấy tờ") == ["giấy khai sinh", "giấy"]


def test_a_comma_between_words_parts_the_spans() -> None:
    assert marked_in(words_of("giấy sinh"), "giấy, sinh") == ["giấy", "sinh"]


def test_the_number_of_a_legal_text_is_one_span() -> None:
    assert marked_in(words_of("06/QĐ-TTg"), "Theo Quyết định 06/QĐ-TTg.") == ["06/QĐ-TTg"]


def test_either_place_of_the_tone_matches() -> None:
    assert marked_in(words_of("Hòa Bình"), "tỉnh Hoà Bình") == ["Hoà Bình"]


def test_found_words_are_told_in_the_order_of_the_query() -> None:
    assert words_of("tàu vé cước").found_in("vé tàu hỏa") == ("tàu", "vé")


@given(query=st.text(max_size=60), sentence=st.text(max_size=120), marked=st.booleans())
def test_spans_are_inside_the_sentence_in_order_and_apart(query: str, sentence: str, *, marked: bool) -> None:
    sentence = unicodedata.normalize("NFC", sentence)
    spans = words_of(query, marked=marked).spans(sentence)
    bounds = [bound for span in spans for bound in (span.start, span.end)]
    assert bounds == sorted(bounds)
    assert all(0 <= span.start < span.end <= len(sentence) for span in spans)


# --- section and sentence -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "section", "sentence"),
    [
        ("vé chợ đen giá cao", Section.PROBLEM, "Vé chợ đen bán với giá cao hơn 200.000 đ mỗi vé."),
        ("đường truyền ngày mở bán vé Tết", Section.LESSONS, "Đường truyền phải chịu được ngày mở bán vé Tết."),
        ("bảy phần mười số vé bán qua mạng", Section.RESULTS, "Bảy phần mười số vé được bán qua mạng."),
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_the_section_that_matched_is_quoted_by_its_best_sentence(
    services: Services, text: str, section: Section, sentence: str, mode: Mode
) -> None:
    found = reason(services, SearchQuery(text, mode=mode), RAILWAY.id)
    assert (found.section, found.sentence) == (section, sentence)


def test_matched_words_are_spans_of_the_quoted_sentence(services: Services) -> None:
    found = reason(services, SearchQuery("vé chợ đen giá cao"), RAILWAY.id)
    assert [found.sentence[span.start : span.end] for span in found.matched] == ["Vé chợ đen", "giá cao", "vé"]
    assert found.words == ("vé", "chợ", "đen", "giá", "cao")


def test_words_of_the_passage_are_told_although_the_sentence_lacks_them(services: Services) -> None:
    found = reason(services, SearchQuery("vé chợ đen giá cao ga xếp hàng"), RAILWAY.id)
    assert {"ga", "xếp", "hàng", "chợ"} <= set(found.words)


@pytest.mark.parametrize("section", Section)
def test_a_section_searched_alone_is_the_one_quoted(services: Services, section: Section) -> None:
    assert reason(services, SearchQuery("vé tàu", section=section), RAILWAY.id).section is section


@pytest.mark.parametrize(("reader", "lang"), [("vi", "vi"), ("en", "en"), ("fr", "en")])
def test_the_reader_is_quoted_the_language_of_the_page_where_there_is_one(services: Services, reader: str, lang: str) -> None:
    found = reason(services, SearchQuery("payroll system went live", reader=reader), PAYROLL.id)
    assert found.lang == lang


def test_a_section_of_the_narrative_is_quoted_before_the_summary(services: Services) -> None:
    """The summary is on the card already."""
    text = RAILWAY.summary
    assert reason(services, SearchQuery(text), RAILWAY.id).section is not Section.SUMMARY


def test_a_case_without_narrative_is_quoted_by_its_summary(tmp_path: Path) -> None:
    bare = make_case(sections={})
    services = library_in_memory(tmp_path, bare, RAILWAY)
    found = reason(services, SearchQuery("hồ sơ giấy"), bare.id)
    assert (found.section, found.lang) == (Section.SUMMARY, "vi")
    assert found.sentence in bare.summary


# --- parts ----------------------------------------------------------------------------------------------------------------------


def test_neighbouring_words_of_the_query_are_told_together() -> None:
    words = words_of("làm giấy khai sinh và thẻ bảo hiểm, khai sinh cho trẻ")
    assert words.phrases({"giấy", "khai", "sinh", "thẻ", "trẻ"}) == ("giấy khai sinh",)
    assert words.phrases({"thẻ", "trẻ"}) == ("thẻ", "trẻ")
    assert words.phrases(set()) == ()
    assert words_of("nộp hồ sơ, giấy tờ").phrases({"hồ", "sơ", "giấy", "tờ"}) == ("hồ sơ", "giấy tờ")


def test_a_hit_says_which_of_its_sections_match_and_by_what(services: Services) -> None:
    parts = {part.section: part for part in reason(services, SearchQuery("hành khách xếp hàng mua vé tàu"), RAILWAY.id).parts}
    assert parts[Section.PROBLEM].phrases == ("hành khách xếp hàng mua vé tàu",)
    assert list(parts) == [section for section in SECTIONS if section in parts]


def test_one_section_searched_alone_is_the_only_part(services: Services) -> None:
    query = SearchQuery("đường truyền ngày mở bán", section=Section.LESSONS)
    assert {part.section for part in reason(services, query, RAILWAY.id).parts} <= {Section.LESSONS}
