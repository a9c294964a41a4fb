"""The pages through AppTest: what they show, in both languages, for good and bad addresses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from factories import make_case
from streamlit.testing.v1 import AppTest

from casebase.domain.case import NARRATIVE
from casebase.ingest.passages import cut_passages
from casebase.search.embedders.hashing import HashingEmbedder
from casebase.services.indexing import LiveIndex
from casebase.services.mapping import SolutionMap
from casebase.storage.cases import SqliteCaseStore

if TYPE_CHECKING:
    from streamlit.testing.v1.element_tree import Multiselect

    from casebase.bootstrap import Services

ENGLISH = {
    "title": "One form for a newborn",
    "summary": "Parents had to visit three offices. One online form reaches all of them, and the certificate is there that day.",
}
MAIN = Path(__file__).resolve().parents[2] / "casebase" / "ui" / "main.py"


def open_page(path: str = "", **parameters: str) -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=30)
    for name, value in parameters.items():
        page.query_params[name] = value
    page.run()
    if path:
        page.switch_page(path)
        for name, value in parameters.items():
            page.query_params[name] = value
        page.run()
    return page


def everything(page: AppTest) -> str:
    shown = [str(getattr(block, "value", "") or getattr(block, "body", "") or getattr(block, "label", "")) for block in page.main]
    html = [block.proto.body for block in page.get("html")]
    return "\n".join([*shown, *html])


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("", {}),
        ("", {"q": "khai sinh"}),
        ("", {"q": "khai sinh", "section": "lessons", "sector": "health"}),
        ("", {"q": "x" * 3000}),
        ("", {"sector": "health"}),
        ("", {"sector": "nothing-like-it", "section": "nor-this", "lang": "xx"}),
        ("views/case.py", {"id": "khai-sinh-mot-lan"}),
        ("views/case.py", {"id": "hostile"}),
        ("views/case.py", {"id": "no-such-case"}),
        ("views/case.py", {}),
        ("views/case.py", {"id": "khai-sinh-mot-lan", "original": "1"}),
    ],
)
@pytest.mark.usefixtures("library")
def test_a_page_draws_without_an_exception(path: str, parameters: dict[str, str], lang: str) -> None:
    page = open_page(path, **{"lang": lang, **parameters})
    assert not page.exception
    assert page.title


@pytest.mark.usefixtures("library")
def test_a_search_shows_the_case_and_why() -> None:
    shown = everything(open_page(q="khai sinh cho trẻ mới sinh"))
    assert "Vì sao:" in shown
    assert "Nguồn công khai, đơn vị chưa xác nhận" in shown


@pytest.mark.usefixtures("library")
def test_a_case_in_another_language_shows_its_translated_title_first() -> None:
    page = open_page("views/case.py", id="khai-sinh-mot-lan", lang="en")
    assert page.title[0].value.replace("\\", "") == "One form for a newborn"
    assert "Machine translation" in everything(page)


def test_facts_and_figures_are_in_the_words_of_the_translation_and_the_original_is_a_click_away(library: Services) -> None:
    sections = {section.value: f"Told in English: {section.value}." for section in NARRATIVE}
    english = {"translation_of": "khai-sinh-mot-lan", "lang": "en", "method": "machine", **ENGLISH, "sections": sections}
    words = {
        "agency": "Ward of Ba Đình",
        "metrics": [{"indicator": "Waiting time", "after": "1", "unit": "day"}],
        "building_blocks": ["One-stop software"],
    }
    case = make_case(
        id="khai-sinh-mot-lan",
        metrics=[{"indicator": "Thời gian chờ", "after": "1", "unit": "ngày"}],
        building_blocks=[{"name": "Phần mềm một cửa", "kind": "software", "link": "https://example.vn/code"}],
        translations=[{**english, **words}],
    )
    library.store.publish(case, cut_passages(case), actor="test", now=library.clock())
    page = open_page("views/case.py", id=case.id, lang="en")
    translated = everything(page)
    assert all(word in translated for word in ("Ward of Ba Đình", "Waiting time", "One-stop software", "Told in English: results."))
    assert "Thời gian chờ" not in translated
    next(button for button in page.button if button.label == "See the original").click().run()
    original = everything(page)
    assert all(
        word in original for word in ("UBND phường Ba Đình", "Thời gian chờ", "Phần mềm một cửa", case.sections.results[:20])
    )
    assert "Waiting time" not in original


def test_what_the_sources_do_not_cover_is_named_beside_the_completeness(library: Services) -> None:
    case = make_case(id="khai-sinh-mot-lan", not_covered=["lessons"])
    library.store.publish(case, cut_passages(case), actor="test", now=library.clock())
    shown = everything(open_page("views/case.py", id=case.id))
    assert f"{case.completeness}% (nguồn chưa nêu: Bài học)" in shown


@pytest.mark.usefixtures("library")
def test_s07_stored_text_reaches_the_page_escaped() -> None:
    shown = everything(open_page(q="script alert"))
    assert "<script>" not in shown
    assert "javascript:" not in shown.replace("\\", "") or "[a](javascript" not in shown


@pytest.mark.usefixtures("library")
def test_the_first_page_leads_to_the_cases_of_a_sector() -> None:
    page = open_page()
    offered = {button.label: button for button in page.button if button.key and button.key.startswith("sector-")}
    assert set(offered) == {"Y tế · 1", "Hành chính công · 2"}
    offered["Y tế · 1"].click().run()
    assert "Bệnh án điện tử thay bệnh án giấy" in everything(page)
    assert "Khai sinh một lần" not in everything(page)


@pytest.mark.usefixtures("library")
def test_an_unknown_case_offers_the_way_back() -> None:
    page = open_page("views/case.py", id="no-such-case")
    assert page.title[0].value == "Chưa tìm thấy trường hợp này"
    assert "Hãy tìm lại từ trang đầu" in page.info[0].value


@pytest.mark.usefixtures("library")
def test_the_filters_count_the_cases() -> None:
    page = open_page(q="khai sinh")
    sector = next(box for box in page.sidebar.multiselect if box.key == "sector")
    assert "Y tế (1)" in sector.options


@pytest.mark.usefixtures("home")
def test_an_empty_store_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    from casebase import bootstrap

    monkeypatch.setenv("CASEBASE_ENGINE", "hashing")
    bootstrap._installed.cache_clear()
    bootstrap.installed_settings.cache_clear()
    page = open_page()
    assert not page.exception
    assert "casebase init" in page.caption[-1].value


def test_a_rerun_loads_no_model_reads_no_index_and_scans_no_table(library: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts every call that would: after the first page, searching, reading and going home again make none."""
    page = open_page(q="khai sinh")
    calls: list[str] = []

    def counted(owner: type, name: str) -> None:
        original = getattr(owner, name)

        def call(*arguments: object, **options: object) -> object:
            calls.append(f"{owner.__name__}.{name}")
            return original(*arguments, **options)

        monkeypatch.setattr(owner, name, call)

    for owner, names in {
        SqliteCaseStore: ("public", "passages", "unembedded", "history", "check"),
        LiveIndex: ("build", "check"),
        HashingEmbedder: ("__init__",),
    }.items():
        for name in names:
            counted(owner, name)
    loads = library.index.loads
    page.run()
    page.text_input[0].set_value("bệnh án giấy").run()
    page.switch_page("views/case.py").run()
    open_page()
    assert calls == []
    assert library.index.loads == loads


