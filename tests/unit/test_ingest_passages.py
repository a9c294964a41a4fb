"""How a case becomes passages, and a passage sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from factories import make_case
from hypothesis import given
from hypothesis import strategies as st

from casebase.domain.case import NARRATIVE, Section
from casebase.ingest.passages import (
    SHORTEST_WORDS,
    TARGET_WORDS,
    cut_passages,
    plain_text,
    split_section,
    split_sentences,
)

if TYPE_CHECKING:
    from casebase.domain.passage import Passage

SUMMARY = "One office, one form and one number to call, so that nobody has to carry papers from door to door any more."
SECTIONS = {"problem": "Paper.", "approach": "One form.", "steps": "Two steps.", "results": "Faster.", "lessons": "Ask first."}
HEADLINE = {"title": "A one-stop shop", "summary": SUMMARY, "method": "machine"}


def translation(lang: str, **overrides: object) -> dict[str, object]:
    return {"translation_of": "mot-cua-dien-tu-ba-dinh", "lang": lang, **HEADLINE, "sections": SECTIONS, **overrides}


def places(passages: list[Passage]) -> list[tuple[str, str, int]]:
    return [(passage.lang, passage.section.value, passage.position) for passage in passages]


def words(count: int, word: str = "chữ") -> str:
    return " ".join(f"{word}{number}" for number in range(count))


def test_a_case_gives_its_summary_and_then_its_sections_in_order() -> None:
    assert places(cut_passages(make_case())) == [("vi", section.value, 0) for section in (Section.SUMMARY, *NARRATIVE)]


def test_a_passage_carries_the_title_as_context_and_the_text_alone_as_text() -> None:
    case = make_case()
    summary, problem, *_ = cut_passages(case)
    assert (summary.context, summary.text) == (case.title, case.summary)
    assert (problem.context, problem.text) == (case.title, case.sections.problem)
    assert {passage.case_id for passage in cut_passages(case)} == {case.id}


def test_a_passage_keeps_its_sentences_in_order() -> None:
    _, problem, *_ = cut_passages(make_case())
    assert [sentence.text for sentence in problem.sentences] == [
        "Hồ sơ giấy chuyển tay giữa ba bộ phận.",
        "Người dân không biết hồ sơ đang ở đâu.",
    ]


def test_an_empty_section_and_one_that_the_sources_do_not_cover_give_no_passage() -> None:
    case = make_case(sections={**SECTIONS, "steps": ""}, not_covered=["lessons"])
    assert [section for _, section, _ in places(cut_passages(case))] == ["summary", "problem", "approach", "results"]


def test_a_section_that_shows_nothing_gives_no_passage() -> None:
    case = make_case(sections={**SECTIONS, "steps": "![](picture.png)", "results": "<!-- nothing -->"})
    assert {"steps", "results"}.isdisjoint(section for _, section, _ in places(cut_passages(case)))


def test_a_headline_gives_one_passage_in_its_language() -> None:
    passages = cut_passages(make_case(headlines={"en": HEADLINE, "fr": {**HEADLINE, "title": "Guichet unique"}}))
    foreign = [passage for passage in passages if passage.lang != "vi"]
    assert places(foreign) == [("en", "summary", 0), ("fr", "summary", 0)]
    assert [(passage.context, passage.text) for passage in foreign] == [("A one-stop shop", SUMMARY), ("Guichet unique", SUMMARY)]


def test_a_translation_gives_its_summary_and_sections_in_its_language() -> None:
    passages = cut_passages(make_case(translations=[translation("en")]))
    foreign = [passage for passage in passages if passage.lang == "en"]
    assert [passage.section for passage in foreign] == [Section.SUMMARY, *NARRATIVE]
    assert {passage.context for passage in foreign} == {"A one-stop shop"}
    assert [passage.text for passage in foreign[1:]] == list(SECTIONS.values())


def test_a_whole_translation_takes_the_place_of_a_headline() -> None:
    passages = cut_passages(make_case(headlines={"en": HEADLINE}, translations=[translation("en", title="The whole")]))
    assert [passage.context for passage in passages if (passage.lang, passage.section) == ("en", Section.SUMMARY)] == ["The whole"]


def test_what_the_sources_do_not_cover_gives_no_passage_in_a_translation_either() -> None:
    passages = cut_passages(make_case(not_covered=["lessons"], translations=[translation("en")]))
    assert [passage for passage in passages if passage.section is Section.LESSONS] == []


def test_no_two_passages_of_a_case_have_the_same_place() -> None:
    long = "\n\n".join(words(100) for _ in range(7))
    case = make_case(sections={**SECTIONS, "steps": long}, translations=[translation("en", sections={**SECTIONS, "steps": long})])
    found = places(cut_passages(case))
    assert len(set(found)) == len(found)
    assert [position for lang, section, position in found if (lang, section) == ("vi", "steps")] == list(range(7))


@pytest.mark.parametrize(
    ("lines", "sizes"),
    [
        ([10], [10]),
        ([TARGET_WORDS], [TARGET_WORDS]),
        ([100, 60], [160]),
        ([100, 61], [100, 61]),
        ([100, 61, 39], [100, 100]),
        ([160, 39], [199]),
        ([160, 40], [160, 40]),
        ([80, 80, 80, 80], [160, 160]),
        ([50, 50, 50, 50], [150, 50]),
    ],
)
def test_a_section_is_cut_at_line_ends_and_a_short_rest_joins_the_part_before(lines: list[int], sizes: list[int]) -> None:
    parts = split_section("\n".join(words(count) for count in lines))
    assert [len(part.split()) for part in parts] == sizes


def test_a_long_line_is_cut_at_sentence_ends() -> None:
    sentences = [f"Câu số {number} {words(60)}." for number in range(1, 5)]
    assert split_section(" ".join(sentences)) == ["\n".join(sentences[:2]), "\n".join(sentences[2:])]


@pytest.mark.parametrize("count", [161, 320, 1000, 4000])
def test_a_sentence_longer_than_the_model_reads_is_cut_too(count: int) -> None:
    parts = split_section(words(count))
    assert all(len(part.split()) < TARGET_WORDS + SHORTEST_WORDS for part in parts)
    assert " ".join(parts).split() == words(count).split()


@pytest.mark.parametrize("text", ["", "\n", " \n "])
def test_no_text_gives_no_part(text: str) -> None:
    assert split_section(text) == []


LINES = st.lists(st.lists(st.sampled_from(["một", "hai.", "Ba", "TP.", "“Bốn.”", "(Năm)", "1.2", ";"]), max_size=400), max_size=6)


@given(LINES)
def test_parts_hold_every_word_once_in_order_and_none_is_too_long(lines: list[list[str]]) -> None:
    text = "\n".join(" ".join(line) for line in lines)
    parts = split_section(text)
    assert " ".join(parts).split() == text.split()
    assert all(0 < len(part.split()) < TARGET_WORDS + SHORTEST_WORDS for part in parts)


@given(LINES)
def test_sentences_hold_every_word_once_in_order(lines: list[list[str]]) -> None:
    text = "\n".join(" ".join(line) for line in lines)
    sentences = split_sentences(text)
    assert " ".join(sentences).split() == text.split()
    assert all(sentence.strip() for sentence in sentences)


@given(st.text(max_size=300))
def test_sentences_lose_nothing_but_white_space(text: str) -> None:
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "sentence",
    [
        "Cổng 1022 của TP. Hồ Chí Minh nhận hơn 32.000 phản ánh trong chín tháng.",
        "Sở dời trụ sở về Q. 1 từ tháng 5, rồi về TX. Thuận An vào cuối năm.",
        "Theo GS. Nguyễn Văn A và ThS. Trần Thị B, cách làm này bền vững.",
        "The contract is described in No. 5 of the appendix, see also art. 12 of the law.",
        "According to Mr. Smith and Dr. Jones the system was switched off on St. Patrick's Day.",
        "Thời gian xử lý giảm 1.2 ngày, từ 3,5 xuống 2,3 ngày vào ngày 1.2.2023.",
        "Quyết định 06/QĐ-TTg ngày 6/1/2022 và Nghị định 13/2023/NĐ-CP được viện dẫn.",
        "Xem https://example.vn/Bao.Cao.2024 để biết thêm về cách làm của xã.",
        "La resolución núm. 5 y la Sra. Pérez explican todo el procedimiento nuevo.",
        "Selon M. Dupont et Mme Martin, le guichet de Paris a été fermé.",
        "Dự án ... vẫn tiếp tục với kinh phí của tỉnh cho tới cuối năm.",
        "Phiên bản v2.0 chạy thử ở xã, rồi v2.1 chạy trong toàn huyện.",
    ],
)
def test_an_abbreviation_a_number_or_a_date_ends_no_sentence(sentence: str) -> None:
    assert split_sentences(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Hồ sơ giấy chuyển tay giữa ba bộ phận. Người dân không biết hồ sơ ở đâu.",
            ["Hồ sơ giấy chuyển tay giữa ba bộ phận.", "Người dân không biết hồ sơ ở đâu."],
        ),
        (
            "Vì sao hồ sơ bị chậm đến như vậy? Đó là câu hỏi của mọi người!",
            ["Vì sao hồ sơ bị chậm đến như vậy?", "Đó là câu hỏi của mọi người!"],
        ),
        (
            "Ông nói: “Phải làm ngay trong tháng này.” Sau đó mọi người bắt đầu làm.",
            ["Ông nói: “Phải làm ngay trong tháng này.”", "Sau đó mọi người bắt đầu làm."],
        ),
        (
            "Kinh phí do tỉnh cấp (xem phụ lục số 2.) “Đủ dùng trong ba năm”, ông nói.",
            ["Kinh phí do tỉnh cấp (xem phụ lục số 2.)", "“Đủ dùng trong ba năm”, ông nói."],
        ),
        (
            "Năm 2022 có hơn một nghìn lượt dùng. 2023 có gấp đôi số đó.",
            ["Năm 2022 có hơn một nghìn lượt dùng.", "2023 có gấp đôi số đó."],
        ),
        ("Xong. Người dân nhận kết quả ngay tại nhà.", ["Xong. Người dân nhận kết quả ngay tại nhà."]),
        ("Dòng một\nDòng hai. Dòng hai tiếp", ["Dòng một", "Dòng hai. Dòng hai tiếp"]),
        ("", []),
    ],
    ids=["full stop", "question", "closing quote", "closing bracket", "number first", "too short", "line end", "nothing"],
)
def test_sentences_end_where_people_end_them(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("**Bold** and *italic* and `code`", "Bold and italic and code"),
        ("[a link](https://example.vn)", "a link"),
        ("one\n\ntwo", "one\ntwo"),
        ("one line that goes\non in the next", "one line that goes on in the next"),
        ("one  \ntwo", "one\ntwo"),
        ("- one\n- two\n  - three", "one\ntwo\nthree"),
        ("1. one\n2. two", "one\ntwo"),
        ("### Heading\n\ntext", "Heading\ntext"),
        ("> quoted", "quoted"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b\n1 2"),
        ("5 &lt; 7 &amp; 7 > 5", "5 < 7 & 7 > 5"),
        ("a<script>alert(1)</script>b", "ab"),
        ("<b>bold</b> and <!-- hidden -->", "bold and"),
        ("", ""),
    ],
)
def test_plain_text_is_one_line_a_block_without_markup(source: str, text: str) -> None:
    assert plain_text(source) == text


@given(st.text(max_size=200))
def test_plain_text_never_raises_and_has_no_blank_line(source: str) -> None:
    lines = plain_text(source).split("\n")
    assert lines == [""] or all(line.strip() for line in lines)


@pytest.mark.parametrize(
    "source", ["1. " * 6000, "- " * 9000, "> " * 9000, "[" * 20_000, "![" * 10_000, "<a " * 6000, "*" * 20_000]
)
def test_hostile_markdown_ends_in_no_time_and_keeps_words(source: str) -> None:
    assert "lời cuối" in plain_text(f"{source}\n\nlời cuối").replace("\n", " ")
