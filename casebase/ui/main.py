"""The router: frame around the page, and which page it is."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from casebase.ui.components.frame import frame
from casebase.ui.navigation import CASE_PAGE, SEARCH_PAGE
from casebase.ui.state import t

HERE = Path(__file__).parent

st.set_page_config(page_title=t("ui.name"), page_icon=str(HERE / "icon.svg"), layout="wide", initial_sidebar_state="auto")
st.html(HERE / "style.css")
pages = [
    st.Page(SEARCH_PAGE, title=t("ui.search.page"), url_path="search", default=True),
    st.Page(CASE_PAGE, title=t("ui.case.page"), url_path="case"),
]
page = st.navigation(pages, position="hidden")
frame()
page.run()
