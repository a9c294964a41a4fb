"""Cuts a case into the passages that search compares with a query, and passages into sentences that a reason can quote."""

from __future__ import annotations

import html
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import markdown
import nh3

from casebase.domain.case import CaseId, CaseStudy, Section
from casebase.domain.passage import Passage, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from casebase.domain.case import Headline, Translation

TARGET_WORDS = 160
"""About 200 tokens of the model, in Vietnamese as in English."""
SHORTEST_WORDS = 40
"""A shorter rest joins the part before it."""
_BLOCK_END = re.compile(r"(?=</?(?:p|li|ul|ol|h\d|tr|blockquote|pre)\b)|<br />")
_SENTENCE_END = re.compile(r"(?<=[.!?…;])(?P<closing>[\"”’»)\]]*)\s+(?=[\"“‘«(\[]?[A-ZÀ-ỸĐ0-9])")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:TP|TX|TT|Q|P|H|X|GS|PGS|TS|ThS|BS|KS|Mr|Ms|Mrs|Dr|St|No|Nos|vs|approx|art|Art|M|Mme|Sr|Sra|núm|n)\.$"
)
_LONGEST_ABBREVIATION = len(" approx.") + 1
_SHORTEST_SENTENCE = 25
MOST_BRACKETS = 500
"""Python-Markdown's time grows with the square of brackets that nothing closes: a minute at 20,000."""


def plain_text(source: str) -> str:
    """Return Markdown as plain text, one line a block (paragraph, list item, row): what is embedded, indexed and quoted."""
    rendered = _rendered(source).replace("\n", " ")
    text = html.unescape(nh3.clean(_BLOCK_END.sub("\n", rendered), tags=set()))
    return "\n".join(line for line in (" ".join(raw.split()) for raw in text.split("\n")) if line)


def _rendered(source: str) -> str:
    """Return the text as HTML; one that Markdown would take minutes over, or cannot nest, line by line as it stands."""
    if max(source.count("["), source.count("<")) <= MOST_BRACKETS:
        with suppress(RecursionError):
            return markdown.markdown(source, extensions=["tables"])
    return "".join(f"<p>{html.escape(line)}</p>" for line in source.split("\n"))


def split_sentences(text: str) -> list[str]:
    """Return the sentences of plain text in order; a line end always ends one, an abbreviation never does."""
    return [sentence for line in text.split("\n") for sentence in _sentences_of_line(line)]


def _sentences_of_line(line: str) -> Iterator[str]:
    pending = ""
    for piece in _SENTENCE_END.sub(r"\g<closing>\n", line).split("\n"):
        pending = f"{pending} {piece}" if pending else piece
        if len(pending) >= _SHORTEST_SENTENCE and not _ABBREVIATION.search(pending[-_LONGEST_ABBREVIATION:]):
            yield pending
            pending = ""
    if pending:
        yield pending


def _words(text: str) -> int:
    return len(text.split())


def _blocks(text: str) -> Iterator[str]:
    """Yield lines of a passage's size or less: a longer line sentence by sentence, a longer sentence word by word."""
    for line in text.split("\n"):
        for piece in [line] if _words(line) <= TARGET_WORDS else _sentences_of_line(line):
            words = piece.split()
            yield from (" ".join(words[start : start + TARGET_WORDS]) for start in range(0, len(words), TARGET_WORDS))


def split_section(text: str) -> list[str]:
    """Return plain text in parts of about 200 tokens, cut at line ends, at sentence ends only where a line is longer.

    No part has more than 199 words, for the model reads about 512 tokens: a longer sentence is cut too.
    """
    parts: list[list[str]] = []
    for block in _blocks(text):
        if parts and sum(map(_words, parts[-1])) + _words(block) <= TARGET_WORDS:
            parts[-1].append(block)
        else:
            parts.append([block])
    if len(parts) > 1 and sum(map(_words, parts[-1])) < SHORTEST_WORDS:
        parts[-2].extend(parts.pop())
    return ["\n".join(part) for part in parts if any(part)]


def _sentences(text: str) -> tuple[Sentence, ...]:
    return tuple(Sentence(sentence) for sentence in split_sentences(text))


def _head_passages(case: CaseStudy, lang: str, head: CaseStudy | Translation | Headline) -> list[Passage]:
    """Return title and summary, and when the case is useful."""
    useful = "\n".join(head.useful_when)
    texts = [(Section.SUMMARY, head.summary), *([(Section.USEFUL_WHEN, useful)] if useful else [])]
    return [
        Passage(CaseId(case.id), lang, section, 0, text, context=head.title, sentences=_sentences(text)) for section, text in texts
    ]


def cut_passages(case: CaseStudy) -> list[Passage]:
    """Return every passage of a case: its head in each language there is, then the sections of the original and of each whole
    translation. A section that the sources do not cover has none.
    """  # noqa: D205 - one sentence does not fit one line
    whole: dict[str, CaseStudy | Translation] = {case.lang: case} | {version.lang: version for version in case.translations}
    passages = [
        passage for lang, head in case.headlines.items() if lang not in whole for passage in _head_passages(case, lang, head)
    ]
    for lang, version in whole.items():
        passages += _head_passages(case, lang, version)
        for section, source in version.sections.items():
            if section not in case.missing:
                passages += [
                    Passage(CaseId(case.id), lang, section, position, part, context=version.title, sentences=_sentences(part))
                    for position, part in enumerate(split_section(plain_text(source)))
                ]
    return passages