def test_a_search_in_an_empty_store_says_that_it_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    from casebase import bootstrap

    monkeypatch.setenv("CASEBASE_ENGINE", "hashing")
    bootstrap._installed.cache_clear()
    bootstrap.installed_settings.cache_clear()
    page = open_page(q="khai sinh")
    assert "casebase init" in page.info[-1].value


def test_a_search_that_finds_nothing_at_all_still_says_what_to_try(library: Services) -> None:
    by_words = replace(library.index.current(), model=None, vectors=None, means=None, case_vectors=None)
    library.index._snapshot = by_words
    page = open_page(q="zzzz")
    assert "Hãy thử cách nói khác" in page.info[-1].value
    assert "Những trường hợp gần nhất" not in everything(page)


def test_a_filter_value_with_a_comma_works_in_the_address(library: Services) -> None:
    case = make_case(id="xa-yen-hoa", places=("xã Yên Hòa, huyện Yên Mô", "Ninh Bình"))
    library.store.publish(case, cut_passages(case), actor="test", now=library.clock())
    library.index.build()
    page = open_page(q="khai sinh", place="xã Yên Hòa, huyện Yên Mô")
    box = next(box for box in page.sidebar.multiselect if box.key == "place")
    assert box.value == ["xã Yên Hòa, huyện Yên Mô"]
    box.set_value(["Ninh Bình", "xã Yên Hòa, huyện Yên Mô"]).run()
    assert sorted(page.query_params["place"]) == ["Ninh Bình", "xã Yên Hòa, huyện Yên Mô"]
    box.set_value([]).run()
    assert "place" not in page.query_params


