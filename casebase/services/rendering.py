"""Stored text as safe HTML: Markdown with raw HTML off, then cleaned; no remote images, no scripts."""

from __future__ import annotations

import html
from contextlib import suppress
from typing import TYPE_CHECKING

import markdown
import nh3

from casebase.ingest.passages import MOST_BRACKETS

if TYPE_CHECKING:
    from casebase.domain.query import Span

_TAGS = {"p", "br", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote", "a", "h3", "h4", "h5", "h6", "hr"}
_TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}


def render_markdown(source: str) -> str:
    """Return the HTML of a section. Raw HTML in the text is shown as text; an image is left out."""
    return nh3.clean(
        _html(source),
        tags=_TAGS | _TABLE_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _html(source: str) -> str:
    """Return the text as HTML; one that Markdown would take minutes over, or cannot nest, line by line as it stands."""
    if source.count("[") <= MOST_BRACKETS:
        with suppress(RecursionError):
            return markdown.markdown(source, extensions=["tables", _NoRawHtml()])
    return "".join(f"<p>{html.escape(line)}</p>" for line in source.split("\n"))


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
