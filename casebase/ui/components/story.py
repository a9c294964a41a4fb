"""The parts of the page of one case."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from casebase.domain.case import TranslationMethod
from casebase.domain.query import Relevance
from casebase.domain.vocabulary import label
from casebase.services import formatting
from casebase.services.rendering import render_markdown
from casebase.ui.components.cards import small_card
from casebase.ui.components.text import label_text
from casebase.ui.state import ORIGINAL, page_language, put, t

if TYPE_CHECKING:
    from casebase.domain.case import CaseStudy, Metric
    from casebase.domain.query import SearchResult


def language_name(code: str) -> str:
    """Return the name of a language as it stands inside a sentence of the page: tiếng Anh, English."""
    name = label("languages", code, page_language())
    return name[0].lower() + name[1:] if page_language() == "vi" else name


def _shows_original() -> bool:
    return ORIGINAL in st.query_params


def headline(case: CaseStudy) -> None:
    """Draw title, summary and the choice between translation and original."""
    lang = case.lang if _shows_original() else page_language()
    title, summary, method = case.headline(lang)
    st.title(label_text(title), anchor=False)
    st.html(f'<div class="cb">{escape(summary)}</div>')
    if method is not None:
        original = language_name(case.lang)
        who = t("ui.case.machine_translated" if method is TranslationMethod.MACHINE else "ui.case.human_translated", lang=original)
        _choice(who, t("ui.case.see_original"), "1")
    elif _shows_original():
        _choice(t("ui.case.is_original"), t("ui.case.see_translation"), "")


def _choice(says: str, offer: str, value: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="cb cb-facts">{escape(says)}</div>', width="content")
        st.button(offer, on_click=put, args=(ORIGINAL, value), type="tertiary", icon=":material/translate:")


def useful_when(case: CaseStudy) -> None:
    """Say whom the case helps, in the words of people with that problem."""
    _, told = _told(case)
    if told.useful_when:
        with st.expander(t("section.useful_when"), icon=":material/help:"):
            st.markdown("\n".join(f"- {label_text(line)}" for line in told.useful_when))


def notice(case: CaseStudy) -> None:
    """Say where the facts come from, on every page of a case from public sources."""
    if case.provenance == "public-sources":
        st.info(t("ui.case.public_sources"), icon=":material/info:")


def _told(case: CaseStudy) -> tuple[str, CaseStudy]:
    """Return the language that the page tells the case in, and the case in the words of that language."""
    translation = None if _shows_original() else case.translation(page_language())
    return (translation.lang, case.worded(translation.lang)) if translation else (case.lang, case)


def story(case: CaseStudy) -> None:
    """Draw the five sections, in the reader's language where there is a whole translation."""
    lang, told = _told(case)
    if lang != page_language() and not _shows_original():
        st.caption(t("ui.case.only_original", lang=language_name(lang)))
    for section, source in told.sections.items():
        st.header(t(f"section.{section.value}"), anchor=section.value, divider="gray")
        body = render_markdown(source) if source else f"<p>{escape(t('ui.case.empty_section'))}</p>"
        st.html(f'<div class="cb cb-section" lang="{lang}">{body}</div>')


def facts(case: CaseStudy) -> None:
    """Draw what a reader compares with their own situation."""
    lang, told = page_language(), _told(case)[1]
    rows = {
        "agency": told.agency.name,
        "on_behalf_of": told.on_behalf_of or "",
        "place": formatting.place(told, lang),
        "level": label("levels", case.level, lang),
        "period": formatting.period(case.period, lang),
        "sectors": ", ".join(label("sectors", code, lang) for code in case.sectors),
        "challenges": "; ".join(label("challenges", code, lang) for code in case.challenges),
        "solution_areas": "; ".join(label("solution_areas", code, lang) for code in case.solution_areas),
        "stage": label("stages", case.stage, lang),
        "outcome": label("outcomes", case.outcome, lang),
        "technologies": "; ".join(told.technologies),
        "beneficiaries": "; ".join(told.beneficiaries),
        "legal_basis": "; ".join(case.legal_basis),
        "evidence": label("evidence_levels", case.evidence_level, lang),
        "completeness": _completeness(case),
    }
    st.subheader(t("ui.case.facts"), anchor=False)
    listed = "".join(f"<dt>{escape(t(f'ui.fact.{name}'))}</dt><dd>{escape(value)}</dd>" for name, value in rows.items() if value)
    st.html(f'<dl class="cb-facts-list">{listed}</dl>')


