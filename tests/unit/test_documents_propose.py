"""What is proposed from the text of a report, and what is left empty."""

from __future__ import annotations

import pytest
from documents import REPORT

from casebase.domain.case import LONGEST_SECTION, NARRATIVE, Section
from casebase.domain.fault import Fault
from casebase.ingest.documents.dates import Range, find_days, find_period
from casebase.ingest.documents.figures import Measure, find_measure
from casebase.ingest.documents.headings import Heading, cues, read_heading, sounds_like
from casebase.ingest.documents.kind import Kind
from casebase.ingest.documents.lines import DocumentText, Line, Role
from casebase.ingest.documents.propose import Basis, Proposal, as_markdown, propose
from casebase.ingest.documents.tidy import clean


def pdf(*pages: list[str]) -> DocumentText:
    lines = [Line(text, page, number) for page, texts in enumerate(pages, 1) for number, text in enumerate(texts, 1)]
    return DocumentText(Kind.PDF, len(pages), tuple(lines))


def word(*lines: tuple[Role, int, str] | str) -> DocumentText:
    rows = [(Role.TEXT, 0, line) if isinstance(line, str) else line for line in lines]
    return DocumentText(Kind.DOCX, None, tuple(Line(text, None, at, role, level) for at, (role, level, text) in enumerate(rows, 1)))


@pytest.fixture(scope="module")
def report() -> Proposal:
    return propose(pdf(*REPORT))


def test_a_report_becomes_five_sections_each_with_its_pages(report: Proposal) -> None:
    assert {section: report.section_pages(section) for section in NARRATIVE} == {
        Section.PROBLEM: (1,),
        Section.APPROACH: (1,),
        Section.STEPS: (2,),
        Section.RESULTS: (2,),
        Section.LESSONS: (3,),
    }
    assert report.text(Section.PROBLEM).startswith("Người dân phải đi lại nhiều lần")
    assert report.text(Section.LESSONS).endswith("quy trình cũ.")


def test_the_title_is_what_stands_below_the_official_head(report: Proposal) -> None:
    assert report.title
    assert (report.title.text, report.title.page, report.title.basis) == ("Số hóa bộ phận một cửa ở phường Mẫu", 1, Basis.PLACE)


def test_the_period_is_the_one_that_the_text_calls_so(report: Proposal) -> None:
    assert report.period
    assert (report.period.start, report.period.end, report.period.origin.page) == ("2022-03", "2023-06", 2)
    assert "kéo dài từ tháng 3/2022" in report.period.origin.text


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("BÁO CÁO: Một cửa điện tử ở phường Mẫu", "Một cửa điện tử ở phường Mẫu"),
        ("BÁO CÁO e-Cabinet: phiên họp không giấy", "e-Cabinet: phiên họp không giấy"),
        ("Báo cáo viên pháp luật trên mạng", "Báo cáo viên pháp luật trên mạng"),
        ("Số hóa hồ sơ hộ tịch", "Số hóa hồ sơ hộ tịch"),
        ("Bộ phận một cửa làm việc cả thứ bảy", "Bộ phận một cửa làm việc cả thứ bảy"),
    ],
)
def test_a_title_loses_the_kind_of_document_and_nothing_else(line: str, title: str) -> None:
    found = propose(pdf([line, "", "I. Thực trạng", "Người dân chờ lâu."])).title
    assert found
    assert found.text == title


def test_days_are_told_with_their_place(report: Proposal) -> None:
    assert [(day.day, day.origin.page) for day in report.days] == [("2024-03-05", 1)]


def test_figures_are_sentences_with_before_and_after(report: Proposal) -> None:
    assert [figure.measure for figure in report.figures] == [Measure("5", "1", "ngày"), Measure(None, "82,5", "%")]
    assert [figure.origin.page for figure in report.figures] == [2, 2]


def test_items_of_a_list_stay_together(report: Proposal) -> None:
    assert report.text(Section.STEPS).endswith("thường xuyên.\n\n- Rà soát thủ tục\n- Tập huấn cán bộ")


def test_the_language_is_detected_and_nothing_is_remarked_on_a_good_report(report: Proposal) -> None:
    assert (report.lang, report.remarks) == ("vi", ())


def test_what_stands_under_other_headings_is_in_no_section(report: Proposal) -> None:
    assert "Lưu: VT" not in "".join(report.text(section) for section in NARRATIVE)


