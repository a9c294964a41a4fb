"""The state of a page lives in its address: a search is a link, a case is a link, the language too.

Widgets are set from the address before they are drawn and write to it when they change, so reload, back, and a pasted link all
show the same page.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from casebase.bootstrap import installed_settings
from casebase.i18n import LANGUAGES, translate

if TYPE_CHECKING:
    from collections.abc import Callable

QUERY, VERBATIM, LANG, CASE, SECTION, ORIGINAL, MAP = "q", "verbatim", "lang", "id", "section", "original", "map"
ORDER, YEARS, MORE, LESS = "sort", "years", "more", "less"

_RANGE = re.compile(r"(\d{1,4})-(\d{1,4})")
_MOST_LISTED = 10


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


def asked_range(key: str, widest: tuple[int, int] | None) -> tuple[int, int]:
    """Return the range of whole numbers in the address (`2019-2024`) within the widest, or the widest where it names none."""
    first, last = widest or (0, 0)
    found = _RANGE.fullmatch(st.query_params.get(key, ""))
    asked = sorted(min(max(int(end), first), last) for end in found.groups()) if found else [first, last]
    return asked[0], asked[1]


def bind_range(key: str, widest: tuple[int, int]) -> Callable[[], None]:
    """Set a slider with two ends from the address; return what it must call when it changes."""
    st.session_state[key] = asked_range(key, widest)
    return lambda: put(key, "" if st.session_state[key] == widest else "{}-{}".format(*st.session_state[key]))


def listed(key: str) -> tuple[str, ...]:
    """Return the values of a parameter that may stand several times in the address, each once."""
    return tuple(dict.fromkeys(st.query_params.get_all(key)))[:_MOST_LISTED]


def add_to(key: str, value: str) -> None:
    """Write one more value of a parameter into the address."""
    st.query_params[key] = [*listed(key), value]


def take_from(key: str, value: str) -> None:
    """Take a value of a parameter out of the address."""
    st.query_params[key] = [other for other in listed(key) if other != value]


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
