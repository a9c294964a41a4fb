"""Numbers, dates, places and bars as people of a language write and read them."""

from __future__ import annotations

import pytest
from factories import make_case
from hypothesis import given
from hypothesis import strategies as st

from casebase.domain.case import Metric, Period
from casebase.services.formatting import bars, number, partial_date, period, place, value_and_remark


def metric(before: str | None, after: str) -> Metric:
    return Metric(indicator="Thời gian chờ", before=before, after=after)


@pytest.mark.parametrize(("lang", "expected"), [("vi", "1.234,5"), ("en", "1,234.5")])
def test_a_number_is_written_as_the_language_writes_it(lang: str, expected: str) -> None:
    assert number(1234.5, lang) == expected


@pytest.mark.parametrize(
    ("text", "vi", "en"),
    [
        ("2023", "2023", "2023"),
        ("2023-07", "07/2023", "2023-07"),
        ("2023-07-10", "10/07/2023", "2023-07-10"),
        ("năm 2023", "năm 2023", "năm 2023"),
        ("", "", ""),
        ("2023-07-10-01", "2023-07-10-01", "2023-07-10-01"),
    ],
)
def test_a_date_is_written_as_exactly_as_it_is_known(text: str, vi: str, en: str) -> None:
    assert (partial_date(text, "vi"), partial_date(text, "en")) == (vi, en)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Period(start="2021", end="2023-06"), "2021–06/2023"),
        (Period(start="2021"), "2021"),
        (Period(end="2023"), "2023"),
        (Period(start="2021", end="2021"), "2021"),
        (Period(), ""),
    ],
)
def test_a_period_has_the_ends_that_are_known(span: Period, expected: str) -> None:
    assert period(span, "vi") == expected


@pytest.mark.parametrize(
    ("fields", "vi", "en"),
    [
        ({"places": ["Hà Nội", "Hà Nam"]}, "Hà Nội, Hà Nam (nay thuộc Ninh Bình)", "Hà Nội, Hà Nam (now part of Ninh Bình)"),
        ({"places": ["Hà Nam", "Ninh Bình"]}, "Hà Nam, Ninh Bình", "Hà Nam, Ninh Bình"),
        ({"places": []}, "Việt Nam", "Vietnam"),
        ({"places": ["Queensland"], "country": "AU"}, "Queensland, Australia", "Queensland, Australia"),
        ({"places": [], "country": "FR"}, "Pháp", "France"),
        ({"places": ["Singapore"], "country": "SG"}, "Singapore", "Singapore"),
    ],
)
def test_a_place_names_its_country_where_it_is_not_vietnam(fields: dict[str, object], vi: str, en: str) -> None:
    case = make_case(**fields)
    assert (place(case, "vi"), place(case, "en")) == (vi, en)


@pytest.mark.parametrize(
    ("before", "after", "lang", "expected"),
    [
        ("5", "1", "vi", (100, 20)),
        ("20", "80", "en", (25, 100)),
        ("0", "7", "vi", (0, 100)),
        ("1.234,5", "2.469", "vi", (50, 100)),
        ("1,234.5", "2,469", "en", (50, 100)),
        ("1 234,5", "2 469", "fr", (50, 100)),
        ("1.000", "500", "es", (100, 50)),
        ("10%", "40 %", "vi", (25, 100)),
        ("97,38", "93,77", "vi", (100, 96)),
        (" 5 ", "5", "vi", (100, 100)),
        ("1\u00a0000", "500", "fr", (100, 50)),
    ],
)
def test_bars_compare_two_plain_numbers(before: str, after: str, lang: str, expected: tuple[int, int]) -> None:
    assert bars(metric(before, after), lang) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "5"),
        ("5 ngày", "1"),
        ("5", "1 ngày"),
        ("hơn 436.000", "500.000"),
        ("50–60", "4–5"),
        ("8.388/10.380", "1"),
        ("2,3 triệu", "4"),
        ("0", "0"),
        ("-5", "5"),
        ("5", "1e5"),
        ("x", "inf"),
        ("9" * 400, "9" * 400),
        ("1" + ".234" * 200, "1"),
    ],
)
def test_what_is_not_two_plain_numbers_has_no_bars(before: str | None, after: str) -> None:
    assert bars(metric(before, after), "vi") is None


@pytest.mark.parametrize(
    ("value", "lang"), [("0.5", "vi"), ("12.34", "vi"), ("1,5", "en"), ("1.234", "fr"), ("1.000.00", "vi"), ("1,0000", "en")]
)
def test_a_number_written_in_the_way_of_another_language_has_no_bars(value: str, lang: str) -> None:
    """A wrong reading would draw a bar a thousand times too long."""
    assert bars(metric(value, value), lang) is None


@given(
    before=st.text("0123456789., %\u00a0", min_size=1, max_size=400).filter(str.strip),
    after=st.text("0123456789., %", min_size=1).filter(str.strip),
    lang=st.sampled_from(["vi", "en", "fr", "es", "de"]),
)
def test_bars_are_never_longer_than_the_longer(before: str, after: str, lang: str) -> None:
    found = bars(metric(before, after), lang)
    assert found is None or (max(found) == 100 and min(found) >= 0)


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("104,4 triệu (62,4% người lớn)", ("104,4 triệu", "(62,4% người lớn)")),
        ("762", ("762", "")),
        ("(khoảng 5)", ("(khoảng 5)", "")),
        ("154 (NAO); 212 (Computing)", ("154 (NAO); 212 (Computing)", "")),
        ("", ("", "")),
    ],
)
def test_a_remark_in_brackets_goes_behind_the_unit(value: str, parts: tuple[str, str]) -> None:
    assert value_and_remark(value) == parts


def test_a_remark_in_brackets_does_not_keep_a_figure_from_its_bars() -> None:
    assert bars(metric("200", "100 (giảm 50%)"), "vi") == (100, 50)
