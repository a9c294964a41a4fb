"""The filters beside a result. What is chosen is in the address; each value says how many cases it would leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from casebase.domain.query import VOCABULARY_OF, Facet, Filters
from casebase.domain.vocabulary import countries, label
from casebase.services import formatting
from casebase.ui.state import YEARS, asked_range, bind_choices, bind_range, page_language, put, t

if TYPE_CHECKING:
    from casebase.services.browsing import Library

_ALWAYS_OPEN = (Facet.SECTOR, Facet.CHALLENGE, Facet.LEVEL, Facet.OUTCOME)
_MORE = tuple(facet for facet in Facet if facet not in (*_ALWAYS_OPEN, Facet.YEAR))
PARAMETERS = (*(facet.value for facet in Facet if facet is not Facet.YEAR), YEARS)
"""What of an address filters."""


def value_label(facet: Facet, value: str, lang: str) -> str:
    """Return how a value of a facet reads."""
    if facet is Facet.PLACE:
        return formatting.province(value, lang)
    if facet in VOCABULARY_OF:
        return label(VOCABULARY_OF[facet], value, lang)
    return countries(lang).get(value, value) if facet is Facet.COUNTRY else value


def asked_filters(library: Library) -> Filters:
    """Return the filters that the address asks for; values that the library does not have ask for nothing."""
    known = {facet: {value for value, _ in values} for facet, values in library.facets}
    chosen = [
        (facet, [value for value in st.query_params.get_all(facet.value) if value in known[facet]])
        for facet in (*_ALWAYS_OPEN, *_MORE)
    ]
    years = _years(library)
    asked = asked_range(YEARS, years)
    between = range(asked[0], asked[1] + 1) if years and asked != years else ()
    return Filters.of([*chosen, (Facet.YEAR, map(str, between))])


def _years(library: Library) -> tuple[int, int] | None:
    """Return the first and the last year of the library's cases; None where there is nothing to choose between."""
    known = sorted(int(year) for year, _ in dict(library.facets)[Facet.YEAR])
    return (known[0], known[-1]) if known and known[0] < known[-1] else None


def _choice(facet: Facet, counted: dict[str, int], chosen: frozenset[str]) -> None:
    lang = page_language()
    offered = [value for value, count in counted.items() if count or value in chosen]
    st.multiselect(
        t(f"ui.facets.{facet.value}"),
        offered,
        format_func=lambda value: f"{value_label(facet, value, lang)} ({counted[value]})",
        key=facet.value,
        on_change=bind_choices(facet.value, offered),
        placeholder=t("ui.filters.any"),
        select_all=False,  # Streamlit offers it in English only
    )


def _clear() -> None:
    for name in PARAMETERS:
        put(name, "")


def filters(library: Library, chosen: Filters) -> None:
    """Draw the filters in the sidebar; `library` counts what the filters chosen leave."""
    counts = {facet: dict(values) for facet, values in library.facets}
    with st.sidebar:
        st.subheader(t("ui.filters.title"))
        for facet in _ALWAYS_OPEN:
            _choice(facet, counts[facet], chosen.values(facet))
        with st.expander(t("ui.filters.more"), expanded=any(name in st.query_params for name in (*_MORE, YEARS))):
            if years := _years(library):
                st.slider(t("ui.facets.year"), *years, key=YEARS, on_change=bind_range(YEARS, years))
            for facet in _MORE:
                _choice(facet, counts[facet], chosen.values(facet))
        if chosen:
            st.button(t("ui.filters.clear"), on_click=_clear, icon=":material/filter_alt_off:", width="stretch")