def test_unknown_parts_stay_empty() -> None:
    found = propose(pdf(["I. Thực trạng", "Người dân phải chờ rất lâu để được giải quyết hồ sơ của mình ở phường."]))
    assert found.text(Section.PROBLEM)
    assert [found.text(section) for section in NARRATIVE[1:]] == [""] * 4
    assert (found.title, found.period, found.figures) == (None, None, ())


def test_without_headings_paragraphs_go_by_their_phrases() -> None:
    found = propose(
        word(
            "Một cửa điện tử ở phường Mẫu",
            "Trước đây người dân phải đi lại nhiều lần.",
            "Thời gian chờ giảm từ năm ngày xuống một ngày.",
            "Câu này không nói gì thuộc về mục nào.",
        )
    )
    assert found.sections[Section.PROBLEM][0].basis is Basis.PHRASE
    assert found.text(Section.RESULTS) == "Thời gian chờ giảm từ năm ngày xuống một ngày."
    assert found.figures[0].measure == Measure("năm", "một", "ngày")
    assert found.text(Section.STEPS) == ""


def test_the_title_is_in_no_section() -> None:
    found = propose(word((Role.TITLE, 0, "Thời gian chờ giảm từ 5 ngày xuống 1 ngày"), "Trước đây người dân chờ lâu."))
    assert found.text(Section.RESULTS) == ""
    assert found.text(Section.PROBLEM) == "Trước đây người dân chờ lâu."


def test_a_section_longer_than_a_case_may_hold_is_proposed_whole_and_told() -> None:
    found = propose(word((Role.HEADING, 1, "Kết quả"), *("Người dân không còn phải chờ lâu nữa." for _ in range(700))))
    length = len(found.text(Section.RESULTS))
    assert length > LONGEST_SECTION
    assert found.remarks == (Fault("text.too_long", where="results", context={"length": length, "max_length": LONGEST_SECTION}),)


def test_a_text_in_which_nothing_is_recognised_says_so() -> None:
    assert Fault("document.no_sections") in propose(word("Câu này không nói gì thuộc về mục nào cả.")).remarks


def test_styles_of_word_tell_title_headings_and_what_is_inside() -> None:
    found = propose(
        word(
            (Role.TITLE, 0, "How a ward went online"),
            (Role.HEADING, 1, "Background"),
            "People had to come several times.",
            (Role.HEADING, 2, "Who was hit"),
            "Parents of newborn children.",
            (Role.HEADING, 1, "Results and impact"),
            "Waiting fell from 5 days to 1 day.",
            (Role.HEADING, 1, "Something else"),
            "Nobody knows where this belongs.",
        )
    )
    assert found.title
    assert (found.title.text, found.title.basis) == ("How a ward went online", Basis.STYLE)
    assert found.text(Section.PROBLEM) == "People had to come several times.\n\n### Who was hit\n\nParents of newborn children."
    assert found.text(Section.RESULTS) == "Waiting fell from 5 days to 1 day."
    assert found.lang == "en"


def test_running_heads_page_numbers_and_contents_are_no_text() -> None:
    told = [
        "Người dân chờ lâu ở quầy.",
        "Cán bộ không biết hồ sơ ở đâu.",
        "Sổ giấy hay bị thất lạc.",
        "Không ai trả lời điện thoại.",
    ]
    pages = [["BÁO CÁO NĂM 2024", text, f"Trang {page}/4"] for page, text in enumerate(told, 1)]
    pages[0].insert(1, "I. Thực trạng")
    pages[0].insert(1, "I. Thực trạng ........................ 3")
    text = propose(pdf(*pages)).text(Section.PROBLEM)
    assert "BÁO CÁO" not in text
    assert "/4" not in text
    assert "...." not in text
    assert "điện thoại" in text


def test_lines_of_a_pdf_are_joined_to_paragraphs() -> None:
    found = propose(
        pdf(
            [
                "I. Kết quả",
                "Thời gian chờ trung bình của một hồ sơ ở bộ phận một cửa đã giảm từ 5",
                "ngày xuống 1 ngày.",
                "Người dân không còn phải đến trụ sở.",
            ]
        )
    )
    assert found.text(Section.RESULTS).split("\n\n") == [
        "Thời gian chờ trung bình của một hồ sơ ở bộ phận một cửa đã giảm từ 5 ngày xuống 1 ngày.",
        "Người dân không còn phải đến trụ sở.",
    ]


