"""Hints: each notices what it is for, names the place and the very words, and stays silent about a sound story."""

from __future__ import annotations

from typing import Any

import pytest
from factories import make_case

from casebase.domain.case import CaseStudy, Section
from casebase.domain.figures import has_figure
from casebase.domain.hints import Field, Hint, HintCode
from casebase.domain.promotion import promotional_phrases, promotional_words
from casebase.domain.story import Story
from casebase.domain.text import one_line
from casebase.domain.vietnamese import place_tones
from casebase.i18n import LANGUAGES, describe_hint
from casebase.services.checking import THIN_WORDS, check_case, check_story

SECTIONS = {
    "problem": "Hồ sơ giấy chuyển tay giữa ba bộ phận nên hay thất lạc. Người dân không biết hồ sơ đang ở đâu.",
    "approach": "Quy trình được rút gọn trước, sau đó mới đưa lên máy. Mọi bộ phận dùng chung phần mềm và cùng thấy một hàng chờ.",
    "steps": "1. Tháng đầu rà soát thủ tục cùng người trực tiếp làm.\n2. Tháng sau tập huấn rồi chạy thử.\n3. Mở cho mọi bàn.",
    "results": "Thời gian chờ giảm từ 5 ngày xuống 1 ngày sau nửa năm, theo phần mềm. Tám phần mười hồ sơ nộp qua mạng.",
    "lessons": "Phải có người hướng dẫn tại chỗ trong những tuần đầu. Đừng đưa nguyên quy trình cũ lên máy: sai càng nhanh.",
}
USEFUL_WHEN = ["Bà con cứ kêu là nộp giấy xong chẳng biết tới đâu rồi."]


def case_with(**changes: Any) -> CaseStudy:
    """Return a case without any hint, but for what is changed; sections are changed one by one."""
    sections = {**SECTIONS, **changes.pop("sections", {})}
    return make_case(**{"sections": sections, "useful_when": USEFUL_WHEN, **changes})


def hints(**changes: Any) -> list[tuple[HintCode, Section | Field, str]]:
    return [(hint.code, hint.where, hint.quote) for hint in check_case(case_with(**changes))]


def section_with(text: str, section: str = "approach") -> dict[str, dict[str, str]]:
    return {"sections": {section: f"{SECTIONS[section]} {text}"}}


def test_a_sound_story_has_no_hint() -> None:
    assert hints() == []


def test_an_empty_section_is_named() -> None:
    assert hints(sections={"lessons": ""}) == [(HintCode.SECTION_EMPTY, Section.LESSONS, "")]


@pytest.mark.parametrize("markup", ["---", "<!-- -->", "[](https://example.vn)"])
def test_a_section_of_markup_alone_is_empty(markup: str) -> None:
    assert [code for code, _, _ in hints(sections={"lessons": f"* {markup}\n* {markup}"})][:1] in (
        [HintCode.SECTION_EMPTY],
        [HintCode.SECTION_THIN],
    )


def test_a_section_that_the_sources_do_not_cover_is_not_called_empty() -> None:
    assert hints(sections={"lessons": ""}, not_covered=["lessons"]) == []


def test_a_section_of_few_words_is_called_thin_and_quoted() -> None:
    few = " ".join(["chữ"] * (THIN_WORDS - 1))
    assert hints(sections={"lessons": few}) == [(HintCode.SECTION_THIN, Section.LESSONS, few)]
    assert hints(sections={"lessons": f"{few} chữ"}) == []


@pytest.mark.parametrize(
    "text",
    [
        "Bà con hài lòng, cán bộ đỡ vất vả, hồ sơ không còn thất lạc nữa và lãnh đạo xem được tình hình bất cứ lúc nào trên máy.",
        "Từ năm 2024, theo Quyết định 06/QĐ-TTg và Kế hoạch ngày 01/07/2023, hồ sơ không còn thất lạc, bà con đỡ phải hỏi.",
    ],
)
def test_results_without_a_figure_are_noticed_dates_and_decrees_being_none(text: str) -> None:
    assert [(code, where) for code, where, _ in hints(sections={"results": text})] == [
        (HintCode.RESULTS_NO_FIGURE, Section.RESULTS)
    ]


def test_figures_in_the_table_of_metrics_are_figures_of_the_results() -> None:
    plain = (
        "Bà con hài lòng, cán bộ đỡ vất vả, hồ sơ không còn thất lạc nữa và lãnh đạo xem được tình hình bất cứ lúc nào trên máy."
    )
    metric = {"indicator": "Thời gian chờ", "before": "5", "after": "1", "unit": "ngày"}
    assert hints(sections={"results": plain}, metrics=[metric]) == []


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("giảm 20%", "vi", True),
        ("bảy phần mười", "vi", True),
        ("từ năm ngày xuống một ngày", "vi", True),
        ("trong năm 2024", "vi", False),
        ("tháng 07/2024, quý sau", "vi", False),
        ("năm nay tốt hơn", "vi", False),
        ("two thirds of all files", "en", True),
        ("everybody is happier", "en", False),
        ("2023-07-01", "en", False),
        ("moins 12 jours", "fr", True),
    ],
)
def test_a_figure_counts_or_measures(text: str, lang: str, expected: bool) -> None:  # noqa: FBT001
    assert has_figure(text, lang=lang) is expected


