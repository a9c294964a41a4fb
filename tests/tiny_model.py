"""A complete weights file of 50 KB, in the layout of the real one, with random weights that are the same everywhere."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from casebase.search.model.prepare import Source

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

Array: TypeAlias = NDArray[np.generic]

HIDDEN, LAYERS, HEADS, FEED_FORWARD, POSITIONS, TYPES = 64, 2, 2, 128, 32, 2
EPSILON = 1e-12
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
PIECES = (*SPECIAL, "▁", *"abcdeinoqrsuy:đố", "▁số", "▁que", "ry", "<mask>")
SPARE_ROWS = 3
"""The real file has rows of word embeddings that no piece uses."""


def tiny_weights() -> bytes:
    """Return the file's content."""
    header, vocabulary, tensors = _header(), _vocabulary(), _tensors()
    start = len(header) + len(vocabulary) + len(_directory(tensors, start=0))
    return header + vocabulary + _directory(tensors, start=start) + b"".join(content for _, _, _, content in tensors)


def install_tiny_weights(folder: Path, monkeypatch: pytest.MonkeyPatch, *, content: bytes | None = None) -> Source:
    """Make a Python package that carries the file, in a folder on the import path."""
    package = folder / "tinyweights"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "tiny.bin").write_bytes(tiny_weights() if content is None else content)
    monkeypatch.syspath_prepend(str(folder))
    return tiny_source()


def tiny_source() -> Source:
    """Return the description of that package."""
    digest = hashlib.sha256(tiny_weights()).hexdigest()
    return Source(package="tinyweights", version="1", file="tiny.bin", sha256=digest)


def metadata_size() -> int:
    """Return how many bytes of the file come before the first tensor."""
    return len(tiny_weights()) - sum(len(content) for _, _, _, content in _tensors())


def _header() -> bytes:
    rows = len(PIECES) + SPARE_ROWS
    sizes = (HIDDEN, LAYERS, HEADS, FEED_FORWARD, rows, POSITIONS, TYPES)
    return b"E5S1" + struct.pack("<I7ifi", 1, *sizes, EPSILON, 32)


def _vocabulary() -> bytes:
    encoded = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, encoded)])
    scores = [0.0 if piece.startswith("<") else -float(place) for place, piece in enumerate(PIECES)]
    text = b"".join(encoded)
    code_points = struct.pack("<iI", 1, 9) + struct.pack("<IBI", 9, 1, 32)
    head = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(text))
    return head + offsets.astype("<u4").tobytes() + np.array(scores, "<f4").tobytes() + text + code_points


def _directory(tensors: list[tuple[str, int, int, bytes]], *, start: int) -> bytes:
    entries = [struct.pack("<i", len(tensors))]
    for name, kind, count, content in tensors:
        entries.append(struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, count, start, len(content)))
        start += len(content)
    return b"".join(entries)


def _tensors() -> list[tuple[str, int, int, bytes]]:
    """Return name, kind (0 float32, 1 four-bit blocks), count of weights and bytes of every tensor."""
    random = np.random.default_rng(5)

    def floats(name: str, count: int, *, around: float = 0.0) -> tuple[str, int, int, bytes]:
        return name, 0, count, random.normal(around, 0.2, count).astype("<f4").tobytes()

    def blocks(name: str, count: int) -> tuple[str, int, int, bytes]:
        scales = random.uniform(0.01, 0.05, (count // 32, 1)).astype("<f2").view(np.uint8)
        nibbles = random.integers(0, 256, (count // 32, 16), np.uint8)
        return name, 1, count, np.concatenate([scales, nibbles], axis=1).tobytes()

    def norm(name: str) -> list[tuple[str, int, int, bytes]]:
        return [floats(f"{name}.w", HIDDEN, around=1.0), floats(f"{name}.b", HIDDEN)]

    def linear(name: str, rows: int, columns: int) -> list[tuple[str, int, int, bytes]]:
        return [blocks(f"{name}.w", rows * columns), floats(f"{name}.b", rows)]

    tensors = [blocks("emb.word", (len(PIECES) + SPARE_ROWS) * HIDDEN)]
    tensors += [floats("emb.pos", POSITIONS * HIDDEN), floats("emb.type", TYPES * HIDDEN), *norm("emb.ln")]
    for layer in range(LAYERS):
        for part in ("q", "k", "v", "ao"):
            tensors += linear(f"l{layer}.{part}", HIDDEN, HIDDEN)
        tensors += norm(f"l{layer}.aln")
        tensors += linear(f"l{layer}.fi", FEED_FORWARD, HIDDEN) + linear(f"l{layer}.fo", HIDDEN, FEED_FORWARD)
        tensors += norm(f"l{layer}.oln")
    return tensors
