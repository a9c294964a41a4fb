"""The state of a page lives in its address: a search is a link, a case is a link, the language too.

Widgets are set from the address before they are drawn and write to it when they change, so reload, back, and a pasted link all
show the same page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from casebase.bootstrap import installed_settings
from casebase.i18n import LANGUAGES, translate

if TYPE_CHECKING:
    from collections.abc import Callable

QUERY, VERBATIM, LANG, CASE, SECTION, ORIGINAL, MAP = "q", "verbatim", "lang", "id", "section", "original", "map"


def page_language() -> str:
    """Return the language of the page: from the address, else from the settings."""
    asked = st.query_params.get(LANG, "")
    return asked if asked in LANGUAGES else installed_settings().lang


def t(key: str, **values: object) -> str:
    """Return a message in the language of the page."""
    return translate(key, page_language(), **values)


def address(**parameters: str | list[str]) -> dict[str, str | list[str]]:
    """Return parameters for a link to another page, with the language of this one."""
    language: dict[str, str | list[str]] = {LANG: page_language()} if LANG in st.query_params else {}
    return {**language, **parameters}


def bind_text(key: str) -> Callable[[], None]:
    """Set a text widget from the address; return what it must call when it changes."""
    st.session_state[key] = st.query_params.get(key, "")
    return lambda: put(key, st.session_state[key])


def bind_choices(key: str, known: list[str]) -> Callable[[], None]:
    """Set a widget of several choices from the address, leaving out what is not known; return what it must call when it changes."""
    st.session_state[key] = [value for value in dict.fromkeys(st.query_params.get_all(key)) if value in known]
    return lambda: st.query_params.update({key: st.session_state[key]})


def bind_choice(key: str, known: list[str], default: str) -> Callable[[], None]:
    """Set a widget of one choice from the address; return what it must call when it changes."""
    asked = st.query_params.get(key, "")
    st.session_state[key] = asked if asked in known else default
    return lambda: put(key, "" if st.session_state[key] in (None, default) else st.session_state[key])


def bind_open(key: str) -> Callable[[], None]:
    """Set whether an expander is open from the address; return what it must call when it changes."""
    st.session_state[key] = key in st.query_params
    return lambda: put(key, "1" if st.session_state[key] else "")


def put(key: str, value: str) -> None:
    """Write one parameter of the address; an empty value removes it."""
    if value.strip():
        st.query_params[key] = value.strip()
    elif key in st.query_params:
        del st.query_params[key]


def put_all(**parameters: str) -> None:
    """Replace the whole address but for the language."""
    st.query_params.from_dict(address(**parameters))


_LAST_SEARCH = "last-search"


def remember_search() -> None:
    """Keep the address of the search that is shown, so that a case can lead back to it."""
    st.session_state[_LAST_SEARCH] = {key: st.query_params.get_all(key) for key in st.query_params if key != LANG}


def restore_search() -> None:
    """Put the last search back into an address that names a case.

    Streamlit leaves such an address in the history when a click on the map leads to a case; "back" then comes by here, and what
    is written now replaces that entry.
    """
    if CASE in st.query_params:
        st.query_params.from_dict(address(**last_search()))


def last_search() -> dict[str, list[str]]:
    """Return the address of the search that this person came from; empty for a pasted link."""
    return dict(st.session_state.get(_LAST_SEARCH, {}))
