"""The pages by name, so that any part can link to any page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_PAGES = Path(__file__).parent / "pages"

SEARCH_PAGE = st.Page(_PAGES / "search.py", title="Tìm lời giải", url_path="search", default=True)
CASE_PAGE = st.Page(_PAGES / "case.py", title="Trường hợp", url_path="case")
