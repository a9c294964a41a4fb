"""A map of vectors: a place in two dimensions for each, neighbours near. Deterministic, of numpy alone.

t-SNE (van der Maaten and Hinton 2008; the rates of its authors' program), begun from the principal components, so that the same
vectors always make the same map. What else was tried, and how much each keeps, is in docs/search.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from casebase.domain.ports import Vectors

Places: TypeAlias = "NDArray[np.float64]"

PERPLEXITY = 20.0
"""How many neighbours a vector cares about; between 10 and 40 the map keeps as many of them."""
STEPS = 300
_EARLY_STEPS = 75
_EXAGGERATION = 12.0
"""For the first steps attraction counts this much more: groups come together before they are pushed apart."""
_BISECTIONS = 50
_JITTER = 0.01
"""Share of the starting width by which equal vectors are moved apart: else one would lie under the other for ever."""
_FEWEST = 4
"""Fewer vectors than this have no neighbours to choose from: their principal components are the map."""
LANDMARKS = 1000
"""So many vectors are laid out against one another, which costs their square; the rest are placed among them."""
_ANCHORS = 3


def project(vectors: Vectors) -> Places:
    """Return a place for each unit vector, (n, 2), each axis filling [-1, 1]; an axis along which nothing differs is 0.

    O(n²) up to LANDMARKS vectors and O(n) beyond: 0.07 s for 94, 3 s for 1,000, 3 s for 5,000.
    """
    exact = vectors.astype(np.float64)
    if len(exact) < _FEWEST:
        return _fill(_principal(exact))
    marks = np.unique(np.linspace(0, len(exact) - 1, min(len(exact), LANDMARKS)).astype(np.int64))
    laid_out = _descend(_affinities(exact[marks]), _start(exact[marks]))
    return _fill(laid_out if len(marks) == len(exact) else _place_among(exact, marks, laid_out))


def _principal(vectors: Places) -> Places:
    """Return the first two principal components (n, 2); the sign is fixed, for a decomposition may return either."""
    centred = vectors - vectors.mean(axis=0) if len(vectors) else vectors
    axes, lengths, _ = np.linalg.svd(centred, full_matrices=False)
    found = np.zeros((len(vectors), 2))
    kept = min(2, len(lengths))
    found[:, :kept] = axes[:, :kept] * lengths[:kept]
    strongest = found[np.abs(found).argmax(axis=0), [0, 1]] if len(found) else np.ones(2)
    return found * np.where(strongest < 0, -1.0, 1.0)


def _start(vectors: Places) -> Places:
    first = _principal(vectors)
    width = first[:, 0].std() or 1.0
    jitter = np.random.default_rng(0).normal(size=first.shape)
    return (first / width + _JITTER * jitter) * 1e-4


def _affinities(vectors: Places) -> Places:
    """Return how much each pair belongs together, (n, n), symmetric, of sum 1: Gaussians as wide as PERPLEXITY neighbours need."""
    count = len(vectors)
    distances = 2 - 2 * vectors @ vectors.T
    np.fill_diagonal(distances, np.inf)
    distances -= distances.min(axis=1, keepdims=True)
    wanted = np.log(min(PERPLEXITY, (count - 1) / 2))
    low, high, sharpness = np.zeros(count), np.full(count, np.inf), np.full(count, 5.0)
    shares = np.zeros_like(distances)
    for _ in range(_BISECTIONS):
        shares = np.exp(-distances * sharpness[:, None])
        shares /= shares.sum(axis=1, keepdims=True)
        too_wide = -(shares * np.log(np.maximum(shares, 1e-300))).sum(axis=1) > wanted
        low, high = np.where(too_wide, sharpness, low), np.where(too_wide, high, sharpness)
        sharpness = np.where(np.isinf(high), sharpness * 2, (low + np.minimum(high, 1e300)) / 2)
    return (shares + shares.T) / (2 * count)


def _descend(affinities: Places, start: Places) -> Places:
    """Return places whose nearness, by Student's t, agrees with the affinities. Each place has its own rate, as it goes well."""
    places, speed, gain = start, np.zeros_like(start), np.ones_like(start)
    rate = max(len(start) / _EXAGGERATION, 50.0) / 4
    for step in range(STEPS):
        early = step < _EARLY_STEPS
        slope = _slope(affinities * _EXAGGERATION if early else affinities, places)
        gain = np.where(np.sign(slope) == np.sign(speed), np.maximum(gain * 0.8, 0.01), gain + 0.2)
        speed = (0.5 if early else 0.8) * speed - rate * gain * slope
        places = places + speed
        places = places - places.mean(axis=0)
    return places


def _slope(affinities: Places, places: Places) -> Places:
    squares = (places**2).sum(axis=1)
    nearness = 1 / (1 + np.maximum(squares[:, None] + squares - 2 * places @ places.T, 0))
    np.fill_diagonal(nearness, 0)
    pull = (affinities - nearness / nearness.sum()) * nearness
    return np.asarray(4 * (pull.sum(axis=1)[:, None] * places - pull @ places))


def _place_among(vectors: Places, marks: NDArray[np.int64], laid_out: Places) -> Places:
    """Return places (n, 2): landmarks keep theirs, every other vector goes between its nearest landmarks, nearest the nearest."""
    alike = vectors @ vectors[marks].T
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :_ANCHORS]
    weight = 1 / np.maximum(1 - np.take_along_axis(alike, nearest, axis=1), 1e-6) ** 2
    places = (laid_out[nearest] * weight[:, :, None]).sum(axis=1) / weight.sum(axis=1)[:, None]
    places[marks] = laid_out
    return np.asarray(places)


def _fill(places: Places) -> Places:
    """Return the places moved and stretched so that each axis reaches from -1 to 1."""
    if not len(places):
        return places
    least, most = places.min(axis=0), places.max(axis=0)
    wide = most - least > 1e-12  # noqa: PLR2004 - less is rounding
    return np.where(wide, 2 * (places - least) / np.where(wide, most - least, 1) - 1, 0.0)
