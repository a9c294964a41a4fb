"""The cases to look at: the map of all with those found standing out, and how those spread. Costs nothing while it is closed."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from casebase.domain.vocabulary import label
from casebase.services.mapping import spread
from casebase.ui.components.chart import SHAPES, chosen, figure, look
from casebase.ui.navigation import CASE_PAGE
from casebase.ui.state import CASE, MAP, address, bind_open, page_language, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casebase.domain.case import CaseStudy
    from casebase.services.mapping import Dot, SolutionMap, Spread

_TALLEST = 6.5
"""Height of the column of the year with most cases, in rem."""


def overview(map_of_all: SolutionMap, found: Sequence[CaseStudy] = ()) -> None:
    """Offer map and spread; draw them only when they are open. Whether they are is part of the address."""
    changed = bind_open(MAP)
    opened = st.expander(t("ui.map.open"), key=MAP, on_change=changed, icon=":material/scatter_plot:")
    if opened.open:
        with opened:
            _map(map_of_all, found)
            if found:
                _spread(spread(found))


def _map(map_of_all: SolutionMap, found: Sequence[CaseStudy]) -> None:
    with st.spinner(t("ui.map.drawing")):
        dots = map_of_all.dots(page_language())
    if not dots:
        st.info(t("ui.map.not_ready"), icon=":material/hourglass_top:")
        return
    says = [t("ui.map.how"), t("ui.map.hits", hits=len(found)) if found else ""]
    st.caption(" ".join(filter(None, says)))
    drawn = st.plotly_chart(
        figure(dots, {case.id for case in found}, theme=st.context.theme.type),
        key="map-chart",
        on_select="rerun",
        selection_mode="points",
        config={"displayModeBar": False},
        alt=_in_words(dots, found),
    )
    _legend(dots)
    if case_id := chosen(drawn.selection):
        st.switch_page(CASE_PAGE, query_params=address(**{CASE: case_id}))


def _in_words(dots: Sequence[Dot], found: Sequence[CaseStudy]) -> str:
    """Return what the map shows, for those who do not see it."""
    sectors = Counter([case.sectors[0] for case in found] or [dot.sector for dot in dots])
    listed = ", ".join(f"{_name(sector)} {count}" for sector, count in sectors.most_common())
    if found:
        return t("ui.map.alt", cases=len(dots), hits=len(found), sectors=listed)
    return t("ui.map.alt_all", cases=len(dots), sectors=listed)


def _name(sector: str) -> str:
    return label("sectors", sector, page_language())


def _legend(dots: Sequence[Dot]) -> None:
    """Name the sectors below the map, most cases first. Not Plotly's own legend: that one leaves a phone no room for the map."""
    entries = [
        f'<li><span aria-hidden="true" style="color:{look(sector).colour}">{SHAPES[look(sector).shape]}</span> '
        f"{escape(_name(sector))} · {count}</li>"
        for sector, count in Counter(dot.sector for dot in dots).most_common()
    ]
    st.html(f'<ul class="cb-legend" aria-label="{escape(t("ui.map.legend"))}">{"".join(entries)}</ul>')


def _spread(counted: Spread) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        _by_sector(counted.sectors)
    with right:
        _by_year(counted.years)
        if counted.undated:
            st.caption(t("ui.spread.undated", count=counted.undated))


def _by_sector(counted: Sequence[tuple[str, int]]) -> None:
    most = max(count for _, count in counted)
    rows = [
        f'<li>{escape(_name(sector))} · {count}<div class="cb-bar" style="width:{100 * count // most}%"></div></li>'
        for sector, count in counted
    ]
    st.html(f'<p class="cb-spread-title">{escape(t("ui.spread.sectors"))}</p><ul class="cb-spread">{"".join(rows)}</ul>')


def _by_year(counted: Sequence[tuple[int, int]]) -> None:
    """Draw one column a year; a year without a case keeps its gap and is not read aloud."""
    if not counted:
        return
    most = max(count for _, count in counted)
    columns = [
        f"<li{'' if count else ' aria-hidden=true'}><span>{count or ''}</span>"
        f'<div style="height:{_TALLEST * count / most:.2f}rem"></div><span>{year}</span></li>'
        for year, count in counted
    ]
    st.html(f'<p class="cb-spread-title">{escape(t("ui.spread.years"))}</p><ol class="cb-years">{"".join(columns)}</ol>')
