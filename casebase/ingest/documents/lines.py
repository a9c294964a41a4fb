"""The text of a document, line by line, with the page of each: what the sandbox hands over."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from casebase.ingest.documents.kind import Kind


class Role(StrEnum):
    """What a line is by the document's own styles; a PDF has none, so that all of its lines are text."""

    TEXT = "text"
    TITLE = "title"
    HEADING = "heading"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a PDF, or a paragraph, list item or table row of a Word file (which may hold line feeds).

    `page` and `number` (of the line on its page, or of the paragraph in a Word file) count from 1. `page` is None where the
    document does not tell its pages. `level` is that of a heading, from 1; 0 for a line that only looks like one, in bold.
    """

    text: str
    page: int | None
    number: int
    role: Role = Role.TEXT
    level: int = 0


@dataclass(frozen=True, slots=True)
class DocumentText:
    """All lines of a document in reading order, how many pages it has (None: it does not tell), and which had no text."""

    kind: Kind
    pages: int | None
    lines: tuple[Line, ...]
    empty_pages: tuple[int, ...] = ()


def to_json(document: DocumentText) -> str:
    """Return the document as ASCII JSON that `from_json` reads back."""
    lines = [[line.text, line.page, line.number, line.role, line.level] for line in document.lines]
    return json.dumps({"kind": document.kind, "pages": document.pages, "lines": lines, "empty_pages": document.empty_pages})


def from_json(found: Any) -> DocumentText:  # noqa: ANN401 - JSON has no types
    """Return what `to_json` wrote, once it is loaded; ValueError, KeyError or TypeError where it is something else."""
    lines = tuple(Line(str(text), page, int(number), Role(role), int(level)) for text, page, number, role, level in found["lines"])
    return DocumentText(Kind(found["kind"]), found["pages"], lines, tuple(found["empty_pages"]))