@pytest.mark.usefixtures("library")
def test_what_was_made_of_a_query_is_shown_and_undone_by_one_click() -> None:
    page = open_page(q="giam TTHC")
    assert "TTHC → thủ tục hành chính" in everything(page)
    next(button for button in page.button if button.label == "Tìm đúng như đã gõ").click().run()
    assert "TTHC → thủ tục hành chính" not in everything(page)
    assert page.query_params["verbatim"] == "1"


@pytest.mark.usefixtures("library")
def test_a_doubtful_reading_offers_the_other_one() -> None:
    page = open_page(q="cap so")
    offered = [button for button in page.button if button.label.startswith("Có phải ý bạn")]
    assert offered
    label = offered[0].label.replace("\\", "")
    offered[0].click().run()
    assert page.query_params["q"] != "cap so"
    assert label.endswith(page.query_params["q"])


def charts(page: AppTest) -> list[dict[str, list[dict[str, list[str]]]]]:
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


@pytest.mark.parametrize("parameters", [{}, {"q": "khai sinh"}, {"sector": "health"}])
@pytest.mark.usefixtures("library")
def test_a_closed_map_is_offered_and_never_drawn(parameters: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SolutionMap, "dots", lambda *_: pytest.fail("drawn"))
    page = open_page(**parameters)
    assert "Xem bản đồ lời giải" in [expander.label for expander in page.expander]
    assert not page.exception
    assert charts(page) == []


@pytest.mark.usefixtures("library")
def test_the_map_of_a_search_lifts_the_cases_found_and_says_so_in_words() -> None:
    page = open_page(q="bệnh án giấy", map="1", sector="health")
    others, hits = charts(page)[0]["data"]
    assert hits["customdata"] == ["benh-an-dien-tu"]
    assert sorted(others["customdata"]) == ["hostile", "khai-sinh-mot-lan"]
    assert "Bản đồ 3 trường hợp" in page.get("plotly_chart")[0].proto.alt
    assert "Y tế 1" in page.get("plotly_chart")[0].proto.alt
    shown = everything(page)
    assert "Các trường hợp tìm được theo lĩnh vực" in shown
    assert "<span>2024</span>" in shown


@pytest.mark.usefixtures("library")
def test_the_first_page_has_the_map_of_all_without_a_spread() -> None:
    page = open_page(map="1", lang="en")
    assert len(charts(page)[0]["data"][0]["customdata"]) == 3
    shown = everything(page)
    assert "Public administration · 2" in shown
    assert "The cases found by sector" not in shown


@pytest.mark.usefixtures("library")
def test_titles_on_the_map_are_text() -> None:
    spec = json.dumps(charts(open_page(map="1"))[0])
    assert "<script>" not in spec


def test_while_vectors_are_being_made_the_map_says_so(library: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library.map, "_place", lambda *_: ())
    page = open_page(map="1")
    assert "chưa vẽ được bản đồ" in page.info[0].value


@pytest.mark.usefixtures("library")
def test_an_address_of_a_case_on_the_search_page_gives_way_to_the_last_search() -> None:
    page = open_page(q="khai sinh", map="1")
    page.query_params.clear()
    page.query_params["id"] = "hostile"
    page.run()
    assert page.query_params == {"q": "khai sinh", "map": "1"}
    assert page.text_input[0].value == "khai sinh"


