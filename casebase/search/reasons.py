"""Why a case was found: the section, the sentence in it that is closest by meaning, the words that matched, and where else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import chain, groupby
from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.case import Section
from casebase.domain.passage import PassageId
from casebase.domain.query import Part, Reason, Relevance, Span
from casebase.domain.vietnamese import place_tone
from casebase.search.engine import passage_scores
from casebase.search.fusion import relevance
from casebase.search.glossary import translate
from casebase.search.query_language import LANGUAGES
from casebase.search.snapshot import SECTIONS
from casebase.search.text import fold_word, has_marks, token_spans, tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from casebase.domain.passage import Sentence
    from casebase.domain.ports import CaseStore, Vectors
    from casebase.domain.query import Analysis, Mode
    from casebase.search.engine import RankedCase, Ranking
    from casebase.search.snapshot import Snapshot

WORD_BONUS = 0.15
"""What a sentence that holds all of the query's words gains beside its meaning."""
_SENTENCES_KEPT = 8_192
"""Sentences whose words are kept, 20 MB at most: the same good cases answer again and again."""
_PAUSE = ""
COMMON_WORDS = 50
"""So many of the most frequent words of each language say nothing about a need, and are not marked."""


@cache
def _common_words() -> frozenset[str]:
    from wordfreq import top_n_list

    return frozenset(place_tone(word) for lang in LANGUAGES for word in top_n_list(lang, COMMON_WORDS, wordlist="small"))


@lru_cache(maxsize=_SENTENCES_KEPT)
def _words(sentence: str) -> frozenset[str]:
    return frozenset(tokens(sentence))


@lru_cache(maxsize=_SENTENCES_KEPT)
def _folded_words(sentence: str) -> frozenset[str]:
    return frozenset(fold_word(word) for word in _words(sentence))


def _with_pauses(text: str) -> list[str]:
    """Return the words of a text, those of a legal number whole and in parts, with a pause at each mark between words."""
    said, end = list[str](), 0
    for start, stop, _ in token_spans(text):
        said += [_PAUSE] if text[end:start].strip() else []
        said += tokens(text[start:stop])
        end = stop
    return said


@dataclass(frozen=True, slots=True)
class QueryWords:
    """The words of a query worth marking, each once. Where no mark could be restored, they match a word whatever its marks.

    `said` is all that the query says, word by word, with a pause where a mark stands between: word groups are taken from it.
    """

    words: tuple[str, ...]
    loose: bool
    said: tuple[str, ...] = ()

    @classmethod
    def of(cls, analysis: Analysis, lang: str) -> QueryWords:
        """Take the words that were searched, and what the glossary makes of them in `lang`: no common words, each once."""
        said = _with_pauses(analysis.text)
        for translated in translate(analysis.text, analysis.lang, into=(lang,)).values() if lang != analysis.lang else ():
            said += [_PAUSE, *translated.words]
        telling = tuple(word for word in dict.fromkeys(said) if word not in _common_words() and len(word) > 1)
        return cls(telling, loose=not has_marks(analysis.text), said=tuple(said))

    def _key(self, word: str) -> str:
        return fold_word(word) if self.loose else word

    def found_in(self, sentence: str) -> tuple[str, ...]:
        """Return the query's words that the sentence has."""
        held = _folded_words(sentence) if self.loose else _words(sentence)
        return tuple(word for word in self.words if self._key(word) in held)

    def phrases(self, held: Collection[str]) -> tuple[str, ...]:
        """Return the query's words that are held, neighbours together: thẻ bảo hiểm. Each once, none inside another.

        Single words are told only where no two stand together: in Vietnamese they are syllables, and say little.
        """
        groups = ["".join(f" {word}" for word in run) for is_held, run in groupby(self.said, lambda word: word in held) if is_held]
        distinct = list(dict.fromkeys(group.strip() for group in groups))
        telling = [one for one in distinct if " " in one] or distinct
        return tuple(one for one in telling if not any(f" {one} " in f" {other} " for other in telling if other != one))

    def spans(self, sentence: str) -> tuple[Span, ...]:
        """Return where an NFC sentence has the words; neighbours are joined into one span."""
        wanted = {self._key(word) for word in self.words}
        spans: list[Span] = []
        for start, end, word in token_spans(sentence):
            if self._key(word) not in wanted:
                continue
            if spans and not sentence[spans[-1].end : start].strip():
                spans[-1] = Span(spans[-1].start, end)
            else:
                spans.append(Span(start, end))
        return tuple(spans)


@dataclass(frozen=True, slots=True)
class _Shown:
    """The passages of the ranked cases: positions (n,) ascending, and how well each matches (n,)."""

    positions: NDArray[np.int64]
    scores: Vectors