def test_steps_told_in_a_paragraph_are_noticed() -> None:
    told = "Tháng đầu rà soát thủ tục cùng người làm. Tháng sau tập huấn cán bộ rồi chạy thử ở một bàn, cuối cùng mở cho mọi bàn."
    assert hints(sections={"steps": told}) == [(HintCode.STEPS_NO_LIST, Section.STEPS, "Tháng đầu rà soát thủ tục cùng người làm.")]


@pytest.mark.parametrize(
    "steps",
    [
        "- Tháng đầu rà soát thủ tục cùng những người trực tiếp làm.\n- Tháng sau tập huấn cán bộ và chạy thử ở một bàn.",
        "1) Tháng đầu rà soát thủ tục cùng những người trực tiếp làm.\n2) Tháng sau tập huấn cán bộ và chạy thử ở một bàn.",
        (
            "| Tháng | Việc |\n|---|---|\n| Một | rà soát thủ tục cùng người làm |\n"
            "| Hai | tập huấn cán bộ, chạy thử ở một bàn |\n| Ba | mở hết |"
        ),
    ],
)
def test_steps_may_be_a_list_of_any_kind_or_a_table(steps: str) -> None:
    assert hints(sections={"steps": steps}) == []


def test_an_abbreviation_that_is_never_written_out_is_noticed_once_where_it_stands_first() -> None:
    found = check_case(case_with(**section_with("Phần mềm nối với CSDL của tỉnh; CSDL ấy có từ lâu.")))
    assert [(hint.code, hint.where, hint.quote) for hint in found] == [
        (HintCode.ABBREVIATION_UNEXPLAINED, Section.APPROACH, "CSDL")
    ]
    assert "cơ sở dữ liệu (CSDL)" in describe_hint(found[0], "vi")


@pytest.mark.parametrize(
    "text",
    [
        "Phần mềm nối với cơ sở dữ liệu (CSDL) của tỉnh; CSDL ấy có từ lâu.",
        "CSDL của tỉnh có từ lâu. Cơ sở dữ liệu này nay được nối.",
        "CSDL (kho dữ liệu chung) của tỉnh có từ lâu.",
        "UBND và HĐND tỉnh đồng ý.",
        "Theo Quyết định 06/QĐ-TTg và Nghị quyết 49-NQ/TU.",
        "Bệnh viện K và bệnh viện E cùng làm.",
        "bệnh viện nào có ca khó thì gọi",
    ],
)
def test_what_is_written_out_or_known_to_all_or_a_number_of_a_decree_is_not_noticed(text: str) -> None:
    assert hints(**section_with(text)) == []


@pytest.mark.parametrize(
    ("text", "code", "quote"),
    [
        ("Hỏi anh Nam theo số 0912345678.", HintCode.PRIVATE_PHONE, "0912345678"),
        ("Người nộp mang căn cước 001085012345.", HintCode.PRIVATE_ID_NUMBER, "001085012345"),
        ("Chị Hoa có mã số thuế 8012345678.", HintCode.PRIVATE_TAX_CODE, "8012345678"),
        ("Viết cho nam@gmail.com khi cần.", HintCode.PRIVATE_EMAIL, "nam@gmail.com"),
        ("Chuyển vào số tài khoản 0011001234567.", HintCode.PRIVATE_BANK_ACCOUNT, "0011001234567"),
    ],
)
def test_private_data_is_noticed_wherever_it_stands(text: str, code: HintCode, quote: str) -> None:
    assert hints(**section_with(text, "lessons")) == [(code, Section.LESSONS, quote)]
    assert hints(useful_when=[text]) == [(code, Section.USEFUL_WHEN, quote)]


def test_a_phone_number_may_stand_in_the_public_contact_and_a_private_address_had_better_not() -> None:
    contact = "Văn phòng, 0236 3881 888, vanphong@gmail.com"
    assert hints(contact_public=contact) == [(HintCode.PRIVATE_EMAIL, Field.CONTACT, "vanphong@gmail.com")]


def test_a_sentence_that_praises_is_quoted_whole() -> None:
    sentence = "Đây là giải pháp vượt trội, đẳng cấp của cả vùng."
    found = check_case(case_with(**section_with(sentence, "results")))
    assert [(hint.code, hint.where, hint.quote) for hint in found] == [(HintCode.TONE_PROMOTIONAL, Section.RESULTS, sentence)]
    assert "“vượt trội”" in describe_hint(found[0], "vi")


@pytest.mark.parametrize("sentence", ["Báo viết: “một giải pháp vượt trội”.", "Vượt trộimột chữ", "Chuyến xe vượt qua trội"])
def test_praise_in_quotation_marks_is_somebody_elses(sentence: str) -> None:
    assert promotional_words(sentence, lang="vi") == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_words_of_praise_are_lower_case_sorted_and_each_once(lang: str) -> None:
    phrases = promotional_phrases()[lang]
    assert all(phrase == place_tones(one_line(phrase)).lower() for phrase in phrases)
    assert len(set(phrases)) == len(phrases)


