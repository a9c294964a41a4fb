"""The filters beside a result, with how many cases each value has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from casebase.domain.query import VOCABULARY_OF, Facet, Filters
from casebase.domain.vocabulary import countries, label
from casebase.services import formatting
from casebase.ui.state import bind_choices, page_language, put, t

if TYPE_CHECKING:
    from casebase.services.browsing import Library

_ALWAYS_OPEN = (Facet.SECTOR, Facet.CHALLENGE, Facet.LEVEL, Facet.OUTCOME)
_MORE = tuple(facet for facet in Facet if facet not in _ALWAYS_OPEN)


def value_label(facet: Facet, value: str, lang: str) -> str:
    """Return how a value of a facet reads."""
    if facet is Facet.PLACE:
        return formatting.province(value, lang)
    if facet in VOCABULARY_OF:
        return label(VOCABULARY_OF[facet], value, lang)
    return countries(lang).get(value, value) if facet is Facet.COUNTRY else value


def _filter(facet: Facet, counted: dict[str, int]) -> tuple[Facet, list[str]]:
    lang = page_language()
    known = list(counted)
    changed = bind_choices(facet.value, known)
    chosen = st.multiselect(
        t(f"ui.facets.{facet.value}"),
        known,
        format_func=lambda value: f"{value_label(facet, value, lang)} ({counted[value]})",
        key=facet.value,
        on_change=changed,
        placeholder=t("ui.filters.any"),
    )
    return facet, chosen


def _clear() -> None:
    for facet in Facet:
        put(facet.value, "")


def filters(library: Library) -> Filters:
    """Draw the filters in the sidebar and return what is chosen."""
    counts = {facet: dict(values) for facet, values in library.facets}
    with st.sidebar:
        st.subheader(t("ui.filters.title"))
        chosen = [_filter(facet, counts[facet]) for facet in _ALWAYS_OPEN]
        more_chosen = any(facet.value in st.query_params for facet in _MORE)
        with st.expander(t("ui.filters.more"), expanded=more_chosen):
            chosen += [_filter(facet, counts[facet]) for facet in _MORE]
        found = Filters.of(chosen)
        if found:
            st.button(t("ui.filters.clear"), on_click=_clear, icon=":material/filter_alt_off:", width="stretch")
    return found
