"""Tìm lời giải: one box, the comparable cases, why each one fits."""

from __future__ import annotations

import streamlit as st

from casebase.bootstrap import installed
from casebase.domain.case import NARRATIVE, Section
from casebase.domain.query import Facet, SearchQuery
from casebase.services.browsing import browse, describe_library, newest_cases
from casebase.ui.components.filters import filters
from casebase.ui.components.overview import overview
from casebase.ui.components.results import browsed, results, shown_hits
from casebase.ui.components.welcome import welcome
from casebase.ui.state import QUERY, SECTION, VERBATIM, bind_choice, bind_text, page_language, remember_search, restore_search, t

_EVERYWHERE = "all"
_MOST_HITS = 20

services = installed()
library = describe_library(services.index)
restore_search()

st.title(t("ui.search.title"), anchor=False)
text = st.text_input(
    t("ui.search.label"),
    key=QUERY,
    on_change=bind_text(QUERY),
    placeholder=t("ui.search.placeholder"),
    icon=":material/search:",
    max_chars=2000,
    label_visibility="collapsed",
)
filtered = any(facet.value in st.query_params for facet in Facet)

typed = (text or "").strip()
remember_search()
if not typed and not filtered:
    welcome(library, newest_cases(store=services.store, index=services.index), map_of_all=services.map)
elif not typed:
    found = browse(filters(library), store=services.store, index=services.index)
    browsed(found, library.cases)
    overview(services.map, found)
else:
    chosen = filters(library)
    sections = [_EVERYWHERE, *(section.value for section in NARRATIVE)]
    changed = bind_choice(SECTION, sections, _EVERYWHERE)
    section = st.pills(
        t("ui.search.section"),
        sections,
        format_func=lambda name: t(f"ui.search.{name}") if name == _EVERYWHERE else t(f"section.{name}"),
        key=SECTION,
        on_change=changed,
        required=True,
        label_visibility="collapsed",
    )
    query = SearchQuery(
        typed,
        limit=_MOST_HITS,
        section=None if section in (None, _EVERYWHERE) else Section(section),
        filters=chosen,
        verbatim=VERBATIM in st.query_params,
        reader=page_language(),
    )
    answer = services.search(query)
    results(answer)
    overview(services.map, [hit.case for hit in shown_hits(answer)])
