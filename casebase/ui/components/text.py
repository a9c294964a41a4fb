"""Users' text where Streamlit takes Markdown."""

from __future__ import annotations

import re

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=])")


def label_text(text: str) -> str:
    """Return plain text so that Streamlit shows every character as it is: no emphasis, link, formula, colour or icon."""
    return _MARKDOWN.sub(r"\\\1", text)
