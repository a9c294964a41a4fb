"""What a program notices about a story before people read it: hints for its author and for those who decide, never gates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from casebase.domain.case import NARRATIVE, Section, TranslationMethod
from casebase.domain.figures import has_figure
from casebase.domain.hints import Field, Hint, HintCode
from casebase.domain.private_data import PrivateKind, find_private_data
from casebase.domain.promotion import promotional_words
from casebase.domain.story import Story
from casebase.domain.vietnamese import place_tones
from casebase.ingest.passages import plain_text, split_sentences
from casebase.search.abbreviations import find_abbreviations
from casebase.search.text import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from casebase.domain.case import CaseStudy
    from casebase.domain.story import Version

THIN_WORDS = 20
"""A section of fewer words leaves its reader guessing."""
_KNOWN_TO_ALL = frozenset({"UBND", "HĐND", "TP", "HCM", "TƯ", "TW", "THCS", "THPT"})
"""Abbreviations that nobody needs written out."""
_LEAST_CAPITALS = 2
_LIST_ITEM = re.compile(r"^\s*(?:\d{1,3}[.)]|[-*+])\s", re.MULTILINE)
_TABLE_ROW = re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE)
_LEAST_ROWS = 2
_REPEATED_WORDS = 8
"""So many words of a source's title in a row are taken over, not met by chance."""
_SHORTEST_TITLE = 6
"""A shorter title says what nobody could say otherwise."""
_SHARE_OF_TITLE = 0.8
"""A summary that holds so many of the title's pairs of neighbouring words says it again."""
_CODE_OF = {
    PrivateKind.BANK_ACCOUNT: HintCode.PRIVATE_BANK_ACCOUNT,
    PrivateKind.TAX_CODE: HintCode.PRIVATE_TAX_CODE,
    PrivateKind.EMAIL: HintCode.PRIVATE_EMAIL,
    PrivateKind.ID_NUMBER: HintCode.PRIVATE_ID_NUMBER,
    PrivateKind.PHONE: HintCode.PRIVATE_PHONE,
}


@dataclass(frozen=True, slots=True)
class _Text:
    """A part of a story in one language, as plain text, one line a paragraph."""

    where: Section | Field
    lang: str
    plain: str


def check_case(case: CaseStudy) -> tuple[Hint, ...]:
    """Return what was noticed about a case, in the order of its parts, the original before its translations. A few milliseconds."""
    return check_story(Story.of(case))


def check_story(story: Story) -> tuple[Hint, ...]:
    """Return what was noticed about a story, which may be a draft with most of it missing (`Story.of_fields`)."""
    original, *translations = [_texts(version) for version in (story.original, *story.translations)]
    found = [
        *_missing(story),
        *_about_title(story, original),
        *_about_sections(story, original),
        *_about_words(original),
        *(hint for texts in translations for hint in _about_words(texts)),
        *_contact(story),
        *_translations(story),
    ]
    places: Sequence[Section | Field] = (*Field, *Section)
    languages = [version.lang for version in (story.original, *story.translations)]
    return tuple(sorted(found, key=lambda hint: (languages.index(hint.lang), places.index(hint.where))))


def _texts(version: Version) -> tuple[_Text, ...]:
    """Return the parts of a version that have text, in the order of a case."""
    told: tuple[tuple[Section | Field, str], ...] = (
        (Field.TITLE, version.title),
        (Section.SUMMARY, version.summary),
        (Section.USEFUL_WHEN, "\n".join(version.useful_when)),
        *((section, plain_text(version.sections.get(section, ""))) for section in NARRATIVE),
    )
    return tuple(_Text(where, version.lang, plain) for where, plain in told if plain)


def _missing(story: Story) -> Iterator[Hint]:
    lang = story.original.lang
    if not story.sources:
        yield Hint(HintCode.SOURCES_NONE, Field.SOURCES, lang)
    if not story.has_period:
        yield Hint(HintCode.PERIOD_NONE, Field.PERIOD, lang)
    if not story.original.useful_when:
        yield Hint(HintCode.USEFUL_WHEN_NONE, Section.USEFUL_WHEN, lang)


