"""The map as Plotly takes it: plain dictionaries, so that nothing is imported before a map is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from casebase.domain.vocabulary import vocabularies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from casebase.services.mapping import Dot

Figure: TypeAlias = dict[str, Any]

COLOURS = ("#0f8b93", "#d9630d", "#8a63d2", "#d43f52", "#2f7fd6", "#3d8b37", "#a07414", "#c74f9e")
"""Each has a contrast of 3 or more with the background of both themes."""
SHAPES = {"circle": "●", "diamond": "◆", "square": "■"}
"""How Plotly calls a shape, and the character that shows it in the legend."""
_THEMES = {"light": ("#1b2526", "#ffffff"), "dark": ("#e8eeee", "#1c2627")}
"""Colour of text and of what it stands on, as .streamlit/config.toml has them."""
_HEIGHT = 400
"""Pixels. A finger that begins on the map cannot scroll the page, so a phone must show more than the map."""
_HOVER_COLUMNS = 38
"""Characters a line beside the pointer: fits into a window 390 pixels wide."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the dots of a sector look: more sectors than colours can be told apart, so the shape counts too."""

    colour: str
    shape: str


def look(sector: str) -> Look:
    """Return the look of a sector, which its place in the vocabulary decides, whatever the library holds."""
    place = list(vocabularies()["sectors"]).index(sector)
    turn = place // len(COLOURS)
    # Half a turn of colours with each shape: else the two sectors with most cases would have one colour.
    colour = COLOURS[(place + turn * len(COLOURS) // 2) % len(COLOURS)]
    return Look(colour, list(SHAPES)[turn % len(SHAPES)])


def figure(dots: Sequence[Dot], found: AbstractSet[str], *, theme: Literal["light", "dark"] | None) -> Figure:
    """Return the map. The dots of the cases found are larger, outlined, and lie above the others; without any, all are alike."""
    hits = [dot for dot in dots if dot.case_id in found]
    others = [dot for dot in dots if dot.case_id not in found]
    ink, paper = _THEMES[theme or "light"]
    quiet = {"size": 9, "opacity": 0.5} if hits else {"size": 11, "opacity": 0.9}
    loud = {"size": 16, "opacity": 1, "line": {"width": 2, "color": ink}}
    axis = {"visible": False, "fixedrange": True, "range": [-1.08, 1.08]}
    return {
        "data": [_trace(others, quiet), _trace(hits, loud)],
        "layout": {
            "xaxis": axis,
            "yaxis": axis,
            "height": _HEIGHT,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "showlegend": False,
            "hovermode": "closest",
            "hoverlabel": {"align": "left", "font": {"color": ink}, "bgcolor": paper, "bordercolor": ink},
        },
    }


def _trace(dots: Sequence[Dot], marker: Mapping[str, object]) -> Figure:
    looks = [look(dot.sector) for dot in dots]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [round(dot.x, 4) for dot in dots],
        "y": [round(dot.y, 4) for dot in dots],
        "customdata": [dot.case_id for dot in dots],
        "hovertext": [_hover(dot) for dot in dots],
        "hoverinfo": "text",
        "marker": {**marker, "color": [each.colour for each in looks], "symbol": [each.shape for each in looks]},
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": marker["opacity"]}},
    }


def _hover(dot: Dot) -> str:
    """Return title and agency. Plotly shows a few tags of HTML; a title has none, so its `<` is a character."""
    title = "<br>".join(escape(line, quote=False) for line in wrap(dot.title, _HOVER_COLUMNS))
    agency = "<br>".join(escape(line, quote=False) for line in wrap(dot.agency, _HOVER_COLUMNS))
    return f"<b>{title}</b><br>{agency}"


def chosen(selection: Mapping[str, Any]) -> str | None:
    """Return the id of the case whose dot was clicked, as the chart reports it; None while none is."""
    points = selection.get("points") or [{}]
    case_id = points[0].get("customdata")
    return str(case_id) if case_id else None
