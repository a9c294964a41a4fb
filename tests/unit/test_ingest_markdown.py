"""Case files: everything that can be wrong with one, each with its field and its line, and a message that helps."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from factories import make_case

from casebase.domain.case import NARRATIVE, CaseStudy, Translation
from casebase.i18n import LANGUAGES, describe_fault
from casebase.ingest.markdown import (
    HEADINGS,
    LARGEST_BYTES,
    case_files,
    file_name,
    format_case,
    format_translation,
    parse_case,
    parse_translation,
    read_file,
    read_folder,
)

if TYPE_CHECKING:
    from pathlib import Path

    from casebase.domain.fault import Fault

ENGLISH = {
    "problem": "Paper files moved between three offices and nobody knew where an application was. Citizens came back again.",
    "approach": "The procedure was shortened before it was put online. All offices use the same software.",
    "steps": "In the first month the procedures were reviewed. Then the staff were trained.",
    "results": "Waiting fell from five days to one day. Eight of ten applications come online.",
    "lessons": "Somebody has to help on the spot. Do not put the old procedure online as it is.",
}
SUMMARY = "Citizens had to come several times because of paper files. The ward set up a one-stop shop, and waiting fell to one day."
CASE = make_case(
    headlines={"en": {"title": "A one-stop shop", "summary": SUMMARY, "method": "machine"}},
    metrics=[{"indicator": "Thời gian chờ", "before": "5", "after": "1", "unit": "ngày", "source": 1}],
    links=[{"title": "Cổng dịch vụ công", "url": "https://example.vn/dvc"}],
    attachments=[{"name": "bao-cao.pdf", "sha256": "0" * 64}],
    confirmed_at="2026-11-24",
)
TRANSLATION = Translation.model_validate(
    {
        "translation_of": CASE.id,
        "lang": "en",
        "method": "human",
        "title": "A one-stop shop in Ba Đình",
        "summary": SUMMARY,
        "sections": ENGLISH,
    }
)
SOURCE = format_case(CASE)


def line_of(source: str, marker: str) -> int:
    return source[: source.index(marker)].count("\n") + 1


def broken(old: str, new: str) -> str:
    assert old in SOURCE
    return SOURCE.replace(old, new, 1)


BREAKS = [
    ("---\nid", "id", "front_matter.missing", "", "id"),
    ("---\n\n## Vấn đề", "\n## Vấn đề", "front_matter.open", "", "---"),
    ("country: VN", "country: VN\n\tplaces: x", "yaml.syntax", "", "\tplaces"),
    ("country: VN", "country: V\x07N", "yaml.characters", "", "country"),
    ("country: VN", "country: &x VN", "yaml.not_plain", "", "country"),
    ("country: VN", "country: VN\ncountry: FR", "yaml.repeated_field", "country", "country: FR"),
    ("title: Một cửa", "titel: Một cửa", "field.unknown", "titel", "titel"),
    ("title: Một cửa", "titel: Một cửa", "field.missing", "title", "---"),
    ("  type: local-government", "  kind: x", "field.missing", "agency.type", "agency:"),
    ("country: VN", "country: [VN]", "field.not_text", "country", "country"),
    ("places: [Hà Nội]", "places: Hà Nội", "field.not_list", "places", "places"),
    ("period:\n  start: 2023-01\n  end: 2024", "period: 2023", "field.not_group", "period", "period"),
    ("headlines:\n  en:", "headlines: []\nothers:\n  en:", "field.not_group", "headlines", "headlines"),
    ("country: VN", "country: VN\nsections: nothing", "field.unknown", "sections", "sections: nothing"),
    ("country: VN", "country: VN\ntranslations: []", "field.unknown", "translations", "translations"),
    ("Một cửa điện tử", "x" * 200, "text.too_long", "title", "title"),
    (CASE.summary, "Quá ngắn.", "text.too_short", "summary", "summary"),
    (CASE.title, '"Một\\x85cửa\\x07"', "text.control", "title", "title"),
    ("Hồ sơ giấy chuyển tay", "Hồ sơ \x07 giấy", "text.control", "sections.problem", "## Vấn đề"),
    ("Hồ sơ giấy chuyển tay", "Hồ sơ \ud800 giấy", "text.control", "sections.problem", "## Vấn đề"),
    (
        "sectors: [public-administration]",
        "sectors: [health, energy, education, agriculture]",
        "list.too_long",
        "sectors",
        "sectors",
    ),
    ("sectors: [public-administration]", "sectors: []", "list.too_short", "sectors", "sectors"),
    ("places: [Hà Nội]", "places: [Hà Nội, Huế, Hà Nội]", "list.repeated", "places", "places"),
    ("method: machine", "method: guess", "value.not_one_of", "headlines.en.method", "    method"),
    (f"id: {CASE.id}", "id: Một-Cửa", "value.pattern", "id", "id"),
    ("source: 1", "source: one", "value.malformed", "metrics.0.source", "    source"),
    ("level: commune", "level: galaxy", "vocabulary.unknown", "level", "level"),
    ("headlines:\n  en:", "headlines:\n  xx:", "vocabulary.unknown", "headlines.xx", "  xx"),
    ("country: VN", "country: XX", "country.unknown", "country", "country"),
    ("start: 2023-01", "start: January", "date.malformed", "period.start", "  start"),
    ("start: 2023-01", "start: 2023-01-02", "period.day", "period.start", "  start"),
    ("start: 2023-01", "start: 2025", "period.reversed", "period.end", "  end"),
    ("confirmed_at: 2026-11-24", "confirmed_at: today", "day.malformed", "confirmed_at", "confirmed_at"),
    ("https://example.vn/dvc", "javascript:alert(1)", "link.malformed", "links.0.url", "    url: java"),
    ("headlines:\n  en:", "headlines:\n  vi:", "headline.own_language", "headlines", "headlines"),
    ("provenance: public-sources", "provenance: public-sources\nsources: []", "sources.none", "sources", "sources: []"),
    ("source: 1", "source: 9", "metric.source", "metrics", "metrics"),
    ("country: VN", "country: VN\nnot_covered: [summary]", "not_covered.summary", "not_covered", "not_covered"),
    ("\n## Vấn đề", "\nLạc chỗ.\n## Vấn đề", "section.text_before", "", "Lạc chỗ"),
    ("---\n\n## Vấn đề", "---\nLạc chỗ.\n\n## Vấn đề", "section.text_before", "", "Lạc chỗ"),
    ("## Kết quả", "## Thành quả", "section.unknown", "", "## Thành quả"),
    ("## Kết quả", "## Thành quả", "section.missing", "results", "LAST"),
    ("## Kết quả", "## Các bước", "section.repeated", "steps", "## Các bước\n\nThời gian"),
    ("## Vấn đề", "## Bài học", "section.order", "", "## Bài học"),
    ("Hồ sơ giấy chuyển tay", "# Hồ sơ giấy", "section.heading", "sections.problem", "## Vấn đề"),
    ("Hồ sơ giấy chuyển tay", "![Ảnh](https://x.vn/a.png)", "section.remote_image", "sections.problem", "## Vấn đề"),
]
EACH_BREAK = pytest.mark.parametrize(
    ("old", "new", "code", "where", "marker"), BREAKS, ids=[f"{row[2]} {row[3]}" for row in BREAKS]
)


@EACH_BREAK
def test_a_fault_is_reported_with_its_field_and_its_line(old: str, new: str, code: str, where: str, marker: str) -> None:
    source = broken(old, new)
    reading = parse_case(source)
    line = source.count("\n") + 1 if marker == "LAST" else line_of(source, marker)
    assert (code, where, line) in [(fault.code, fault.where, fault.line) for fault in reading.faults]
    assert reading.document is None


@EACH_BREAK
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_message_of_a_fault_has_all_its_values(old: str, new: str, code: str, where: str, marker: str, lang: str) -> None:  # noqa: ARG001
    fault = next(fault for fault in parse_case(broken(old, new)).faults if (fault.code, fault.where) == (code, where))
    assert_helpful(fault, lang)


def assert_helpful(fault: Fault, lang: str) -> None:
    message = describe_fault(fault, lang)
    assert message.endswith(".")
    assert not re.search(r"[{}–]|None|\(\)", message), message


def test_every_fault_of_a_file_is_reported_at_once_in_order_of_lines() -> None:
    source = (
        SOURCE.replace("lang: vi", "lang: xx")
        .replace("level: commune", "level: galaxy\nmood: good")
        .replace("start: 2023-01", "start: 2025")
        .replace("source: 1", "source: 9")
        .replace("\n## Vấn đề", "\nLạc chỗ.\n\n## Vấn đề")
        .replace("## Kết quả", "## Thành quả")
    )
    faults = parse_case(source).faults
    lines = [fault.line for fault in faults]
    assert {fault.code for fault in faults} == {
        "vocabulary.unknown",
        "field.unknown",
        "period.reversed",
        "metric.source",
        "section.text_before",
        "section.unknown",
        "section.missing",
    }
    assert [fault.where for fault in faults if fault.code == "vocabulary.unknown"] == ["lang", "level"]
    assert lines == sorted(line for line in lines if line)


@pytest.mark.parametrize("empty", ["", "id:\n", "{}\n", "# nothing\n"])
def test_a_file_that_says_nothing_is_not_taken_for_a_good_one(empty: str) -> None:
    body = SOURCE.split("---\n", 2)[2]
    assert parse_case(f"---\n{empty}---\n{body}").faults


@pytest.mark.parametrize("source", ["", "\n", "---", "---\n", "---\n---", "---\n---\n", "text", "\ufeff", "---\r---\r"])
def test_a_file_that_is_no_case_has_faults_and_a_line(source: str) -> None:
    faults = parse_case(source).faults
    assert faults
    assert all(fault.line for fault in faults)


@pytest.mark.parametrize(
    "disguise",
    [
        lambda source: "\ufeff" + source,
        lambda source: source.replace("\n", "\r\n"),
        lambda source: source.replace("\n", "\r"),
        lambda source: unicodedata.normalize("NFD", source),
        lambda source: source.rstrip("\n"),
        lambda source: source.replace("---\n", "---  \n"),
        lambda source: source.replace("## Vấn đề", "##  Vấn  đề  ##"),
        lambda source: source.replace("## Vấn đề", "## VẤN ĐỀ"),
        lambda source: source.replace("\n\n", "\n\n\n\n"),
    ],
    ids=["byte order mark", "CRLF", "CR", "NFD", "no line feed at the end", "spaces", "closed heading", "capitals", "blank lines"],
)
def test_how_an_editor_saves_a_file_does_not_matter(disguise: object) -> None:
    assert callable(disguise)
    reading = parse_case(disguise(SOURCE))
    assert (reading.document, reading.faults) == (CASE, ())


@pytest.mark.parametrize("lang", HEADINGS)
def test_sections_are_read_under_the_headings_of_every_language(lang: str) -> None:
    source = SOURCE
    for own, foreign in zip(HEADINGS["vi"], HEADINGS[lang], strict=True):
        source = source.replace(f"## {own}", f"## {foreign}")
    document = parse_case(source).document
    assert document
    assert document.sections == CASE.sections


@pytest.mark.parametrize("lang", HEADINGS)
def test_the_headings_of_a_language_tell_the_sections_apart(lang: str) -> None:
    assert len({heading.casefold() for heading in HEADINGS[lang]}) == len(NARRATIVE)


def test_an_empty_section_is_allowed() -> None:
    document = parse_case(SOURCE.replace(CASE.sections.lessons, "")).document
    assert document
    assert document.sections.lessons == ""


@pytest.mark.parametrize(
    "text", ["### Small heading\n\ntext", "| a | b |\n|---|---|\n| 1 | 2 |", "```\ncode\n```", "---", "- a\n  - b", "<b>"]
)
def test_a_section_may_hold_markdown(text: str) -> None:
    case = make_case(sections={**CASE.sections.model_dump(), "steps": text})
    assert parse_case(format_case(case)).document == case


def test_a_hostile_heading_takes_no_time() -> None:
    source = broken("## Kết quả", "## " + "#" * 400_000 + "a")
    assert [fault.code for fault in parse_case(source).faults] == ["section.unknown", "section.missing"]


def test_a_hostile_section_takes_no_time() -> None:
    sections = CASE.sections.model_dump() | {"problem": "[" * 20_000, "steps": "1. " * 6_000, "results": "<a " * 6_000}
    assert parse_case(format_case(make_case(sections=sections))).document


def test_the_declared_language_is_checked_against_the_text() -> None:
    source = SOURCE.replace("lang: vi", "lang: fr").replace("headlines:\n  en:", "headlines:\n  vi:")
    (fault,) = parse_case(source).faults
    assert (fault.code, fault.where, fault.line) == ("lang.differs", "lang", line_of(source, "lang:"))
    assert (fault.context["declared"], fault.context["found"]) == ("fr", "vi")
    for lang in LANGUAGES:
        assert_helpful(fault, lang)


def test_a_text_that_is_too_short_to_tell_is_believed() -> None:
    short = dict.fromkeys(ENGLISH, "Fast.")
    assert parse_case(format_case(make_case(sections=short))).document


def test_a_text_without_letters_is_in_whatever_language_it_says() -> None:
    figures = dict.fromkeys(ENGLISH, "2019: 1.024; 2020: 2.048; 2021: 4.096; 2022: 8.192.")
    assert parse_case(format_case(make_case(sections=figures))).document


def test_a_case_file_has_its_id_for_a_name(tmp_path: Path) -> None:
    path = tmp_path / f"{CASE.id}.md"
    path.write_text(SOURCE, encoding="utf-8")
    assert read_file(path, CaseStudy).document == CASE


def test_another_name_is_a_fault_at_the_line_of_the_id(tmp_path: Path) -> None:
    path = tmp_path / "another-name.md"
    path.write_text(SOURCE.replace(f"id: {CASE.id}\nlang: vi", f"lang: vi\nid: {CASE.id}"), encoding="utf-8")
    (fault,) = read_file(path, CaseStudy).faults
    assert (fault.code, fault.where, fault.line, fault.path) == ("file.name", "id", 3, str(path))
    assert fault.context["expected"] == f"{CASE.id}.md"


def test_a_translation_of_another_name_is_a_fault_at_translation_of(tmp_path: Path) -> None:
    path = tmp_path / f"{CASE.id}.fr.md"
    path.write_text(format_translation(TRANSLATION), encoding="utf-8")
    (fault,) = read_file(path, Translation).faults
    assert (fault.code, fault.where, fault.line) == ("file.name", "translation_of", 2)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"---\nid: \xff\xfe\n---\n", "file.encoding"),
        (SOURCE.encode("utf-16"), "file.encoding"),
        (SOURCE.encode("cp1258", "replace"), "file.encoding"),
        (SOURCE.encode() + b" " * LARGEST_BYTES, "file.too_large"),
        (b"", "front_matter.missing"),
    ],
    ids=["broken UTF-8", "UTF-16", "Windows-1258", "over a megabyte", "empty"],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path, content: bytes, code: str, lang: str) -> None:
    path = tmp_path / f"{CASE.id}.md"
    path.write_bytes(content)
    (fault,) = read_file(path, CaseStudy).faults
    assert (fault.code, fault.path) == (code, str(path))
    assert_helpful(fault, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_file_that_is_not_there_is_a_fault(tmp_path: Path, lang: str) -> None:
    (fault,) = read_file(tmp_path / "nothing-here.md", CaseStudy).faults
    assert fault.code == "file.unreadable"
    assert_helpful(fault, lang)


def test_a_folder_in_place_of_a_file_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a-folder.md").mkdir()
    assert [fault.code for fault in read_folder([tmp_path]).faults] == ["file.unreadable"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with two good cases, a translation of the first, and a README."""
    second = make_case(id="so-hoa-ho-tich")
    (tmp_path / file_name(CASE)).write_text(SOURCE, encoding="utf-8")
    (tmp_path / file_name(second)).write_text(format_case(second), encoding="utf-8")
    (tmp_path / file_name(TRANSLATION)).write_text(format_translation(TRANSLATION), encoding="utf-8")
    (tmp_path / "README.md").write_text("# About these files", encoding="utf-8")
    return tmp_path


