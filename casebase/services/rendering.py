"""Stored text as safe HTML: Markdown with raw HTML off, then cleaned; no remote images, no scripts."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import markdown
import nh3

if TYPE_CHECKING:
    from casebase.domain.query import Span

_TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "a", "h3", "h4", "h5", "h6", "hr"}
_TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}


def render_markdown(source: str) -> str:
    """Return the HTML of a section. Raw HTML in the text is shown as text; an image is left out."""
    return nh3.clean(
        markdown.markdown(source, extensions=["tables", _NoRawHtml()]),
        tags=_TAGS | _TABLE_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


class _NoRawHtml(markdown.Extension):
    """Turns raw HTML off: what looks like a tag is text."""

    def extendMarkdown(self, md: markdown.Markdown) -> None:  # noqa: N802 - the library's name
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")


def render_marked(sentence: str, spans: tuple[Span, ...]) -> str:
    """Return a plain sentence as HTML with the spans in `<mark>`."""
    pieces, at = [], 0
    for span in spans:
        pieces += [html.escape(sentence[at : span.start]), "<mark>", html.escape(sentence[span.start : span.end]), "</mark>"]
        at = span.end
    return "".join([*pieces, html.escape(sentence[at:])])
