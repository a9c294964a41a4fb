"""Measures how copies, edited copies, translations and paraphrases differ from other cases about the like.

`python bench/duplicates.py [--write]` prints the table of docs/search.md behind the thresholds of `casebase/search/likeness.py`.
Needs a library that `casebase init` has made ready. About two minutes, most of it embedding edited copies.
"""

from __future__ import annotations

import random
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from measuring import ROOT, SEARCH_PAGE, markdown, put

from casebase.bootstrap import installed
from casebase.domain.case import Narrative
from casebase.domain.likeness import Likeness
from casebase.ingest.markdown import read_folder
from casebase.ingest.passages import cut_passages
from casebase.search.centring import unit
from casebase.search.likeness import fingerprint, resemblance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from casebase.domain.case import CaseStudy, Translation
    from casebase.domain.likeness import Resemblance
    from casebase.domain.ports import Vectors

STORIES = ROOT / "tests" / "relevance"
TOLD_AGAIN = "-ke-lai"
"""What the id of a paraphrase has after that of its case."""
EDITS = (0.1, 0.3)
"""Shares of the words that an edit replaces; it drops half as many of the sentences, and changes every fifth number."""
TWINS = (
    ("camera-ai-giao-thong-ha-noi", "camera-ai-giao-thong-tphcm"),
    ("so-suc-khoe-dien-tu-ha-noi", "so-suc-khoe-dien-tu-tphcm"),
    *combinations(("au-qld-health-payroll", "ca-phoenix-pay", "fr-louvois"), 2),
    *combinations(
        (
            "benh-an-dien-tu-bach-mai",
            "benh-an-dien-tu-benh-vien-k",
            "benh-an-dien-tu-benh-vien-thu-duc",
            "benh-an-dien-tu-ttyt-thanh-son",
        ),
        2,
    ),
)
"""Different cases about the same: what must not be taken for one another."""


class Library:
    """The cases with what each is compared by."""

    def __init__(self) -> None:
        services = installed()
        snapshot = services.index.current()
        assert snapshot.means is not None
        self._store, self._embedder, self._means = services.store, services.embedder, snapshot.means
        self.cases = {stored.case.id: stored.case for stored in services.store.public()}

    def sides(self, cases: Sequence[CaseStudy]) -> list[Side]:
        """Return what each case is compared by; only texts that the store has no vector of are embedded."""
        return [Side(case, self._vector(case)) for case in cases]

    def _vector(self, case: CaseStudy) -> Vectors:
        passages = cut_passages(case)
        kept = self._store.vectors((passage.hash for passage in passages), model=self._embedder.fingerprint)
        missing = [passage for passage in passages if passage.hash not in kept]
        new = self._embedder.embed_passages([passage.full_text for passage in missing]) if missing else ()
        kept |= {passage.hash: vector for passage, vector in zip(missing, new, strict=True)}
        raw = np.stack([kept[passage.hash] for passage in passages])
        return unit(self._means.centre(raw, [passage.lang for passage in passages]).mean(axis=0))


@dataclass(frozen=True)
class Side:
    """A text to compare."""

    case: CaseStudy
    vector: Vectors

    @cached_property
    def prints(self) -> object:
        """Its shingles and numbers."""
        return fingerprint(passage.text for passage in cut_passages(self.case))

    def beside(self, other: Side) -> Resemblance:
        """Compare it with a text of the library."""
        return resemblance(self.prints, other.prints, meaning=float(self.vector @ other.vector))


def edited(case: CaseStudy, share: float) -> CaseStudy:
    """Return the case as somebody hands it in who wants it to look new: words replaced, sentences dropped, numbers changed."""
    chance = random.Random(f"{case.id} {share}")  # noqa: S311 - the same edits at every run
    words = [word for _, text in case.sections.items() for word in text.split()]

    def other_word(word: str) -> str:
        if any(char.isdigit() for char in word):
            return re.sub(r"\d", lambda _: str(chance.randint(1, 9)), word) if chance.random() < 0.2 else word
        return chance.choice(words) if word.isalpha() and chance.random() < share else word

    def edit(text: str) -> str:
        lines = [re.split(r"(?<=[.!?])\s+", line) for line in text.split("\n")]
        kept = [[sentence for sentence in line if len(line) == 1 or chance.random() >= share / 2] for line in lines]
        return "\n".join(" ".join(map(other_word, " ".join(line).split(" "))) for line in kept)

    sections = Narrative(**{section.value: edit(text) for section, text in case.sections.items()})
    changed = {"id": f"{case.id[:60]}-edited", "title": edit(case.title), "summary": edit(case.summary), "sections": sections}
    return case.model_copy(update={**changed, "headlines": {}, "translations": (), "useful_when": ()})


