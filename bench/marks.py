"""Prints how many syllables get the right marks back, by style of query and by how many everyday sentences the model has read.

Takes the marks off the Vietnamese queries of the tuning half of golden.jsonl, restores them and compares syllable by syllable. The
last column has read what ships with the package and no store: a fresh installation. Sloppy typing lacks marks of its own, so its
row says little and "all" leaves it out. Needs a library that `casebase init` has made ready: `python bench/marks.py [HALF]`.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import percentiles
from rich.console import Console
from rich.table import Table

from casebase.bootstrap import installed
from casebase.domain.vietnamese import place_tones, without_marks
from casebase.search.evaluation import select
from casebase.search.marks import MarksRestorer, count_syllables, field_phrases, field_sentences
from casebase.search.text import has_marks, token_spans
from casebase.services.evaluating import read_judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from casebase.search.evaluation import JudgedQuery

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "relevance" / "golden.jsonl"
SLOPPY = "colloquial"
STYLES = ("need", "keyword", "abbreviation", "lessons", "unanswerable", SLOPPY)


def shares_right(restorer: MarksRestorer, queries: Sequence[JudgedQuery]) -> dict[str, float]:
    """Return the share of syllables restored as they were written, for each style and "all" but the sloppy ones."""
    right: Counter[str] = Counter()
    syllables: Counter[str] = Counter()
    for query in queries:
        text = place_tones(query.text)
        restored = restorer.restore(without_marks(text)).text
        same = [text[start:end] == restored[start:end] for start, end, word in token_spans(text) if word.isalpha()]
        for group in (query.style,) if query.style == SLOPPY else (query.style, "all"):
            right[group] += sum(same)
            syllables[group] += len(same)
    return {group: right[group] / syllables[group] for group in syllables}


def main(half: str = "tune") -> None:
    """Print one column a model, one row a style, and what a restoration costs."""
    queries = [query for query in select(read_judged(GOLDEN), half=half) if query.lang == "vi" and has_marks(query.text)]
    store = [passage.full_text for passage in installed().store.passages() if passage.lang == "vi"]
    phrases, sentences = field_phrases(), field_sentences()
    read = {
        "no sentences": [*store, *phrases],
        "a quarter": [*store, *phrases, *sentences[::4]],
        "half": [*store, *phrases, *sentences[::2]],
        f"all {len(sentences):,}": [*store, *phrases, *sentences],
        "no store": [*phrases, *sentences],
    }
    restorers = {name: MarksRestorer(count_syllables(texts)) for name, texts in read.items()}
    shares = {name: shares_right(restorer, queries) for name, restorer in restorers.items()}
    table = Table("share right", *shares)
    for style in ("all", *STYLES):
        table.add_row(style, *(f"{share[style]:.3f}" for share in shares.values()))
    Console(width=120).print(table)
    bare = [without_marks(query.text) for query in queries]
    p50, p95 = percentiles(restorers["no store"].restore, bare)
    print(f"{sum(len(text.split()) for text in bare) / len(bare):.0f} words a query: p50 {p50:.2f} ms, p95 {p95:.2f} ms")


if __name__ == "__main__":
    main(*sys.argv[1:])
