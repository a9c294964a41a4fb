"""The first page before a search: problems to click, the newest cases, what the library holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from casebase.domain.query import Facet
from casebase.domain.vocabulary import label, vocabularies
from casebase.i18n import catalogue
from casebase.services import formatting
from casebase.ui.components.cards import small_card
from casebase.ui.components.overview import overview
from casebase.ui.state import QUERY, page_language, put_all, t

if TYPE_CHECKING:
    from casebase.domain.case import CaseStudy
    from casebase.services.browsing import Library
    from casebase.services.mapping import SolutionMap


def examples(group: str) -> list[str]:
    """Return the example problems of a group, in order."""
    prefix = f"ui.examples.{group}."
    return [text for key, text in catalogue(page_language()).items() if key.startswith(prefix) and not key.endswith(".title")]


def _examples(group: str) -> None:
    st.markdown(f"**{t(f'ui.examples.{group}.title')}**")
    with st.container(horizontal=True, gap="small"):
        for text in examples(group):
            st.button(text, key=f"example-{text}", on_click=put_all, kwargs={QUERY: text}, wrap=True)


def _sectors(library: Library) -> None:
    """Offer every sector that has cases, with their number."""
    counts = dict(dict(library.facets)[Facet.SECTOR])
    if not counts:
        return
    st.subheader(t("ui.by_sector"), anchor=False)
    with st.container(horizontal=True, gap="small"):
        for code in vocabularies()["sectors"]:
            if code in counts:
                offered = f"{label('sectors', code, page_language())} · {counts[code]}"
                st.button(offered, key=f"sector-{code}", on_click=put_all, kwargs={Facet.SECTOR.value: code})


def welcome(library: Library, newest: list[CaseStudy], *, map_of_all: SolutionMap) -> None:
    """Draw what there is to start from."""
    for group in ("citizens", "work", "failures"):
        _examples(group)
    _sectors(library)
    if newest:
        overview(map_of_all)
        st.subheader(t("ui.newest"), anchor=False)
        for case in newest:
            small_card(case)
    lang = page_language()
    figures = {
        "cases": formatting.number(library.cases, lang),
        "countries": formatting.number(library.countries, lang),
        "sectors": formatting.number(library.sectors, lang),
    }
    st.caption(t("ui.figures", **figures) if library.cases else t("ui.empty_library"))