def alone(case: CaseStudy) -> CaseStudy:
    """Return the case in its own language only."""
    return case.model_copy(update={"translations": (), "headlines": {}})


def translated(case: CaseStudy, translation: Translation) -> CaseStudy:
    """Return the translation as a case of its own."""
    words = {name: getattr(translation, name) for name in ("lang", "title", "summary", "useful_when", "sections")}
    return alone(case).model_copy(update={**words, "id": f"{case.id[:60]}-translated"})


def stories(folder: str) -> list[CaseStudy]:
    """Return the stories that were written to be told apart."""
    return list(read_folder([STORIES / folder]).cases)


def rows_of(library: Library) -> list[tuple[str, list[Resemblance]]]:
    """Return the resemblances by kind of story."""
    cases = library.cases
    sides = dict(zip(cases, library.sides(list(cases.values())), strict=True))
    named = list(cases.values())
    foreign = [(case, version) for case in named for version in case.translations]
    beside_own = [(f"copy with {share:.0%} of its words replaced", [edited(case, share) for case in named]) for share in EDITS]
    nearest = [
        max((sides[one].beside(sides[other]) for other in cases if other != one), key=lambda found: found.meaning or 0)
        for one in cases
    ]

    def told_again(folder: str) -> list[Resemblance]:
        return [side.beside(sides[side.case.id.removesuffix(TOLD_AGAIN)]) for side in library.sides(stories(folder))]

    def near(folder: str) -> list[Resemblance]:
        return [
            max((side.beside(other) for other in sides.values()), key=lambda found: found.meaning or 0)
            for side in library.sides(stories(folder))
        ]

    return [
        ("exact copy", [side.beside(side) for side in sides.values()]),
        *(
            (name, [side.beside(sides[case]) for case, side in zip(cases, library.sides(copies), strict=True)])
            for name, copies in beside_own
        ),
        (
            "translation, beside the original alone",
            [
                side.beside(original)
                for side, original in zip(
                    library.sides([translated(case, version) for case, version in foreign]),
                    library.sides([alone(case) for case, _ in foreign]),
                    strict=True,
                )
            ],
        ),
        ("paraphrase with the numbers", told_again("paraphrases")),
        ("paraphrase without most numbers", told_again("paraphrases-without-numbers")),
        ("two cases about the same", [sides[one].beside(sides[other]) for one, other in TWINS]),
        ("each case and the nearest other", nearest),
        ("stories like some case, and the nearest", near("related")),
        ("stories like no case, and the nearest", near("unrelated")),
    ]


def spread(values: Iterable[float]) -> str:
    """Return least, median and most."""
    least, middle, most = np.percentile(list(values), (0, 50, 100))
    return f"{least:.2f} · {middle:.2f} · {most:.2f}"


def main() -> None:
    """Print one row a kind: the spread of each piece of evidence, and what the verdicts are."""
    rows = []
    for name, found in rows_of(Library()):
        verdicts = [sum(one.likeness is likeness for one in found) for likeness in Likeness]
        evidence = (
            spread(one.meaning or 0 for one in found),
            spread(one.shared for one in found),
            spread(one.figures for one in found),
        )
        rows.append([name, str(len(found)), *evidence, " / ".join(map(str, verdicts))])
    table = markdown(["", "pairs", "meaning", "words in a row", "numbers", "duplicate / related / new"], rows)
    print(table)
    if "--write" in sys.argv:
        put(SEARCH_PAGE, "duplicates", table)


if __name__ == "__main__":
    main()