def _completeness(case: CaseStudy) -> str:
    missing = ", ".join(t(f"section.{section.value}") for section in case.missing)
    return f"{case.completeness}% ({t('ui.case.missing', sections=missing)})" if missing else f"{case.completeness}%"


def figures(case: CaseStudy) -> None:
    """Draw the figures, before and after, with bars where both are plain numbers."""
    lang, told = _told(case)
    if told.metrics:
        st.subheader(t("ui.case.figures"), anchor="figures")
        st.html(f'<div class="cb" lang="{lang}">' + "".join(_figure(metric, lang) for metric in told.metrics) + "</div>")


def _figure(metric: Metric, lang: str) -> str:
    after, remark = formatting.value_and_remark(metric.after)
    value = " ".join([f"<b>{escape(after)}</b>", *(escape(part) for part in (metric.unit, remark) if part)])
    if metric.before:
        value = f'<span class="cb-facts">{escape(metric.before)} → </span>{value}'
    notes = [
        formatting.partial_date(metric.as_of, page_language()) if metric.as_of else "",
        metric.method or "",
        t("ui.case.source_number", number=metric.source) if metric.source else "",
    ]
    drawn = ""
    if lengths := formatting.bars(metric, lang):
        drawn = (
            f'<div class="cb-bar before" style="width:{lengths[0]}%" role="img" aria-label="{escape(t("ui.case.before"))}"></div>'
            f'<div class="cb-bar" style="width:{lengths[1]}%" role="img" aria-label="{escape(t("ui.case.after"))}"></div>'
        )
    small = escape(" · ".join(note for note in notes if note))
    return f'<div class="cb-metric">{escape(metric.indicator)}<br>{value}{drawn}<small>{small}</small></div>'


def building_blocks(case: CaseStudy) -> None:
    """List the parts that another agency can take over."""
    blocks = _told(case)[1].building_blocks
    if blocks:
        st.subheader(t("ui.case.building_blocks"), anchor="building-blocks")
        kinds = [label("building_block_kinds", block.kind, page_language()) for block in blocks]
        items = "".join(
            f"<li>{_linked(block.name, block.link)}<br><small>{escape(kind)}</small></li>"
            for block, kind in zip(blocks, kinds, strict=True)
        )
        st.html(f'<ul class="cb cb-facts">{items}</ul>')


def _linked(text: str, url: str | None) -> str:
    """Return the text as HTML, as a link that opens beside the page where there is an address."""
    if not url:
        return escape(text)
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer nofollow">{escape(text)}</a>'


def sources(case: CaseStudy) -> None:
    """List where the facts come from, numbered as the figures name them."""
    if not case.sources:
        return
    st.subheader(t("ui.case.sources"), anchor="sources")
    items = []
    for source in case.sources:
        published = formatting.partial_date(source.published, page_language()) if source.published else ""
        about = escape(", ".join(part for part in (source.publisher or "", published) if part))
        items.append(f"<li>{_linked(source.title, source.url)}<br><small>{about}</small></li>")
    st.html(f'<ol class="cb cb-facts">{"".join(items)}</ol>')


def similar_cases(result: SearchResult) -> None:
    """List the cases like this one; those that are not like it at all are left out."""
    alike = [hit.case for hit in result.hits if hit.relevance is not Relevance.DISTANT]
    if alike:
        st.subheader(t("ui.case.similar"), anchor=False)
        for case in alike:
            small_card(case)
