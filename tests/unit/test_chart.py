"""The drawing of the map: who stands out, what the pointer shows, which colours."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from casebase.domain.case import CaseId
from casebase.domain.vocabulary import vocabularies
from casebase.services.mapping import Dot
from casebase.ui.components.chart import _THEMES, COLOURS, SHAPES, chosen, figure, look

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
ONE = Dot(CaseId("one"), 0.1, 0.2, "A title", "An agency", "health")
TWO = Dot(CaseId("two"), 0.3, 0.4, "<a href='javascript:x'>long</a> & " + "word " * 20, "Ministry", "smart-city")


def luminance(colour: str) -> float:
    parts = [int(part, 16) / 255 for part in re.findall("..", colour.removeprefix("#"))]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_colour_can_be_seen_in_both_themes(colour: str, theme: str) -> None:
    assert contrast(colour, CONFIG["theme"][theme]["backgroundColor"]) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ink_of_the_map_is_that_of_the_theme(theme: str) -> None:
    assert _THEMES[theme][0] == CONFIG["theme"][theme]["textColor"]


def test_no_two_sectors_look_alike() -> None:
    looks = Counter(look(sector) for sector in vocabularies()["sectors"])
    assert looks.most_common(1)[0][1] == 1
    assert {found.shape for found in looks} <= set(SHAPES)


def test_the_cases_found_are_larger_and_outlined() -> None:
    others, hits = figure([ONE, TWO], {"two"}, theme="dark")["data"]
    assert (others["customdata"], hits["customdata"]) == (["one"], ["two"])
    assert hits["marker"]["size"] > others["marker"]["size"]
    assert hits["marker"]["line"] == {"width": 2, "color": "#e8eeee"}


def test_without_a_search_every_dot_is_alike() -> None:
    others, hits = figure([ONE, TWO], set(), theme=None)["data"]
    assert others["customdata"] == ["one", "two"]
    assert hits["customdata"] == []
    assert others["marker"]["opacity"] > 0.8


def test_the_pointer_shows_title_and_agency_as_plain_text_in_short_lines() -> None:
    (shown,) = figure([TWO], set(), theme="light")["data"][0]["hovertext"]
    assert "<a" not in shown
    assert "&lt;a href='javascript:x'&gt;" in shown
    assert shown.endswith("</b><br>Ministry")
    assert max(len(line) for line in re.sub("&[a-z]+;", "?", shown).split("<br>")) < 48


@pytest.mark.parametrize(
    ("selection", "case_id"),
    [({}, None), ({"points": []}, None), ({"points": [{"x": 1}]}, None), ({"points": [{"customdata": "two"}]}, "two")],
)
def test_a_click_names_the_case(selection: dict[str, object], case_id: str | None) -> None:
    assert chosen(selection) == case_id
