"""Understands a query: a chain of small pure steps, each of which may change the text and says so.

A step is a function from one `Draft` to the next. To add one, write the function and put it into `STEPS`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from casebase.domain import vietnamese
from casebase.domain.query import MAX_QUERY_CHARACTERS, Analysis, Change, ChangeKind
from casebase.search import text as texts
from casebase.search.query_language import query_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from casebase.search.marks import MarksRestorer


@dataclass(frozen=True, slots=True)
class Draft:
    """A query on its way through the steps."""

    text: str
    marks: MarksRestorer
    lang: str = "vi"
    changes: tuple[Change, ...] = ()

    def changed(self, text: str, change: Change) -> Draft:
        """Return the draft with another text and the reason for it."""
        return replace(self, text=text, changes=(*self.changes, change))


def tidy(draft: Draft) -> Draft:
    """Bring the text to one form: NFC, single spaces, nothing unprintable, at most 2,000 characters."""
    printable = "".join(char if char.isprintable() else " " for char in draft.text[: 4 * MAX_QUERY_CHARACTERS])
    text = " ".join(unicodedata.normalize("NFC", printable).split())
    if len(text) <= MAX_QUERY_CHARACTERS and not draft.text[4 * MAX_QUERY_CHARACTERS :].strip():
        return replace(draft, text=text)
    cut = text[:MAX_QUERY_CHARACTERS].rstrip()
    return draft.changed(cut, Change(ChangeKind.CUT, str(len(draft.text)), str(len(cut))))


def tell_language(draft: Draft) -> Draft:
    """Tell the language, by marks and by how common the words are in each."""
    return replace(draft, lang=query_language(draft.text))


def place_tones(draft: Draft) -> Draft:
    """Write the tones of Vietnamese in one place, as the store does: hoà becomes hòa. The same word, so nobody need be told."""
    return replace(draft, text=vietnamese.place_tones(draft.text)) if draft.lang == "vi" else draft


def restore_marks(draft: Draft) -> Draft:
    """Give Vietnamese typed without any mark its marks back; leave text that has some alone."""
    if draft.lang != "vi" or texts.has_marks(draft.text):
        return draft
    restored = draft.marks.restore(draft.text)
    if restored.text == draft.text:
        return draft
    return draft.changed(restored.text, Change(ChangeKind.MARKS_RESTORED, draft.text, restored.text, restored.confidence))


VERBATIM_STEPS: tuple[Callable[[Draft], Draft], ...] = (tidy, tell_language)
STEPS: tuple[Callable[[Draft], Draft], ...] = (*VERBATIM_STEPS, place_tones, restore_marks)


def understand(typed: str, marks: MarksRestorer, *, verbatim: bool = False) -> Analysis:
    """Return what the query is taken to mean. Never raises, whatever is typed. About a millisecond."""
    draft = Draft(typed, marks)
    for step in VERBATIM_STEPS if verbatim else STEPS:
        draft = step(draft)
    shown = "".join(char if char.isprintable() else " " for char in typed[:MAX_QUERY_CHARACTERS])
    was_marked = texts.has_marks(unicodedata.normalize("NFC", shown))
    return Analysis(typed=shown, text=draft.text, lang=draft.lang, marked=was_marked, changes=draft.changes)