def explain(ranking: Ranking, cases: Sequence[RankedCase], snapshot: Snapshot, store: CaseStore, *, reader: str) -> list[Reason]:
    """Return a reason for each of `cases`, in order. Reads the sentences of the quoted passages only: two small queries."""
    shown = _shown(ranking, cases, snapshot)
    positions = _passages_to_quote(shown, cases, snapshot, reader)
    ids = [PassageId(int(snapshot.passages.ids[position])) for position in positions]
    sentences = store.sentences(ids)
    vectors: Mapping[str, Vectors] = {}
    if ranking.vector is not None:
        hashes = (sentence.hash for sentence in chain.from_iterable(sentences.values()))
        vectors = store.vectors(hashes, model=snapshot.model or "")
    table = snapshot.passages
    langs = [table.languages[number] for number in table.language_numbers[positions]]
    words = {lang: QueryWords.of(ranking.analysis, lang) for lang in set(langs)}
    held = {lang: snapshot.lexical.holding(of.words, shown.positions, loose=of.loose) for lang, of in words.items()}
    quoted = [sentences.get(passage_id, ()) for passage_id in ids]
    meaning = _meaning(quoted, langs, ranking, snapshot, vectors)
    reasons = []
    for position, lang, text, close in zip(positions, langs, quoted, meaning, strict=True):
        section = SECTIONS[table.section_numbers[position]]
        parts = _parts(position, shown, held[lang], words[lang], ranking.mode, snapshot)
        reasons.append(replace(_reason(section, lang, text, close, words[lang]), parts=parts))
    return reasons


def _shown(ranking: Ranking, cases: Sequence[RankedCase], snapshot: Snapshot) -> _Shown:
    table = snapshot.passages
    shown = np.isin(table.case_numbers, [case.number for case in cases])
    if ranking.section is not None:
        shown &= table.in_section(ranking.section)
    positions = np.flatnonzero(shown)
    return _Shown(positions, passage_scores(snapshot, positions, vector=ranking.vector, words=ranking.words, mode=ranking.mode))


def _passages_to_quote(shown: _Shown, cases: Sequence[RankedCase], snapshot: Snapshot, reader: str) -> list[int]:
    """Return the best passage of every ranked case: in the reader's language before others, the story itself before its head."""
    table, positions = snapshot.passages, shown.positions
    foreign = ~table.in_language(reader)[positions]
    head = table.in_section(Section.SUMMARY)[positions] + 2 * table.in_section(Section.USEFUL_WHEN)[positions]
    best: dict[int, int] = {}
    for position in positions[np.lexsort((-shown.scores, head, foreign))]:
        best.setdefault(int(table.case_numbers[position]), int(position))
    return [best[case.number] for case in cases]


def _parts(
    quoted: int, shown: _Shown, held: NDArray[np.bool_], words: QueryWords, mode: Mode, snapshot: Snapshot
) -> tuple[Part, ...]:
    """Return the sections that match of the case and language of a quoted passage, in their order in a case."""
    table, positions = snapshot.passages, shown.positions
    own = (table.case_numbers[positions] == table.case_numbers[quoted]) & (
        table.language_numbers[positions] == table.language_numbers[quoted]
    )
    places = np.flatnonzero(own)
    numbers, scores = table.section_numbers[positions[places]], shown.scores[places]
    parts = []
    for number in np.unique(numbers):
        inside = numbers == number
        close = relevance(float(scores[inside].max()), mode)
        if close is not Relevance.DISTANT:
            has = np.flatnonzero(held[:, places[inside]].any(axis=1))
            parts.append(Part(SECTIONS[number], close, words.phrases({words.words[place] for place in has})))
    return tuple(parts)


def _meaning(
    quoted: Sequence[tuple[Sentence, ...]],
    langs: Sequence[str],
    ranking: Ranking,
    snapshot: Snapshot,
    vectors: Mapping[str, Vectors],
) -> list[Vectors]:
    """Return how close each sentence of each passage is to the query by meaning; zeros where a passage lacks a vector."""
    close = [np.zeros(len(sentences), np.float32) for sentences in quoted]
    if ranking.vector is None or snapshot.means is None:
        return close
    whole = [place for place, one in enumerate(quoted) if one and all(sentence.hash in vectors for sentence in one)]
    if whole:
        stacked = np.stack([vectors[sentence.hash] for place in whole for sentence in quoted[place]])
        spoken = [langs[place] for place in whole for _ in quoted[place]]
        products = np.asarray(snapshot.means.centre(stacked, spoken) @ ranking.vector, np.float32)
        ends = np.cumsum([len(quoted[place]) for place in whole])
        for place, products_of_one in zip(whole, np.split(products, ends[:-1]), strict=True):
            close[place] = products_of_one
    return close


def _reason(section: Section, lang: str, sentences: tuple[Sentence, ...], meaning: Vectors, words: QueryWords) -> Reason:
    if not sentences:
        return Reason(section, lang, "")
    found = [words.found_in(sentence.text) for sentence in sentences]
    shares = np.array([len(held) for held in found], np.float32) / max(1, len(words.words))
    best = sentences[int(np.argmax(meaning + WORD_BONUS * shares))].text
    return Reason(
        section, lang, best, words.spans(best), tuple(word for word in words.words if any(word in held for held in found))
    )