def test_praise_in_a_language_without_a_list_is_not_looked_for() -> None:
    assert promotional_words("une solution révolutionnaire", lang="fr") == ""


def test_missing_sources_period_and_useful_lines_are_named() -> None:
    found = hints(provenance="agency-submitted", sources=[], period={}, useful_when=[])
    assert found == [
        (HintCode.SOURCES_NONE, Field.SOURCES, ""),
        (HintCode.PERIOD_NONE, Field.PERIOD, ""),
        (HintCode.USEFUL_WHEN_NONE, Section.USEFUL_WHEN, ""),
    ]


def test_a_summary_that_says_the_title_again_is_noticed() -> None:
    title = "Một cửa điện tử ở phường Ba Đình giúp dân đỡ đi lại"
    summary = f"{title}. Phường lập bộ phận chung, nối với cổng dịch vụ công, và giảm thời gian chờ từ năm ngày xuống một ngày."
    assert hints(title=title, summary=summary) == [(HintCode.SUMMARY_REPEATS_TITLE, Section.SUMMARY, title)]


def test_words_taken_over_from_the_title_of_a_source_are_noticed() -> None:
    title = "Phường Ba Đình đưa bộ phận một cửa lên mạng, dân đỡ đi lại nhiều lần"
    found = check_case(case_with(sources=[{"title": "Báo cáo năm"}, {"title": title}], **section_with(f"{title.upper()}!")))
    assert [(hint.code, hint.where, hint.quote, hint.context) for hint in found] == [
        (HintCode.SOURCES_REPEATED, Section.APPROACH, title, {"number": 2})
    ]


def test_a_translation_by_machine_that_nobody_has_read_is_noticed() -> None:
    headline = {"title": "One-stop shop", "summary": "Citizens had to come back many times because files were on paper. " * 2}
    by_machine = case_with(headlines={"en": {**headline, "method": "machine"}})
    assert [(hint.code, hint.where, hint.lang) for hint in check_case(by_machine)] == [
        (HintCode.TRANSLATION_UNREVIEWED, Field.TRANSLATIONS, "en")
    ]
    assert check_case(case_with(headlines={"en": {**headline, "method": "human"}})) == ()


def test_hints_come_in_the_order_of_a_case_the_original_first() -> None:
    headline = {"title": "A world-class shop", "summary": "Write to me@gmail.com. " * 5, "method": "machine"}
    case = case_with(
        headlines={"en": headline},
        sections={"problem": "", "lessons": "Gọi 0912345678."},
        sources=[],
        provenance="agency-submitted",
    )
    found = [(hint.lang, hint.where) for hint in check_case(case)]
    assert found == [
        ("vi", Field.SOURCES),
        ("vi", Section.PROBLEM),
        ("vi", Section.LESSONS),
        ("vi", Section.LESSONS),
        ("en", Field.TITLE),
        ("en", Field.TRANSLATIONS),
        *[("en", Section.SUMMARY)] * 5,
    ]


# --- drafts ---------------------------------------------------------------------------------------------------------------------


def test_a_draft_with_nothing_in_it_is_told_what_is_missing() -> None:
    codes = {hint.code for hint in check_story(Story.of_fields({}))}
    assert codes == {HintCode.SECTION_EMPTY, HintCode.SOURCES_NONE, HintCode.PERIOD_NONE, HintCode.USEFUL_WHEN_NONE}


def test_a_draft_gets_the_hints_of_the_case_that_it_becomes() -> None:
    case = case_with(contact_public="a@gmail.com", **section_with("Đây là giải pháp vượt trội, nối với CSDL."))
    fields = case.model_dump(mode="json", exclude_defaults=True)
    assert check_story(Story.of_fields(fields)) == check_case(case)


@pytest.mark.parametrize("value", [None, 3, "chữ", [None, 3], {"title": 3}, [{"title": None}]])
@pytest.mark.parametrize("name", ["lang", "title", "summary", "useful_when", "sections", "sources", "period", "metrics"])
def test_a_draft_with_a_wrong_value_is_looked_at_all_the_same(name: str, value: object) -> None:
    check_story(Story.of_fields({name: value}))


# --- messages -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", HintCode)
def test_a_message_names_the_place_and_quotes_the_words(code: HintCode, lang: str) -> None:
    where = Section.RESULTS if lang == "vi" else Field.TITLE
    context = {"words": "WORDS", "reading": "READING", "number": 7, "least": 20}
    message = describe_hint(Hint(code, where, "vi", "QUOTE", context), lang)
    assert "–" not in message
    assert "{" not in message
    about_nothing = {
        HintCode.SECTION_EMPTY,
        HintCode.RESULTS_NO_FIGURE,
        HintCode.SOURCES_NONE,
        HintCode.PERIOD_NONE,
        HintCode.USEFUL_WHEN_NONE,
    }
    assert ("QUOTE" in message) is (code not in about_nothing)