def test_a_folder_yields_its_cases_with_their_translations(folder: Path) -> None:
    reading = read_folder([folder])
    assert reading.faults == ()
    assert [(case.id, [whole.lang for whole in case.translations]) for case in reading.cases] == [
        ("mot-cua-dien-tu-ba-dinh", ["en"]),
        ("so-hoa-ho-tich", []),
    ]
    assert reading.cases[0].translation("en") == TRANSLATION


def test_a_bad_file_never_stops_the_others(folder: Path) -> None:
    (folder / "a-bad-one.md").write_bytes(b"\xff")
    reading = read_folder([folder])
    assert ([fault.code for fault in reading.faults], len(reading.cases)) == (["file.encoding"], 2)


def test_a_bad_translation_never_stops_its_case(folder: Path) -> None:
    (folder / file_name(TRANSLATION)).write_text("---\nlang: en\n---\n", encoding="utf-8")
    reading = read_folder([folder])
    assert [case.translations for case in reading.cases] == [(), ()]
    assert {fault.path for fault in reading.faults} == {str(folder / file_name(TRANSLATION))}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_translation_without_its_original_is_reported(folder: Path, lang: str) -> None:
    (folder / file_name(CASE)).unlink()
    reading = read_folder([folder])
    (fault,) = reading.faults
    assert (fault.code, fault.path, fault.context["id"]) == ("translation.orphan", str(folder / file_name(TRANSLATION)), CASE.id)
    assert [case.id for case in reading.cases] == ["so-hoa-ho-tich"]
    assert_helpful(fault, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_files_with_one_id_are_reported_and_the_first_counts(folder: Path, lang: str) -> None:
    other = folder / "other"
    other.mkdir()
    (other / file_name(CASE)).write_text(format_case(CASE.model_copy(update={"title": "Khác"})), encoding="utf-8")
    reading = read_folder([folder, other])
    (fault,) = reading.faults
    assert (fault.code, fault.path, fault.context["id"]) == ("file.repeated", str(other / file_name(CASE)), CASE.id)
    assert [case.title for case in reading.cases] == [CASE.title, make_case().title]
    assert_helpful(fault, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_translation_that_lacks_a_figure_is_reported(folder: Path, lang: str) -> None:
    figure = {"indicator": "Waiting time", "after": "1"}
    odd = Translation.model_validate({**dict(TRANSLATION), "metrics": [figure, figure]})
    (folder / file_name(odd)).write_text(format_translation(odd), encoding="utf-8")
    reading = read_folder([folder])
    (fault,) = reading.faults
    assert (fault.code, fault.where) == ("translation.incomplete", "metrics")
    assert reading.cases[0].translations == ()
    assert_helpful(fault, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_translation_into_the_language_of_the_original_is_reported(folder: Path, lang: str) -> None:
    own = TRANSLATION.model_copy(update={"lang": "vi", "sections": CASE.sections})
    (folder / file_name(own)).write_text(format_translation(own), encoding="utf-8")
    reading = read_folder([folder])
    (fault,) = reading.faults
    assert fault.code == "translation.same_language"
    assert [whole.lang for whole in reading.cases[0].translations] == ["en"]
    assert_helpful(fault, lang)


def test_the_language_of_a_translation_is_checked_too() -> None:
    wrong = TRANSLATION.model_copy(update={"sections": make_case().sections})
    source = format_translation(wrong)
    assert [(fault.code, fault.line) for fault in parse_translation(source).faults] == [("lang.differs", line_of(source, "lang:"))]


def test_a_case_is_no_translation_and_the_other_way_round() -> None:
    assert {fault.code for fault in parse_translation(SOURCE).faults} == {"field.missing", "field.unknown", "field.not_text"}
    assert {fault.code for fault in parse_case(format_translation(TRANSLATION)).faults} == {"field.missing", "field.unknown"}


STYLE = [
    ("Phải có người", "Phải có người hướng dẫn ở Hòa Bình", "style.not_nfc", {}),
    ("Phải có người", "Số hoá ở Hoà Bình, số hoá nữa; phải có người", "style.tone", {"words": "hoá, Hoà", "placed": "hóa, Hòa"}),
    ("title: Một cửa", "title: Hoà Bình một cửa", "style.tone", {"words": "Hoà", "placed": "Hòa"}),
    ("https://example.vn/dvc", "http://example.vn/dvc", "style.link_open", {"link": "http://example.vn/dvc"}),
    ("Phải có", "Xem [cổng](http://example.vn/a). Phải có", "style.link_open", {"link": "http://example.vn/a"}),
]


@pytest.mark.parametrize(("old", "new", "code", "context"), STYLE, ids=[row[2] for row in STYLE])
def test_what_could_be_in_better_style_is_remarked_with_its_line_and_forbids_nothing(
    old: str, new: str, code: str, context: dict[str, str]
) -> None:
    source = broken(old, new)
    if code == "style.not_nfc":
        source = "\n".join(unicodedata.normalize("NFD", line) if new in line else line for line in source.split("\n"))
    reading = parse_case(source)
    (remark,) = reading.remarks
    assert reading.document
    assert reading.faults == ()
    assert (remark.code, dict(remark.context)) == (code, context)
    assert new in unicodedata.normalize("NFC", source.split("\n")[(remark.line or 0) - 1])
    for lang in LANGUAGES:
        assert_helpful(remark, lang)


def test_a_good_file_gets_no_remark() -> None:
    assert parse_case(SOURCE).remarks == ()
    assert parse_translation(format_translation(TRANSLATION)).remarks == ()


def test_the_titles_of_others_and_other_languages_keep_their_tone_marks() -> None:
    assert parse_case(broken("Báo cáo cải cách", "Báo cáo số hoá cải cách")).remarks == ()
    assert parse_translation(format_translation(TRANSLATION).replace("Paper files", "Paper files in Hoà Bình")).remarks == ()


def test_the_remarks_on_a_folder_name_their_files(folder: Path) -> None:
    (folder / file_name(CASE)).write_text(broken("Phải có", "Số hoá phải có"), encoding="utf-8")
    assert [(remark.code, remark.path) for remark in read_folder([folder]).remarks] == [
        ("style.tone", str(folder / file_name(CASE)))
    ]


def test_case_files_are_found_in_folders_and_among_paths_once_each_in_order(folder: Path) -> None:
    (folder / "notes.txt").write_text("not a case", encoding="utf-8")
    single = folder / file_name(CASE)
    assert [path.name for path in case_files([single, folder])] == [file_name(TRANSLATION), file_name(CASE), "so-hoa-ho-tich.md"]


def test_a_file_says_only_what_is_not_understood_anyway() -> None:
    source = format_case(make_case(places=[], period={}, not_covered=[]))
    assert not re.search(r"^(places|period|not_covered|licence|translations|sections):", source, re.MULTILINE)