def test_a_heading_with_a_colon_opens_its_section_on_the_same_line() -> None:
    found = propose(pdf(["Kết quả: Thời gian chờ giảm từ 5 ngày", "xuống 1 ngày.", "Bài học: Phải có người giúp tại chỗ."]))
    assert found.text(Section.RESULTS) == "Thời gian chờ giảm từ 5 ngày xuống 1 ngày."
    assert found.text(Section.LESSONS) == "Phải có người giúp tại chỗ."


def test_a_scan_says_that_it_is_one() -> None:
    assert propose(pdf([""], ["12"])).remarks == (Fault("document.scan"),)


def test_a_word_file_without_a_word_is_told_as_a_scan_too() -> None:
    assert propose(word()).remarks == (Fault("document.scan"),)


def test_a_number_alone_inside_a_page_stays() -> None:
    page = ["I. Kết quả", "Số xã đã dùng", "34", "trong toàn tỉnh năm đó.", "Xin xem phụ lục kèm theo.", "7"]
    assert "34" in propose(pdf(page)).text(Section.RESULTS)


def test_pages_without_text_are_named() -> None:
    document = DocumentText(Kind.PDF, 2, pdf(*REPORT[:1]).lines, empty_pages=(2,))
    assert Fault("document.pages_without_text", context={"pages": "2"}) in propose(document).remarks


def test_v02_text_in_an_old_encoding_is_converted_and_told() -> None:
    lines = ["I. Thùc tr¹ng", "Ng­êi d©n ph¶i ®i l¹i nhiÒu lÇn ®Ó nép hå s¬ giÊy, rÊt mÊt thêi gian."]
    found = propose(pdf(lines))
    assert found.text(Section.PROBLEM) == "Người dân phải đi lại nhiều lần để nộp hồ sơ giấy, rất mất thời gian."
    assert found.remarks == (Fault("document.converted", context={"encoding": "TCVN3"}),)


def test_v02_old_text_that_cannot_be_converted_for_sure_gives_no_proposal_at_all() -> None:
    found = propose(pdf(["I. Thực trạng", "®®© ¶¶¹ µ¸· »¾¨ ¬¤¥ ¦§® åäï øûë ñæå xyz ®®© ¶¶¹ µ¸· »¾¨ ¬¤¥"]))
    assert found.remarks == (Fault("document.old_encoding"),)
    assert not any(found.sections.values())


def test_v02_decomposed_text_becomes_nfc() -> None:
    found = propose(
        word((Role.HEADING, 1, "Thu\u031b\u0323c tra\u0323ng"), "Ngu\u031bo\u031b\u0300i da\u0302n cho\u031b\u0300 la\u0302u.")
    )
    assert found.text(Section.PROBLEM) == "Người dân chờ lâu."


def test_letters_without_a_meaning_are_warned_of() -> None:
    lines = ["I. Thực trạng", "\ufffd\ufffd\ufffd a \ue000\ue001 b c d e g h i k l m n o p q r s t u v"]
    assert Fault("document.garbled") in propose(pdf(lines)).remarks


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("I. ĐẶT VẤN ĐỀ", Section.PROBLEM),
        ("1. Thực trạng và khó khăn", Section.PROBLEM),
        ("Phần II: Các giải pháp chủ yếu", Section.APPROACH),
        ("2.1. Tổ chức thực hiện", Section.STEPS),
        ("III - KẾT QUẢ TRIỂN KHAI", Section.RESULTS),
        ("Kết quả đạt được", Section.RESULTS),
        ("c) Hiệu quả kinh tế, xã hội", Section.RESULTS),
        ("V. Bài học kinh nghiệm", Section.LESSONS),
        ("The problem", Section.PROBLEM),
        ("4. Lessons learned", Section.LESSONS),
        ("What we did", Section.STEPS),
    ],
)
def test_a_heading_opens_its_section(text: str, section: Section) -> None:
    assert read_heading(Line(text, 1, 1)) == Heading(section)


