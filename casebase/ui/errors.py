"""What a person sees when a page fails: a number to quote, never a traceback."""

from __future__ import annotations

import logging
import secrets

import streamlit as st

from casebase.errors import CasebaseError
from casebase.i18n import describe_error
from casebase.ui.state import page_language, t

log = logging.getLogger(__name__)


def show_script_error(error: Exception) -> bool:
    """Log the error under a number, show the number and what to do; True keeps Streamlit from showing more."""
    if isinstance(error, CasebaseError):
        log.warning("page failed: %s", error)
        st.error(describe_error(error, page_language()), icon=":material/error:")
        return True
    number = secrets.token_hex(4)
    log.error("page failed, error %s", number, exc_info=error)
    st.error(t("ui.error.unexpected", number=number), icon=":material/error:")
    return True
