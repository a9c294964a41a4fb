"""Một trường hợp: the story in five sections, its facts, figures, sources, and the cases like it."""

from __future__ import annotations

import streamlit as st

from casebase.bootstrap import installed
from casebase.domain.case import CaseId
from casebase.errors import CaseNotFoundError
from casebase.i18n import describe_error
from casebase.services.browsing import read_case
from casebase.ui.components.story import (
    building_blocks,
    facts,
    figures,
    headline,
    notice,
    similar_cases,
    sources,
    story,
    useful_when,
)
from casebase.ui.navigation import SEARCH_PAGE
from casebase.ui.state import CASE, address, last_search, page_language, t

_SIMILAR = 4

services = installed()
came_from = last_search()
back = t("ui.case.to_results" if came_from else "ui.case.to_search")
st.page_link(SEARCH_PAGE, label=back, query_params=address(**came_from), icon=":material/arrow_back:")

try:
    case = read_case(st.query_params.get(CASE, ""), store=services.store).case
except CaseNotFoundError as error:
    st.title(t("ui.case.not_found"), anchor=False)
    st.info(describe_error(error, page_language()), icon=":material/search_off:")
    st.stop()

headline(case)
useful_when(case)
notice(case)
left, right = st.columns([2, 1], gap="large")
with left:
    story(case)
with right:
    facts(case)
    figures(case)
    building_blocks(case)
    sources(case)
    similar_cases(services.similar(CaseId(case.id), limit=_SIMILAR, reader=page_language()))
