"""Provinces before and after the mergers of 2025."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vietnam_provinces import Province

from casebase.domain.places import (
    find_provinces,
    province_of_today,
    provinces,
    same_ground,
    was_merged,
    with_provinces_of_today,
)


def test_the_provinces_of_today_are_those_of_the_statistics_office() -> None:
    official = {province.name.replace("Thành phố Hồ", "TP. Hồ").replace("Thành phố ", "") for province in Province.iter_all()}
    assert {province.name for province in provinces()} == official


def test_each_of_the_63_former_provinces_belongs_to_one_of_today() -> None:
    former = [name for province in provinces() for name in province.former]
    unchanged_in_name = [province.name for province in provinces() if province.name != "Huế"]
    assert len(set(former) | set(unchanged_in_name)) == len(former) + len(unchanged_in_name) == 63


def test_names_are_written_as_the_library_writes_them() -> None:
    assert all(
        name == name.strip() and "oà" not in name and "uỷ" not in name for one in provinces() for name in (one.name, *one.former)
    )


def test_a_former_province_counts_under_that_of_today_and_other_places_stay() -> None:
    assert with_provinces_of_today(["Hà Nam", "Kỳ Sơn", "Ninh Bình"]) == ("Hà Nam", "Kỳ Sơn", "Ninh Bình")
    assert with_provinces_of_today(["Nam Định"]) == ("Nam Định", "Ninh Bình")
    assert with_provinces_of_today(["Lạng Sơn"]) == ("Lạng Sơn",)
    assert (province_of_today("Hà Nam"), province_of_today("Ninh Bình"), province_of_today("Seoul")) == (
        "Ninh Bình",
        "Ninh Bình",
        None,
    )
    assert was_merged("Hà Nam")
    assert not was_merged("Ninh Bình")
    assert not was_merged("Seoul")


@pytest.mark.parametrize(
    ("place", "others"),
    [
        ("Ninh Bình", ("Hà Nam", "Nam Định")),
        ("Hà Nam", ("Ninh Bình",)),
        ("Lạng Sơn", ()),
        ("Huế", ("Thừa Thiên Huế",)),
        ("Seoul", ()),
    ],
)
def test_a_province_has_the_other_names_its_stories_are_told_under(place: str, others: tuple[str, ...]) -> None:
    assert same_ground(place) == others


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("kinh nghiệm của Ninh Bình và Thừa Thiên Huế", ["Ninh Bình", "Thừa Thiên Huế"]),
        ("xã tôi ở tỉnh Hoà Bình", ["Hòa Bình"]),
        ("giữ gìn hòa bình ở Hà Nội", ["Hà Nội"]),
        ("Hòa bình và phát triển", []),
        ("hòa bình", ["Hòa Bình"]),
        ("làm thẻ ở TP.HCM, Sài Gòn, Kontum", ["TP. Hồ Chí Minh", "TP. Hồ Chí Minh", "Kon Tum"]),
        ("Ninh Bìnhx, Bà Hà Namy", []),
        ("", []),
    ],
)
def test_provinces_are_found_in_a_text(text: str, names: list[str]) -> None:
    assert [mention.name for mention in find_provinces(text)] == names


@given(st.text(max_size=80))
def test_what_is_found_lies_inside_the_text_in_order(text: str) -> None:
    ends = [0, *(place for mention in find_provinces(text) for place in (mention.start, mention.end)), len(text)]
    assert ends == sorted(ends)
