"""What the words of a query say for each passage, whatever language the passage is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from casebase.domain.places import find_provinces, same_ground
from casebase.domain.query import ChangeKind
from casebase.search.glossary import translate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from casebase.domain.ports import Vectors
    from casebase.domain.query import Analysis
    from casebase.search.snapshot import Snapshot

RARE_LANGUAGE = 0.4
"""Where few passages are in the query's language, its words find those few too easily: they count by this power of the share that
passages in the language are of those in the language most told."""
CARRIERS = 10
"""So many of the passages with the best evidence carry it to others that say the same in another language."""
OTHER_NAME = 0.95
"""What evidence is worth that is found under a province's other name: a story told under the name that was typed comes first."""
_MOST_PLACES = 5
"""So many provinces of a query are looked for under their other names; a text that lists more is not about one of them."""
NEAR = 0.4
"""From this inner product on two passages in different languages say something alike."""


def words_evidence(analysis: Analysis, snapshot: Snapshot, *, verbatim: bool) -> Vectors:
    """Return one score in [0, 1] per passage: the query's words, and for other languages what the glossary makes of them."""
    own = snapshot.lexical.scores(analysis.text)
    kinds = {change.kind for change in analysis.changes}
    if ChangeKind.ABBREVIATION in kinds:
        own = np.maximum(own, snapshot.lexical.scores(analysis.typed))
    if ChangeKind.PLACE in kinds:
        for text in _under_other_names(analysis.text):
            own = np.maximum(own, np.float32(OTHER_NAME) * snapshot.lexical.scores(text))
    if verbatim:
        return own
    table = snapshot.passages
    own = np.where(table.in_language(analysis.lang), np.float32(table.told_in(analysis.lang) ** RARE_LANGUAGE) * own, own)
    for lang, said in translate(analysis.text, analysis.lang, into=table.languages).items():
        translated = np.float32(said.share) * snapshot.lexical.scores(" ".join(said.words))
        own = np.where(table.in_language(lang), np.maximum(own, translated), own)
    return np.asarray(own, np.float32)


def _under_other_names(text: str) -> list[str]:
    """Return the text once for each other name of each province in it."""
    return [
        f"{text[: one.start]}{other}{text[one.end :]}"
        for one in find_provinces(text)[:_MOST_PLACES]
        for other in (one.name, *same_ground(one.name))
        if other != text[one.start : one.end]
    ]


def carried(evidence: Vectors, positions: NDArray[np.int64], snapshot: Snapshot, lang: str) -> Vectors:
    """Return the evidence, raised at those of `positions` that are near in meaning to a passage with good evidence in `lang`.

    So both versions of a text are found where only one of them has the words. O(CARRIERS · positions · d).
    """
    if snapshot.vectors is None:
        return evidence
    in_lang = snapshot.passages.in_language(lang)[positions]
    own, foreign = positions[in_lang], positions[~in_lang]
    carriers = own[np.argsort(-evidence[own], kind="stable")[:CARRIERS]]
    if not len(carriers) or not len(foreign):
        return evidence
    near = snapshot.vectors.between(foreign, carriers)
    reached = np.where(near >= NEAR, np.sqrt(np.maximum(near, 0)), 0) * evidence[carriers]
    raised = evidence.copy()
    raised[foreign] = np.maximum(raised[foreign], reached.max(axis=1))
    return raised
