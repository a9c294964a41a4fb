"""The top of every page: the name, which leads home, and the languages."""

from __future__ import annotations

import streamlit as st

from casebase.i18n import LANGUAGES
from casebase.ui.navigation import SEARCH_PAGE
from casebase.ui.state import LANG, address, page_language, put, t


def _choose_language() -> None:
    put(LANG, st.session_state["page-language"] or page_language())


def frame() -> None:
    """Draw the top of the page."""
    with st.container(key="frame", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.page_link(SEARCH_PAGE, label=f"**{t('ui.name')}**", query_params=address(), icon=":material/lightbulb:")
        st.session_state["page-language"] = page_language()
        st.segmented_control(
            t("ui.language"),
            LANGUAGES,
            format_func=lambda code: t(f"ui.languages.{code}"),
            key="page-language",
            on_change=_choose_language,
            required=True,
            label_visibility="collapsed",
        )
