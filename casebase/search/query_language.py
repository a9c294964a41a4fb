"""The language of a query: too short for langdetect, so its words are weighed by how frequent they are in each language."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from casebase.search.text import fold, only_vietnamese, tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("vi", "en", "fr", "es")
"""The languages told apart, the most probable one first: it wins a tie."""
_PRIOR = {"vi": math.log(8)}
"""Most who search here write Vietnamese: a word that two languages share, such as AI, is taken for theirs."""
_UNSEEN = 1e-7
_LONGEST = 60
"""Words that are looked at: more does not change the answer."""


@cache
def frequencies(lang: str) -> Mapping[str, float]:
    """Return the frequencies of words in a language as people type them: with marks and, for whoever leaves them out, without."""
    from wordfreq import get_frequency_dict

    typed: dict[str, float] = {}
    for word, frequency in get_frequency_dict(lang, "small").items():
        for form in {word, fold(word)}:
            typed[form] = typed.get(form, 0.0) + frequency
    return typed


def query_language(text: str) -> str:
    """Return `vi`, `en`, `fr` or `es`; `vi` where nothing speaks for another. Never raises. Under a millisecond once warm."""
    if only_vietnamese(text):
        return "vi"
    words = [word for word in tokens(text) if not word[0].isdigit()][:_LONGEST]
    weights = {
        lang: _PRIOR.get(lang, 0.0) + sum(math.log(frequencies(lang).get(word, _UNSEEN)) for word in words) for lang in LANGUAGES
    }
    return max(LANGUAGES, key=weights.__getitem__)
