"""Writes the BERT encoder as one ONNX graph of standard operators: token ids and mask in, embeddings of unit length out.

Linear layers are float32, the arithmetic of the original one to one. Word embeddings, four fifths of all weights, stay in their
4-bit blocks: only the rows of a text's tokens are dequantised, exactly, so a 470 MB graph becomes one of 140 MB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike
    from onnx import ModelProto, NodeProto, TensorProto

    from casebase.search.model.blob import Weights

INPUTS = ("input_ids", "attention_mask")
OUTPUT = "embedding"

_OPSET = 20
_IR_VERSION = 9
_HIDDEN_SCORE = -1e9
"""Added to the attention scores of padding, so that softmax gives it exactly 0."""


def build_graph(weights: Weights) -> ModelProto:
    """Return the encoder: `input_ids` and `attention_mask` (batch, tokens) int64 -> `embedding` (batch, hidden) float32.

    An embedding is the mean of the last layer over the tokens under the mask, divided by its length. At most as many tokens as
    the model has positions. ModelCorruptError when a tensor is missing or has another shape.
    """
    encoder = _Encoder(weights)
    states = encoder.embeddings()
    hidden = encoder.hidden_scores()
    for layer in range(weights.architecture.layers):
        states = encoder.layer(f"l{layer}", states, hidden)
    encoder.pool(states)
    return encoder.model()


class _Graph:
    """Nodes and constants in the order of their making; every method returns the name of its result."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def constant(self, values: ArrayLike, dtype: type[np.generic]) -> str:
        from onnx import numpy_helper

        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype), name))
        return name

    def floats(self, values: ArrayLike) -> str:
        return self.constant(values, np.float32)

    def integers(self, *values: int) -> str:
        return self.constant(values, np.int64)

    def node(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:  # noqa: ANN401 - what ONNX takes
        from onnx import helper

        output = output or f"n{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output


class _Encoder(_Graph):
    """The parts of the BERT encoder as pieces of the graph. A state is (batch, tokens, hidden)."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self._weights = weights
        self._sizes = weights.architecture
        head = self._sizes.hidden // self._sizes.heads
        self._split = self.integers(0, 0, self._sizes.heads, head)
        self._join = self.integers(0, 0, self._sizes.hidden)
        self._scale = self.floats([head**-0.5])
        self._mask = self.node("Cast", "attention_mask", to=self._type("FLOAT"))

    def embeddings(self) -> str:
        """Sum of word, position and token type, normalised."""
        hidden = self._sizes.hidden
        count = self.node("Slice", self.node("Shape", "input_ids"), self.integers(1), self.integers(2))
        table = self.floats(self._weights.floats("emb.pos", self._sizes.positions, hidden))
        positions = self.node("Slice", table, self.integers(0), count, self.integers(0))
        states = self.node("Add", self._words(), positions)
        kind = self.floats(self._weights.floats("emb.type", self._sizes.token_types, hidden)[0])
        return self._normalised("emb.ln", self.node("Add", states, kind))

    def _words(self) -> str:
        """Gather the blocks of the tokens and dequantise those alone."""
        blocks = self._weights.blocks("emb.word", self._sizes.vocabulary, self._sizes.hidden)
        packed = self.node("Gather", self.constant(blocks.packed, np.uint8), "input_ids")
        low = self.node("BitwiseAnd", packed, self.constant([15], np.uint8))
        high = self.node("BitShift", packed, self.constant([4], np.uint8), direction="RIGHT")
        nibbles = self.node("Cast", self.node("Concat", low, high, axis=-1), to=self._type("FLOAT"))
        scales = self.node("Gather", self.constant(blocks.scales[..., None], np.float16), "input_ids")
        scales = self.node("Cast", scales, to=self._type("FLOAT"))
        words = self.node("Mul", self.node("Sub", nibbles, self.floats([8])), scales)
        return self.node("Reshape", words, self._join)

    def hidden_scores(self) -> str:
        """Return what attention adds to the scores: 0 for tokens, a huge negative number for padding, (batch, 1, 1, tokens)."""
        padding = self.node("Sub", self.floats([1]), self._mask)
        return self.node("Unsqueeze", self.node("Mul", padding, self.floats([_HIDDEN_SCORE])), self.integers(1, 2))

    def layer(self, name: str, states: str, hidden_scores: str) -> str:
        """Attention and feed-forward, each added to what came in and normalised."""
        wide = self._sizes.feed_forward
        attended = self.node("Add", states, self._linear(f"{name}.ao", self._attention(name, states, hidden_scores)))
        states = self._normalised(f"{name}.aln", attended)
        inner = self.node("Gelu", self._linear(f"{name}.fi", states, rows=wide))
        return self._normalised(f"{name}.oln", self.node("Add", states, self._linear(f"{name}.fo", inner, columns=wide)))

    def _attention(self, name: str, states: str, hidden_scores: str) -> str:
        queries = self._heads(f"{name}.q", states, order=(0, 2, 1, 3))
        keys = self._heads(f"{name}.k", states, order=(0, 2, 3, 1))
        values = self._heads(f"{name}.v", states, order=(0, 2, 1, 3))
        scores = self.node("Mul", self.node("MatMul", queries, keys), self._scale)
        attention = self.node("Softmax", self.node("Add", scores, hidden_scores), axis=-1)
        context = self.node("Transpose", self.node("MatMul", attention, values), perm=(0, 2, 1, 3))
        return self.node("Reshape", context, self._join)

    def _heads(self, name: str, states: str, *, order: tuple[int, ...]) -> str:
        return self.node("Transpose", self.node("Reshape", self._linear(name, states), self._split), perm=order)

    def _linear(self, name: str, states: str, *, rows: int = 0, columns: int = 0) -> str:
        """Multiply by a matrix (rows, columns), both `hidden` unless told, and add its bias."""
        rows, columns = rows or self._sizes.hidden, columns or self._sizes.hidden
        matrix = self._weights.blocks(f"{name}.w", rows, columns).dequantised()
        product = self.node("MatMul", states, self.floats(matrix.T))
        return self.node("Add", product, self.floats(self._weights.floats(f"{name}.b", rows)))

    def _normalised(self, name: str, states: str) -> str:
        gain, bias = (self.floats(self._weights.floats(f"{name}.{part}", self._sizes.hidden)) for part in "wb")
        return self.node("LayerNormalization", states, gain, bias, axis=-1, epsilon=self._sizes.epsilon)

    def pool(self, states: str) -> None:
        """Mean over the tokens under the mask, at unit length."""
        mask = self.node("Unsqueeze", self._mask, self.integers(-1))
        total = self.node("ReduceSum", self.node("Mul", states, mask), self.integers(1), keepdims=0)
        mean = self.node("Div", total, self.node("ReduceSum", mask, self.integers(1), keepdims=0))
        self.node("LpNormalization", mean, output=OUTPUT, axis=-1, p=2)

    def model(self) -> ModelProto:
        from onnx import helper

        value = helper.make_tensor_value_info
        inputs = [value(name, self._type("INT64"), ["batch", "tokens"]) for name in INPUTS]
        outputs = [value(OUTPUT, self._type("FLOAT"), ["batch", self._sizes.hidden])]
        graph = helper.make_graph(self._nodes, "encoder", inputs, outputs, self._constants)
        opsets = [helper.make_opsetid("", _OPSET)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="casebase")

    @staticmethod
    def _type(name: str) -> int:
        from onnx import TensorProto

        return int(TensorProto.DataType.Value(name))