def _about_title(story: Story, texts: Sequence[_Text]) -> Iterator[Hint]:
    """Notice a summary that says the title again, and texts that take over the titles of the sources."""
    title, summary = tokens(story.original.title), tokens(story.original.summary)
    if len(title) >= _SHORTEST_TITLE:
        pairs = set(_runs(title, 2))
        if len(pairs & set(_runs(summary, 2))) >= _SHARE_OF_TITLE * len(pairs):
            yield Hint(HintCode.SUMMARY_REPEATS_TITLE, Section.SUMMARY, story.original.lang, story.original.title)
    said = {text.where: tokens(text.plain) for text in texts}
    for number, source in enumerate(story.sources, 1):
        words = tokens(source)
        if len(words) < _SHORTEST_TITLE:
            continue
        length = min(_REPEATED_WORDS, len(words))
        taken = set(_runs(words, length))
        for text in texts:
            if not taken.isdisjoint(_runs(said[text.where], length)):
                yield Hint(HintCode.SOURCES_REPEATED, text.where, text.lang, source, {"number": number})


def _runs(words: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[start : start + length]) for start in range(len(words) - length + 1))


def _about_sections(story: Story, texts: Sequence[_Text]) -> Iterator[Hint]:
    """Notice sections that are empty, thin, or not told in the way their readers look for."""
    plain, lang = {text.where: text.plain for text in texts}, story.original.lang
    for section in NARRATIVE:
        if section in story.not_covered:
            continue
        words = len(plain.get(section, "").split())
        if words == 0:
            yield Hint(HintCode.SECTION_EMPTY, section, lang)
            continue
        if words < THIN_WORDS:
            yield Hint(HintCode.SECTION_THIN, section, lang, plain[section], {"words": words, "least": THIN_WORDS})
        if section is Section.STEPS and not _is_list(story.original.sections[section]):
            yield Hint(HintCode.STEPS_NO_LIST, section, lang, split_sentences(plain[section])[0])
        if section is Section.RESULTS and not story.has_metrics and not has_figure(plain[section], lang=lang):
            yield Hint(HintCode.RESULTS_NO_FIGURE, section, lang, split_sentences(plain[section])[0])


def _is_list(source: str) -> bool:
    """Tell whether Markdown has a list or a table of at least two rows."""
    return max(len(pattern.findall(source)) for pattern in (_LIST_ITEM, _TABLE_ROW)) >= _LEAST_ROWS


def _about_words(texts: Sequence[_Text]) -> Iterator[Hint]:
    """Notice abbreviations, private data and praise in the texts of one language."""
    yield from _abbreviations(texts)
    for text in texts:
        for found in find_private_data(text.plain):
            yield Hint(_CODE_OF[found.kind], text.where, text.lang, text.plain[found.start : found.end])
        for sentence in split_sentences(text.plain):
            if words := promotional_words(sentence, lang=text.lang):
                yield Hint(HintCode.TONE_PROMOTIONAL, text.where, text.lang, sentence, {"words": words})


def _abbreviations(texts: Sequence[_Text]) -> Iterator[Hint]:
    """Notice the abbreviations of Vietnamese officials that a Vietnamese text uses and nowhere writes out, each once."""
    whole = _spoken("\n".join(text.plain for text in texts))
    seen = set(_KNOWN_TO_ALL)
    for text in texts:
        if text.lang != "vi":
            continue
        for start, end, readings in _used(text.plain):
            short = text.plain[start:end]
            if short not in seen and not _is_explained(short, readings, whole):
                yield Hint(HintCode.ABBREVIATION_UNEXPLAINED, text.where, text.lang, short, {"reading": readings[0]})
            seen.add(short)


def _used(plain: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Return the abbreviations in capitals that are no part of the number of a decree or of a code."""
    for found in find_abbreviations(plain, lang="vi"):
        capitals = sum(letter.isupper() for letter in plain[found.start : found.end])
        neighbours = plain[max(0, found.start - 1) : found.start] + plain[found.end : found.end + 1]
        if capitals >= _LEAST_CAPITALS and not set("/-_@") & set(neighbours):
            yield found.start, found.end, found.readings


def _is_explained(short: str, readings: tuple[str, ...], whole: str) -> bool:
    """Tell whether the text writes an abbreviation out, or says in brackets beside it what it is."""
    spoken = _spoken(short)
    return f"({spoken})" in whole or f"{spoken} (" in whole or any(_spoken(reading) in whole for reading in readings)


def _spoken(text: str) -> str:
    return place_tones(text).casefold()


def _contact(story: Story) -> Iterator[Hint]:
    """Notice private addresses where the public is told whom to ask; a phone number is meant to be there."""
    for found in find_private_data(story.contact):
        if found.kind is not PrivateKind.PHONE:
            yield Hint(_CODE_OF[found.kind], Field.CONTACT, story.original.lang, story.contact[found.start : found.end])


def _translations(story: Story) -> Iterator[Hint]:
    for version in story.translations:
        if version.method is TranslationMethod.MACHINE:
            yield Hint(HintCode.TRANSLATION_UNREVIEWED, Field.TRANSLATIONS, version.lang, version.title)
