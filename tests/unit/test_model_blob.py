from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tiny_model import FEED_FORWARD, HIDDEN, LAYERS, PIECES, POSITIONS, SPARE_ROWS, metadata_size, tiny_source, tiny_weights

from casebase.errors import ModelCorruptError
from casebase.search.model.blob import Weights, parse_weights, read_weights

if TYPE_CHECKING:
    from pathlib import Path

RAW = tiny_weights()
METADATA = metadata_size()


def read_everything(weights: Weights) -> None:
    """Read every tensor in the shape that the sizes ask for."""
    sizes = weights.architecture
    weights.blocks("emb.word", sizes.vocabulary, sizes.hidden).dequantised()
    weights.floats("emb.pos", sizes.positions, sizes.hidden)
    for layer in range(min(sizes.layers, 2 * LAYERS)):
        weights.blocks(f"l{layer}.fo.w", sizes.hidden, sizes.feed_forward).dequantised()
        weights.floats(f"l{layer}.oln.b", sizes.hidden)


def test_sizes_are_read() -> None:
    sizes = parse_weights(RAW).architecture

    assert (sizes.hidden, sizes.layers, sizes.feed_forward, sizes.positions) == (HIDDEN, LAYERS, FEED_FORWARD, POSITIONS)
    assert sizes.vocabulary == len(PIECES) + SPARE_ROWS
    assert sizes.epsilon == pytest.approx(1e-12)


def test_pieces_keep_their_places_and_scores() -> None:
    vocabulary = parse_weights(RAW).vocabulary

    assert tuple(piece for piece, _ in vocabulary.pieces) == PIECES
    assert vocabulary.pieces[7] == ("c", -7.0)
    assert (vocabulary.bos, vocabulary.pad, vocabulary.eos, vocabulary.unknown) == (0, 1, 2, 3)


def test_low_nibbles_come_before_high_ones_and_count_from_minus_eight() -> None:
    blocks = parse_weights(RAW).blocks("l0.q.w", HIDDEN, HIDDEN)
    byte, scale = int(blocks.packed[0, 1, 3]), np.float32(blocks.scales[0, 1])

    row = blocks.dequantised()[0]

    assert row[32 + 3] == ((byte & 15) - 8) * scale
    assert row[32 + 16 + 3] == ((byte >> 4) - 8) * scale


def test_matrix_has_the_shape_that_was_asked_for() -> None:
    assert parse_weights(RAW).blocks("l1.fo.w", HIDDEN, FEED_FORWARD).dequantised().shape == (HIDDEN, FEED_FORWARD)


@given(st.integers(0, len(RAW) - 1))
def test_file_that_ends_early_is_corrupt(length: int) -> None:
    with pytest.raises(ModelCorruptError):
        parse_weights(RAW[:length])


@pytest.mark.parametrize("length", range(0, METADATA, 97))
def test_file_that_ends_inside_its_metadata_is_corrupt(length: int) -> None:
    with pytest.raises(ModelCorruptError):
        parse_weights(RAW[:length])


@given(st.integers(0, METADATA - 1), st.integers(1, 255))
@example(372, 1)  # the scales begin inside other numbers, and one is infinite
def test_damaged_metadata_is_never_an_obscure_error(place: int, flip: int) -> None:
    damaged = bytearray(RAW)
    damaged[place] ^= flip

    with suppress(ModelCorruptError):  # or it reads as another model, which only the file's hash can tell
        read_everything(parse_weights(bytes(damaged)))


@given(st.binary(max_size=300))
def test_any_other_file_is_corrupt(content: bytes) -> None:
    with pytest.raises(ModelCorruptError):
        parse_weights(b"E5S1\x01\0\0\0" + content)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        pytest.param("l9.q.w", HIDDEN, id="no such tensor"),
        pytest.param("l0.q.w", HIDDEN + 1, id="another shape"),
        pytest.param("emb.pos", POSITIONS, id="not in blocks"),
    ],
)
def test_tensor_that_is_not_there_is_corrupt(name: str, rows: int) -> None:
    with pytest.raises(ModelCorruptError, match=name):
        parse_weights(RAW).blocks(name, rows, HIDDEN)


def test_blocks_are_not_read_as_floats() -> None:
    with pytest.raises(ModelCorruptError):
        parse_weights(RAW).floats("l0.q.w", HIDDEN, HIDDEN)


def test_file_with_the_expected_hash_is_read(tmp_path: Path) -> None:
    path = tmp_path / "tiny.bin"
    path.write_bytes(RAW)

    assert read_weights(path, sha256=tiny_source().sha256).architecture.hidden == HIDDEN


@pytest.mark.parametrize("place", [0, METADATA // 2, METADATA + 1, len(RAW) - 1])
def test_flipped_byte_is_corrupt(tmp_path: Path, place: int) -> None:
    damaged = bytearray(RAW)
    damaged[place] ^= 1
    path = tmp_path / "tiny.bin"
    path.write_bytes(damaged)

    with pytest.raises(ModelCorruptError, match=r"tiny\.bin"):
        read_weights(path, sha256=tiny_source().sha256)


def test_missing_file_is_corrupt(tmp_path: Path) -> None:
    with pytest.raises(ModelCorruptError, match=r"tiny\.bin"):
        read_weights(tmp_path / "tiny.bin")
