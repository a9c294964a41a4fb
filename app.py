"""The ASGI entry: the Streamlit pages of casebase/ui with the routes of casebase/web around them.

Run with `casebase serve`, or `streamlit run app.py`.
"""

from __future__ import annotations

import streamlit as st

from casebase.ui.errors import show_script_error
from casebase.web.lifespan import warm_up
from casebase.web.middleware import middleware
from casebase.web.routes import routes

app = st.App(
    "casebase/ui/main.py",
    routes=routes(),
    middleware=middleware(),
    lifespan=warm_up,
    on_script_error=show_script_error,
)