def sidebar_box(page: AppTest, key: str) -> Multiselect:
    return next(box for box in page.sidebar.multiselect if box.key == key)


@pytest.mark.usefixtures("library")
def test_each_filter_counts_what_the_others_leave_and_the_answer_agrees() -> None:
    page = open_page(q="khai sinh")
    assert sidebar_box(page, "level").options == ["Xã, phường (3)"]
    assert "Y tế (1)" in sidebar_box(page, "sector").options
    sidebar_box(page, "sector").set_value(["health"]).run()
    assert sidebar_box(page, "sector").options == ["Hành chính công (2)", "Y tế (1)"]
    assert sidebar_box(page, "level").options == ["Xã, phường (1)"]
    assert page.query_params["sector"] == "health"
    assert "trong 1 trường hợp" in everything(open_page(q="bệnh án điện tử", sector="health"))


@pytest.mark.usefixtures("library")
def test_years_are_a_range_in_the_address() -> None:
    page = open_page(q="khai sinh", years="2019-2021")
    assert page.sidebar.slider[0].value == (2020, 2021)
    assert sidebar_box(page, "sector").options == ["Hành chính công (1)"]
    page.sidebar.slider[0].set_value((2021, 2024)).run()
    assert page.query_params["years"] == "2021-2024"
    assert sidebar_box(page, "sector").options == ["Y tế (1)", "Hành chính công (1)"]
    next(button for button in page.button if button.label == "Bỏ các bộ lọc").click().run()
    assert "years" not in page.query_params
    assert page.sidebar.slider[0].value == (2020, 2024)


@pytest.mark.parametrize("asked", ["", "abc", "9-", "2024-2019", "99999-1", "-5-3", "0001-9999"])
@pytest.mark.usefixtures("library")
def test_any_range_in_the_address_is_taken_as_far_as_it_makes_sense(asked: str) -> None:
    page = open_page(q="khai sinh", years=asked)
    assert not page.exception
    first, last = page.sidebar.slider[0].value
    assert 2020 <= first <= last <= 2024


@pytest.mark.parametrize("parameters", [{"q": "khai sinh"}, {"level": "commune"}])
@pytest.mark.usefixtures("library")
def test_the_order_is_in_the_address(parameters: dict[str, str]) -> None:
    page = open_page(sort="complete", **parameters)
    order = next(control for control in page.get("button_group") if control.key == "sort")
    assert order.value == "complete"
    assert not open_page(sort="nonsense", **parameters).exception


@pytest.mark.usefixtures("library")
def test_a_situation_is_kept_for_the_visit_and_told_on_the_cards() -> None:
    page = open_page(q="khai sinh")
    sidebar_box(page, "situation-level").set_value(["commune"]).run()
    sidebar_box(page, "situation-place").set_value(["Phú Thọ"]).run()
    assert "Giống bạn: Xã, phường" in everything(page)
    assert "Khác bạn: Hà Nội" in everything(page)
    assert "situation" not in " ".join(page.query_params)
    page.text_input[0].set_value("bệnh án điện tử").run()
    assert "Giống bạn: Xã, phường" in everything(page)
    next(button for button in page.button if button.label == "Bỏ hoàn cảnh").click().run()
    assert "Giống bạn" not in everything(page)


@pytest.mark.usefixtures("library")
def test_examples_are_in_the_address_and_taken_back_by_one_click() -> None:
    page = open_page(q="khai sinh")
    next(button for button in page.button if button.key == "more-khai-sinh-mot-lan").click().run()
    assert page.query_params["more"] == "khai-sinh-mot-lan"
    taken_back = next(button for button in page.button if button.key == "no-more-khai-sinh-mot-lan")
    assert taken_back.label == "Thêm loại như: Khai sinh một lần cho trẻ mới sinh"
    taken_back.click().run()
    assert "more" not in page.query_params
    assert not open_page(q="khai sinh", more="no-such-case", less="x" * 500).exception
