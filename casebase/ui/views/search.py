"""Tìm lời giải: one box, the comparable cases, why each one fits."""

from __future__ import annotations

import streamlit as st

from casebase.bootstrap import installed
from casebase.domain.case import CaseId, Section
from casebase.domain.query import Order, SearchQuery
from casebase.services.browsing import browse, describe_library, newest_cases, read_cases
from casebase.ui.components.asking import EVERYWHERE, examples_chosen, order_choice, query_box, section_choice
from casebase.ui.components.filters import PARAMETERS, asked_filters, filters
from casebase.ui.components.overview import overview
from casebase.ui.components.results import browsed, results, shown_hits
from casebase.ui.components.situation import situation, told_situation
from casebase.ui.components.welcome import welcome
from casebase.ui.state import LESS, MORE, VERBATIM, listed, page_language, remember_search, restore_search, t

_MOST_HITS = 20

services = installed()
library = describe_library(services.index)
restore_search()

st.title(t("ui.search.title"), anchor=False)
typed = query_box()
filtered = any(name in st.query_params for name in PARAMETERS)
remember_search()
if not typed and not filtered:
    welcome(library, newest_cases(store=services.store, index=services.index), map_of_all=services.map)
    st.stop()

chosen = asked_filters(library)
if typed:
    situation()
filters(describe_library(services.index, chosen), chosen)
if not typed:
    order = Order(order_choice([Order.NEWEST, Order.COMPLETE]))
    found = browse(chosen, store=services.store, index=services.index, order=order)
    browsed(found, library.cases)
    overview(services.map, found)
else:
    section, order = section_choice(), Order(order_choice(list(Order)))
    more, less = listed(MORE), listed(LESS)
    answer = services.search(
        SearchQuery(
            typed,
            limit=_MOST_HITS,
            section=None if section == EVERYWHERE else Section(section),
            filters=chosen,
            verbatim=VERBATIM in st.query_params,
            reader=page_language(),
            grouped=True,
            order=order,
            situation=told_situation() or None,
            more=tuple(map(CaseId, more)),
            less=tuple(map(CaseId, less)),
        )
    )
    examples_chosen(read_cases([*more, *less], store=services.store))
    results(answer)
    overview(services.map, [hit.case for hit in shown_hits(answer)])
