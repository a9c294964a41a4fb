"""A found case as a card: what it is, why it was found, where the facts come from."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from casebase.domain.case import TranslationMethod
from casebase.domain.query import Relevance
from casebase.domain.vocabulary import label
from casebase.services import formatting
from casebase.services.rendering import render_marked
from casebase.ui.components.filters import value_label
from casebase.ui.components.text import label_text
from casebase.ui.navigation import CASE_PAGE
from casebase.ui.state import CASE, LESS, MORE, add_to, address, listed, page_language, t

if TYPE_CHECKING:
    from casebase.domain.case import CaseStudy
    from casebase.domain.query import Hit, Part
    from casebase.domain.situation import Comparison

_MOST_PHRASES = 4
_A_FEW = 2


def facts_line(case: CaseStudy) -> str:
    """Return agency · place · level · years · sectors · language as one line of plain text."""
    lang = page_language()
    told = case.worded(lang)
    facts = [
        told.agency.name,
        formatting.place(told, lang),
        label("levels", case.level, lang),
        formatting.period(case.period, lang),
        ", ".join(label("sectors", sector, lang) for sector in case.sectors),
        label("languages", case.lang, lang) if case.lang != lang else "",
    ]
    return " · ".join(dict.fromkeys(fact for fact in facts if fact))


def notices(case: CaseStudy) -> list[str]:
    """Return what a reader must know before believing: provenance, machine translation."""
    lang = page_language()
    found = [label("provenances", case.provenance, lang)]
    if case.headline(lang)[2] is TranslationMethod.MACHINE:
        found.append(t("ui.machine_translation"))
    return found


def _section_words(part: Part) -> str:
    """Return a section's name and the words of the query it holds, as HTML."""
    name = escape(t(f"section.{part.section.value}"))
    words = escape(", ".join(part.phrases[:_MOST_PHRASES]))
    return f'<span class="cb-part {part.relevance.value}"><b>{name}</b>{f" ({words})" if words else ""}</span>'


def _where(hit: Hit) -> str:
    """Return which sections match and by what, as HTML; nothing where only one does, for it is quoted above."""
    if len(hit.reason.parts) < _A_FEW:
        return ""
    sections = " · ".join(map(_section_words, hit.reason.parts))
    return f'<p class="cb-facts cb-parts">{escape(t("ui.card.where"))} {sections}</p>'


def _beside_own(compared: Comparison | None) -> str:
    """Return what is as in the searcher's situation and what differs, as HTML."""
    if compared is None:
        return ""
    lang, chips = page_language(), []
    for key, values in (("same", compared.same), ("differs", compared.differs)):
        named = "; ".join(", ".join(value_label(facet, value, lang) for value in of_case) for facet, of_case in values)
        if named:
            chips.append(f'<span class="cb-tag {key}">{escape(t(f"ui.card.{key}", values=named))}</span>')
    return f"<div>{''.join(chips)}</div>" if chips else ""


def _examples(case: CaseStudy) -> None:
    """Offer to see more, or fewer, cases like this one."""
    with st.container(horizontal=True, gap="small"):
        for key, icon in ((MORE, ":material/add:"), (LESS, ":material/remove:")):
            if case.id not in (*listed(MORE), *listed(LESS)):
                label_of = t(f"ui.card.{key}")
                st.button(label_of, key=f"{key}-{case.id}", on_click=add_to, args=(key, case.id), icon=icon, type="tertiary")


def title_link(case: CaseStudy) -> None:
    """Draw the title as a link to the case."""
    title = case.headline(page_language())[0]
    st.page_link(CASE_PAGE, label=f"**{label_text(title)}**", query_params=address(**{CASE: case.id}))


def hit_card(hit: Hit) -> None:
    """Draw a hit."""
    close = " close" if hit.relevance in (Relevance.VERY_CLOSE, Relevance.CLOSE) else ""
    why = ""
    if hit.reason.sentence:
        quoted = render_marked(hit.reason.sentence, hit.reason.matched)
        section = t(f"section.{hit.reason.section.value}")
        why = (
            f'<p class="cb-why"><b>{escape(t("ui.card.why"))}</b> <q lang="{hit.reason.lang}">{quoted}</q> '
            f'<span class="cb-facts">— {escape(t("ui.card.section", section=section))}</span></p>'
        )
    with st.container(border=True, gap="xxsmall"):
        title_link(hit.case)
        st.html(
            f'<div class="cb"><span class="cb-facts">{escape(facts_line(hit.case))}</span>{why}'
            f'<span class="cb-tag{close}">{escape(t(f"relevance.{hit.relevance.value}"))}</span>'
            f'<span class="cb-notice">{escape(" · ".join(notices(hit.case)))}</span>'
            f"{_where(hit)}{_beside_own(hit.compared)}</div>"
        )
        for other in hit.alike:
            st.html(f'<div class="cb cb-facts">{escape(t("ui.card.alike"))}</div>')
            title_link(other)
        _examples(hit.case)


def small_card(case: CaseStudy) -> None:
    """Draw a case in two lines: title and facts."""
    with st.container(gap="xxsmall"):
        title_link(case)
        st.html(f'<div class="cb cb-facts">{escape(facts_line(case))}</div>')
