"""Hoàn cảnh của tôi: who searches. Kept for the visit, not in the address: a link is for everybody."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from casebase.domain.places import provinces
from casebase.domain.query import Facet
from casebase.domain.situation import FACETS, Situation
from casebase.domain.vocabulary import vocabularies
from casebase.ui.components.filters import value_label
from casebase.ui.state import page_language, t

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOLD = "situation"
_ABROAD = "-abroad"
_MOST = {Facet.LEVEL: 1, Facet.PLACE: 1, Facet.SECTOR: 3, Facet.CHALLENGE: 3}


def told_situation() -> Situation:
    """Return what the searcher has told of themselves in this visit."""
    return Situation.of(st.session_state.get(_TOLD, {}))


def _offered(facet: Facet) -> Sequence[str]:
    if facet is Facet.PLACE:
        return sorted(name for province in provinces() for name in (province.name, *province.former))
    if facet is Facet.LEVEL:
        return [code for code in vocabularies()["levels"] if not code.endswith(_ABROAD)]
    return list(vocabularies()[f"{facet.value}s"])


def _keep(facet: Facet, key: str) -> None:
    st.session_state[_TOLD] = {**st.session_state.get(_TOLD, {}), facet: tuple(st.session_state[key])}


def _forget() -> None:
    st.session_state[_TOLD] = {}


def situation() -> None:
    """Ask for the situation in the sidebar."""
    told, lang = st.session_state.get(_TOLD, {}), page_language()
    with st.sidebar, st.expander(t("ui.situation.title"), icon=":material/person_pin_circle:"):
        st.caption(t("ui.situation.why"))
        for facet in FACETS:
            key = f"{_TOLD}-{facet.value}"
            st.session_state[key] = list(told.get(facet, ()))
            st.multiselect(
                t(f"ui.facets.{facet.value}"),
                _offered(facet),
                format_func=partial(value_label, facet, lang=lang),
                key=key,
                on_change=_keep,
                args=(facet, key),
                max_selections=_MOST[facet],
                placeholder=t("ui.situation.untold"),
                select_all=False,
            )
        if told_situation():
            st.button(t("ui.situation.forget"), on_click=_forget, type="tertiary", icon=":material/close:")
