"""Understands a query: a chain of small pure steps, each of which may change the text and says so.

A step is a function from one `Draft` to the next. To add one, write the function and put it into `STEPS`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from casebase.domain import vietnamese
from casebase.domain.places import find_provinces, same_ground
from casebase.domain.query import MAX_QUERY_CHARACTERS, Analysis, Change, ChangeKind
from casebase.search import keyboard
from casebase.search import text as texts
from casebase.search.abbreviations import expand, find_abbreviations
from casebase.search.query_language import LANGUAGES, frequencies, query_language
from casebase.search.spelling import mend
from casebase.search.text import token_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from casebase.search.marks import MarksRestorer


_SURE_KEYS = 2
"""With so many words that can only be typed keys, the others are read as keys too."""
_MOST_SLIPS = 8
"""So many unknown words are looked at: a text with more is no text with slips."""
_FEW_MARKS = 0.5
"""The share of marked words up to which the others are taken to have lost theirs; in written Vietnamese it is about 0.8."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A query on its way through the steps."""

    text: str
    marks: MarksRestorer
    lang: str = "vi"
    places: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def keyed(self) -> bool:
        """Whether the marks were typed as keys: then they are the searcher's own."""
        return any(change.kind is ChangeKind.KEYS_DECODED for change in self.changes)

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


def decode_keys(draft: Draft) -> Draft:
    """Read Vietnamese typed with the input method switched off: chuyeenr ddooir soos → chuyển đổi số.

    A word that is one in its own right is read as keys only beside several that are none.
    """
    spans = token_spans(draft.text)
    decoded = {word: keyboard.decode(word, draft.marks.weight) for _, _, word in spans if word.isascii()}
    sure = {word for word, syllable in decoded.items() if syllable and not _is_word(word, draft.marks)}
    if not sure:
        return draft
    all_of_them = len(sure) >= _SURE_KEYS
    text = _replaced(
        draft.text, {word: syllable for word, syllable in decoded.items() if syllable and (word in sure or all_of_them)}
    )
    return draft.changed(text, Change(ChangeKind.KEYS_DECODED, draft.text, text))


def mend_spelling(draft: Draft) -> Draft:
    """Mend a slip of one letter in a word that nobody writes; never in an abbreviation or a short word."""
    weight = _weights(draft)
    words = dict.fromkeys(word for _, _, word in token_spans(draft.text) if weight(word) == 0 and draft.marks.weight(word) == 0)
    unknown = [word for word in words if not find_abbreviations(word, lang=draft.lang)]
    mended = {word: mend(word, weight) for word in unknown[:_MOST_SLIPS]}
    slips = {word: better for word, better in mended.items() if better != word}
    if not slips:
        return draft
    text = _replaced(draft.text, slips)
    return replace(draft, text=text, changes=(*draft.changes, *(Change(ChangeKind.SPELLING, *slip) for slip in slips.items())))


def restore_marks(draft: Draft) -> Draft:
    """Give Vietnamese typed without marks, or with few, its marks back; a word that has one is never touched."""
    if draft.lang != "vi" or not _lacks_marks(draft):
        return draft
    restored = draft.marks.restore(draft.text)
    if restored.text == draft.text:
        return draft
    change = Change(ChangeKind.MARKS_RESTORED, draft.text, restored.text, restored.confidence, restored.alternative)
    return draft.changed(restored.text, change)


def expand_abbreviations(draft: Draft) -> Draft:
    """Write abbreviations out, in all their readings where several are possible."""
    found = find_abbreviations(draft.text, lang=draft.lang)
    if not found:
        return draft
    changes = {
        draft.text[one.start : one.end]: Change(ChangeKind.ABBREVIATION, draft.text[one.start : one.end], " / ".join(one.readings))
        for one in found
    }
    return replace(draft, text=expand(draft.text, found), changes=(*draft.changes, *changes.values()))


def name_places(draft: Draft) -> Draft:
    """Say under which other names a province's stories are told: Ninh Bình took Hà Nam and Nam Định in. The text stays as it is."""
    found = find_provinces(draft.text) if draft.lang == "vi" else []
    told = {one.name: ", ".join(same_ground(one.name)) for one in found}
    changes = [Change(ChangeKind.PLACE, name, others) for name, others in told.items() if others]
    return replace(draft, places=tuple(told), changes=(*draft.changes, *changes))


def _is_word(word: str, marks: MarksRestorer) -> bool:
    return marks.knows(word) or any(word in frequencies(lang) for lang in LANGUAGES)


def _weights(draft: Draft) -> Callable[[str], float]:
    """Return how common a word is in the language of the query; Vietnamese without marks counts like the words it may be."""
    if draft.lang == "vi":
        return lambda word: draft.marks.folded_weight(word) if word.isascii() else draft.marks.weight(word)
    known = frequencies(draft.lang)
    return lambda word: known.get(word, 0.0)


def _lacks_marks(draft: Draft) -> bool:
    words = [word for _, _, word in token_spans(draft.text) if draft.marks.knows(texts.fold_word(word))]
    return sum(map(texts.has_marks, words)) <= _FEW_MARKS * len(words)


def _replaced(text: str, better: Mapping[str, str]) -> str:
    pieces, at = [], 0
    for start, end, word in token_spans(text):
        if word in better:
            pieces += [text[at:start], vietnamese.in_case_of(text[start:end], better[word])]
            at = end
    return "".join([*pieces, text[at:]])


VERBATIM_STEPS: tuple[Callable[[Draft], Draft], ...] = (tidy, tell_language)
STEPS: tuple[Callable[[Draft], Draft], ...] = (
    tidy,
    decode_keys,
    tell_language,
    place_tones,
    mend_spelling,
    restore_marks,
    expand_abbreviations,
    name_places,
)


def understand(typed: str, marks: MarksRestorer, *, verbatim: bool = False) -> Analysis:
    """Return what the query is taken to mean. Never raises, whatever is typed. About a millisecond."""
    draft = Draft(typed, marks)
    for step in VERBATIM_STEPS if verbatim else STEPS:
        draft = step(draft)
    shown = "".join(char if char.isprintable() else " " for char in typed[:MAX_QUERY_CHARACTERS])
    was_marked = texts.has_marks(unicodedata.normalize("NFC", shown)) or draft.keyed
    return Analysis(
        typed=shown,
        text=draft.text[:MAX_QUERY_CHARACTERS],
        lang=draft.lang,
        marked=was_marked,
        changes=draft.changes,
        places=draft.places,
    )
