"""What a search asks beside its filters: the need, where in a case to look, in which order, like which cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from casebase.domain.case import NARRATIVE
from casebase.ui.components.text import label_text
from casebase.ui.state import (
    LESS,
    MORE,
    ORDER,
    QUERY,
    SECTION,
    bind_choice,
    bind_text,
    listed,
    page_language,
    t,
    take_from,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from casebase.domain.case import CaseStudy
    from casebase.domain.query import Order

EVERYWHERE = "all"
_LONGEST_NEED = 2000


def query_box() -> str:
    """Draw the box for the need and return what is in it."""
    text = st.text_input(
        t("ui.search.label"),
        key=QUERY,
        on_change=bind_text(QUERY),
        placeholder=t("ui.search.placeholder"),
        icon=":material/search:",
        max_chars=_LONGEST_NEED,
        label_visibility="collapsed",
    )
    return (text or "").strip()


def section_choice() -> str:
    """Draw the sections of a case and return the one to look in, or EVERYWHERE."""
    sections = [EVERYWHERE, *(section.value for section in NARRATIVE)]
    chosen = st.pills(
        t("ui.search.section"),
        sections,
        format_func=lambda name: t(f"ui.search.{name}") if name == EVERYWHERE else t(f"section.{name}"),
        key=SECTION,
        on_change=bind_choice(SECTION, sections, EVERYWHERE),
        required=True,
        label_visibility="collapsed",
    )
    return chosen or EVERYWHERE


def order_choice(orders: Sequence[Order]) -> str:
    """Draw the orders and return the one chosen; the first is what people get unasked."""
    names = [order.value for order in orders]
    chosen = st.segmented_control(
        t("ui.order.label"),
        names,
        format_func=lambda name: t(f"ui.order.{name}"),
        key=ORDER,
        on_change=bind_choice(ORDER, names, names[0]),
        required=True,
        label_visibility="collapsed",
    )
    return chosen or names[0]


def examples_chosen(cases: Mapping[str, CaseStudy]) -> None:
    """Name the cases of which others are wanted, or not, each with a click to take it back."""
    chosen = [(key, case_id) for key in (MORE, LESS) for case_id in listed(key) if case_id in cases]
    if not chosen:
        return
    with st.container(horizontal=True, gap="small"):
        for key, case_id in chosen:
            title = cases[case_id].headline(page_language())[0]
            st.button(
                t(f"ui.like.{key}", title=label_text(title)),
                key=f"no-{key}-{case_id}",
                on_click=take_from,
                args=(key, case_id),
                icon=":material/close:",
                type="tertiary",
                help=t("ui.like.take_back"),
                wrap=True,
            )
