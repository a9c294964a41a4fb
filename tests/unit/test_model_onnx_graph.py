from __future__ import annotations

from math import erf
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnxruntime import InferenceSession
from tiny_model import FEED_FORWARD, HEADS, HIDDEN, LAYERS, PIECES, POSITIONS, SPARE_ROWS, TYPES, tiny_weights

from casebase.errors import ModelCorruptError
from casebase.search.model.blob import Weights, parse_weights
from casebase.search.model.onnx_graph import build_graph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WEIGHTS = parse_weights(tiny_weights())
GRAPH = build_graph(WEIGHTS)
ROWS = len(PIECES) + SPARE_ROWS


def run(ids: Sequence[Sequence[int]], mask: Sequence[Sequence[int]] | None = None) -> NDArray[np.float32]:
    """Run the graph."""
    session = InferenceSession(GRAPH.SerializeToString(), providers=["CPUExecutionProvider"])
    tokens = np.array(ids, np.int64)
    (embedding,) = session.run(None, {"input_ids": tokens, "attention_mask": np.ones_like(tokens) if mask is None else mask})
    return np.asarray(embedding)


class Reference:
    """BERT as the paper writes it, in float64, one text at a time."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    def matrix(self, name: str, rows: int, columns: int) -> NDArray[Any]:
        return self.weights.blocks(name, rows, columns).dequantised().astype(np.float64)

    def linear(self, name: str, states: NDArray[Any], rows: int = HIDDEN, columns: int = HIDDEN) -> NDArray[Any]:
        return states @ self.matrix(f"{name}.w", rows, columns).T + self.weights.floats(f"{name}.b", rows)

    def norm(self, name: str, states: NDArray[Any]) -> NDArray[Any]:
        centred = states - states.mean(-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        return centred / spread * self.weights.floats(f"{name}.w", HIDDEN) + self.weights.floats(f"{name}.b", HIDDEN)

    def attention(self, layer: str, states: NDArray[Any]) -> NDArray[Any]:
        heads = [np.split(self.linear(f"{layer}.{part}", states), HEADS, axis=1) for part in "qkv"]
        context = []
        for query, key, value in zip(*heads, strict=True):
            scores = np.exp(query @ key.T / np.sqrt(HIDDEN / HEADS))
            context.append(scores / scores.sum(-1, keepdims=True) @ value)
        return self.linear(f"{layer}.ao", np.concatenate(context, axis=1))

    def embed(self, ids: Sequence[int]) -> NDArray[Any]:
        words = self.matrix("emb.word", ROWS, HIDDEN)[list(ids)]
        positions = self.weights.floats("emb.pos", POSITIONS, HIDDEN)[: len(ids)]
        states = self.norm("emb.ln", words + positions + self.weights.floats("emb.type", TYPES, HIDDEN)[0])
        for layer in (f"l{number}" for number in range(LAYERS)):
            states = self.norm(f"{layer}.aln", states + self.attention(layer, states))
            inner = self.linear(f"{layer}.fi", states, FEED_FORWARD)
            inner = inner * 0.5 * (1 + np.vectorize(erf)(inner / np.sqrt(2)))
            states = self.norm(f"{layer}.oln", states + self.linear(f"{layer}.fo", inner, HIDDEN, FEED_FORWARD))
        mean = states.mean(0)
        return mean / np.linalg.norm(mean)


def test_graph_is_valid_onnx_of_standard_operators() -> None:
    onnx.checker.check_model(GRAPH, full_check=True)

    assert [opset.domain for opset in GRAPH.opset_import] == [""]


@pytest.mark.parametrize("ids", [[0, 2], [0, 7, 9, 9, 20, 2], [0, *range(4, 34), 2][:POSITIONS], [ROWS - 1]])
def test_graph_computes_the_encoder(ids: list[int]) -> None:
    ids = [min(token, ROWS - 1) for token in ids]

    np.testing.assert_allclose(run([ids])[0], Reference(WEIGHTS).embed(ids), atol=2e-6)


def test_embeddings_have_unit_length() -> None:
    np.testing.assert_allclose(np.linalg.norm(run([[0, 5, 2], [0, 8, 2]]), axis=1), 1, atol=1e-6)


def test_padding_changes_nothing() -> None:
    padded = run([[0, 5, 6, 2, 1, 1], [0, 7, 7, 7, 7, 2]], [[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]])

    np.testing.assert_allclose(padded[0], run([[0, 5, 6, 2]])[0], atol=1e-6)
    np.testing.assert_allclose(padded[1], run([[0, 7, 7, 7, 7, 2]])[0], atol=1e-6)


def test_word_embeddings_stay_in_four_bits() -> None:
    kinds = {constant.data_type: constant.dims for constant in GRAPH.graph.initializer if ROWS in constant.dims}

    assert set(kinds) == {onnx.TensorProto.UINT8, onnx.TensorProto.FLOAT16}


def test_weights_without_a_tensor_are_corrupt() -> None:
    damaged = tiny_weights().replace(b"l1.fo.w", b"l1.xx.w")

    with pytest.raises(ModelCorruptError, match=r"l1\.fo\.w"):
        build_graph(parse_weights(damaged))