@pytest.mark.parametrize("text", ["Phụ lục", "TÀI LIỆU THAM KHẢO", "Nơi nhận:", "References"])
def test_another_heading_ends_a_section(text: str) -> None:
    assert read_heading(Line(text, 1, 1)) == Heading(None)


@pytest.mark.parametrize(
    "text",
    [
        "Kết quả của việc này là người dân không còn phải đến trụ sở nữa.",
        "Giải pháp gồm ba phần: phần mềm, con người, quy trình",
        "kết quả đạt được",
        "Thực hiện Quyết định số 06/QĐ-TTg ngày 06 tháng 01 năm 2022 của Thủ tướng Chính phủ",
        "Planning permission",
        "",
    ],
)
def test_a_sentence_is_no_heading(text: str) -> None:
    assert read_heading(Line(text, 1, 1)) is None


def test_in_the_middle_of_a_sentence_only_a_line_of_its_own_is_a_heading() -> None:
    above = Line("Báo cáo này nêu", 1, 1)
    assert read_heading(Line("Kết quả đạt được", 1, 2), above) is None
    assert read_heading(Line("Kết quả", 1, 2), above) == Heading(Section.RESULTS)
    assert read_heading(Line("kết quả", 1, 2), above) is None


def test_a_paragraph_that_sounds_like_two_sections_goes_to_none() -> None:
    assert sounds_like("Trước đây phải chờ. Bài học là phải làm ngay.") is None


def test_no_cue_opens_two_sections() -> None:
    words = [cue for row in cues()["headings"].values() for cue in row]
    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("từ tháng 3/2022 đến tháng 6/2023", Range("2022-03", "2023-06", sure=True)),
        ("từ tháng 3 năm 2022 đến tháng 6 năm 2023", Range("2022-03", "2023-06", sure=True)),
        ("giai đoạn 2021-2025", Range("2021", "2025", sure=False)),
        ("giai đoạn 2021-2025; thực hiện từ năm 2022 đến nay", Range("2022", None, sure=True)),
        ("from March 2022 to June 2023", Range("2022-03", "2023-06", sure=True)),
        ("between 2019 and 2021", Range("2019", "2021", sure=True)),
        ("từ 2023 đến 2021", None),
        ("ngày 5/3/2024", None),
        ("Quyết định 942/2021/QĐ-TTg", None),
        ("", None),
    ],
)
def test_a_period_is_read_in_both_languages(text: str, period: Range | None) -> None:
    assert find_period(text) == period


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Hà Nội, ngày 5 tháng 3 năm 2024", ["2024-03-05"]),
        ("on 05/03/2024 and 6 March 2024", ["2024-03-05", "2024-03-06"]),
        ("ngày 31/02/2024", []),
        ("tháng 3/2024", []),
    ],
)
def test_days_that_exist_are_read(text: str, days: list[str]) -> None:
    assert find_days(text) == days


@pytest.mark.parametrize(
    ("sentence", "measure"),
    [
        ("Thời gian xử lý giảm từ 15 ngày xuống còn 3 ngày.", Measure("15", "3", "ngày")),
        ("Tỷ lệ hồ sơ trực tuyến tăng từ 20% lên 85%.", Measure("20", "85", "%")),
        ("Waiting fell from five days to one day.", Measure("five", "one", "days")),
        ("Tiết kiệm 1.250 triệu đồng mỗi năm.", Measure(None, "1.250", "triệu đồng")),
        ("It reached 12,000 users.", Measure(None, "12,000", "users")),
        ("Theo Quyết định số 06/QĐ-TTg ngày 06 tháng 01 năm 2022.", None),
        ("Phường có 34 tổ dân phố.", None),
        ("Năm 2022 rất khó khăn.", None),
    ],
)
def test_a_measured_figure_is_told_from_other_numbers(sentence: str, measure: Measure | None) -> None:
    assert find_measure(sentence) == measure


def test_text_that_a_case_would_refuse_is_escaped() -> None:
    assert as_markdown("# Một\n## Hai\n### Ba\nBốn\n---\n![x](https://a.vn/b.png)") == (
        "\\# Một\n\\## Hai\n### Ba\nBốn\n\\---\n!\\[x](https://a.vn/b.png)"
    )


def test_cleaning_takes_out_what_nobody_sees() -> None:
    assert clean("  Bá\u0000o\u200b  ca\u0301o\u00ad \n x ") == "Báo cáo\nx"
