"""What a search answers: how it was understood, how good the answer is, and the cases."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from casebase.domain.query import ChangeKind, Relevance, Verdict
from casebase.ui.components.cards import hit_card, small_card
from casebase.ui.components.text import label_text
from casebase.ui.state import QUERY, VERBATIM, put, t

if TYPE_CHECKING:
    from casebase.domain.case import CaseStudy
    from casebase.domain.query import Change, Hit, SearchResult

_NEAREST = 3


def understood(result: SearchResult) -> None:
    """Say what was made of the query, and offer to undo it."""
    if result.query.verbatim:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<div class="cb cb-facts">{escape(t("ui.results.verbatim"))}</div>', width="content")
            st.button(t("ui.results.understand"), on_click=put, args=(VERBATIM, ""), type="tertiary")
    elif _understood(result):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<div class="cb cb-facts">{" ".join(_understood(result))}</div>', width="content")
            st.button(t("ui.results.as_typed"), on_click=put, args=(VERBATIM, "1"), type="tertiary", icon=":material/undo:")
            for other in dict.fromkeys(change.alternative for change in _rewritten(result) if change.alternative):
                st.button(t("ui.results.or_else", text=label_text(other)), on_click=put, args=(QUERY, other), type="tertiary")
    if any(change.kind is ChangeKind.CUT for change in result.analysis.changes):
        st.caption(t("ui.results.cut"))


def _rewritten(result: SearchResult) -> list[Change]:
    return [change for change in result.analysis.changes if change.kind not in (ChangeKind.CUT, ChangeKind.PLACE)]


def _understood(result: SearchResult) -> list[str]:
    """Return the sentences, as HTML, that say what was made of the query; none where nothing was."""
    places = [change for change in result.analysis.changes if change.kind is ChangeKind.PLACE]
    told = [escape(t("ui.results.also_under", place=change.before, others=change.after)) for change in places]
    return [_read_as(result), *told] if _rewritten(result) else told


def _read_as(result: SearchResult) -> str:
    """Return what was searched, with the words that were written out or mended."""
    kinds = (ChangeKind.ABBREVIATION, ChangeKind.SPELLING)
    words = [f"{change.before} → {change.after}" for change in _rewritten(result) if change.kind in kinds]
    noted = f" ({escape('; '.join(words))})" if words else ""
    return f"{escape(t('ui.results.understood'))} <b>{escape(result.analysis.text)}</b>{noted}"


def shown_hits(result: SearchResult) -> tuple[Hit, ...]:
    """Return the hits that are worth showing: the comparable ones, or the nearest few where nothing is."""
    if result.verdict is Verdict.NONE:
        return result.hits[:_NEAREST]
    return tuple(hit for hit in result.hits if hit.relevance is not Relevance.DISTANT)


def results(result: SearchResult) -> None:
    """Draw the whole answer. Where nothing fits it says so, tells what to try, and shows the nearest, marked as such."""
    understood(result)
    if not result.by_meaning:
        st.info(t("ui.results.words_only"), icon=":material/hourglass_top:")
    if not result.total:
        st.info(t("ui.results.nothing_passes" if result.query.filters else "ui.empty_library"), icon=":material/filter_alt:")
        return
    shown = shown_hits(result)
    if result.verdict is Verdict.GOOD:
        st.markdown(t("ui.results.count", count=len(shown), total=result.total))
    else:
        st.info(t(f"ui.results.{result.verdict.value}"), icon=":material/search_off:")
    if shown and result.verdict is not Verdict.GOOD:
        st.markdown(t("ui.results.nearest"))
    for hit in shown:
        hit_card(hit)


def browsed(cases: list[CaseStudy], total: int) -> None:
    """Draw the cases that pass the filters, when nothing is searched."""
    if not cases:
        st.info(t("ui.results.nothing_passes"), icon=":material/filter_alt:")
    else:
        st.markdown(t("ui.results.browsed", count=len(cases), total=total))
    for case in cases:
        with st.container(border=True):
            small_card(case)
