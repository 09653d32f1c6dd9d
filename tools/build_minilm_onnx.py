"""Builds the embedding model of `app/assets` from the original weights, bit for bit.

    python tools/build_minilm_onnx.py model.safetensors minilm-l6-w8.onnx

Needs numpy and onnx 1.23.2, and no torch: the weights file is a JSON header with plain arrays after
it. `model.safetensors` is the one of sentence-transformers/all-MiniLM-L6-v2 (app/assets/README.md).
"""

import argparse
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LAYERS = 6
HEADS = 12
DIMS = 384
HEAD_DIMS = DIMS // HEADS
OPSET = 20
IR_VERSION = 9
NORM_EPSILON = 1e-12
PADDING_SCORE = -10_000.0

Array = NDArray[Any]
Weights = dict[str, Array]


def read_safetensors(path: Path) -> Weights:
    """The arrays of a safetensors file by name."""
    types = {"F32": np.float32, "F16": np.float16, "I64": np.int64}
    raw = path.read_bytes()
    (header_bytes,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + header_bytes])
    body = memoryview(raw)[8 + header_bytes :]
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], types[entry["dtype"]]).reshape(
            entry["shape"]
        )
        for name, entry in header.items()
        if name != "__metadata__"
    }


class Graph:
    """Nodes and constants in the order in which they are added, which the bytes depend on."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: Array) -> str:
        """The name of a constant, added at its first use."""
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def node(self, operator: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        """The name of the output of a new node."""
        number = len(self.nodes)
        output = output or f"{operator}_{number}"
        name = f"n{number}_{operator}"
        made = helper.make_node(operator, inputs, [output], name=name, domain="", **attributes)
        self.nodes.append(made)
        return output


class MiniLm:
    """all-MiniLM-L6-v2 with mean pooling and L2 norm, its large weights as 8-bit integers."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._graph = Graph()
        self._prefix = "" if "embeddings.word_embeddings.weight" in weights else "bert."

    def model(self) -> onnx.ModelProto:
        """The whole model: token ids and a mask in, one unit vector per text out."""
        hidden = self._embeddings()
        mask, bias = self._mask()
        self._shapes()
        for layer in range(LAYERS):
            hidden = self._layer(layer, hidden, bias)
        self._pool(hidden, mask)
        graph = helper.make_graph(
            self._graph.nodes,
            "all-MiniLM-L6-v2",
            [
                helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["b", "t"]),
                helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["b", "t"]),
            ],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["b", DIMS])],
            initializer=list(self._graph.constants.values()),
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        return model

    def _array(self, name: str) -> Array:
        return self._weights[self._prefix + name].astype(np.float32)

    def _embeddings(self) -> str:
        """Word and position vectors. Rows stay 8-bit until they are gathered, which saves memory."""
        graph = self._graph
        words = self._array("embeddings.word_embeddings.weight")
        scales = _scales(words, axis=1)
        graph.constant("word_q", _quantised(words, scales[:, None]))
        graph.constant("word_s", scales[:, None])
        rows = graph.node("Gather", ["word_q", "input_ids"])
        rows = graph.node("Cast", [rows], to=TensorProto.FLOAT)
        rows = graph.node("Mul", [rows, graph.node("Gather", ["word_s", "input_ids"])])
        # A text is one segment, so that the vector of segment 0 is a part of each position.
        segment = self._array("embeddings.token_type_embeddings.weight")[0]
        graph.constant("pos", self._array("embeddings.position_embeddings.weight") + segment)
        shape = graph.node("Shape", ["input_ids"])
        for number in (1, 0, 2):
            graph.constant(f"i{number}", np.array([number], np.int64))
        length = graph.node("Slice", [shape, "i1", "i2"])
        positions = graph.node("Slice", ["pos", "i0", length, "i0"])
        total = graph.node("Add", [rows, positions])
        return self._norm(total, "embeddings.LayerNorm", ("eln_w", "eln_b"))

    def _mask(self) -> tuple[str, str]:
        """The mask as numbers, and what it adds to attention scores, [batch, 1, 1, tokens]."""
        graph = self._graph
        mask = graph.node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
        graph.constant("one", np.array(1, np.float32))
        graph.constant("neg", np.array(PADDING_SCORE, np.float32))
        graph.constant("ax12", np.array([1, 2], np.int64))
        padding = graph.node("Sub", ["one", graph.node("Unsqueeze", [mask, "ax12"])])
        return mask, graph.node("Mul", [padding, "neg"])

    def _shapes(self) -> None:
        self._graph.constant("shp4", np.array([0, 0, HEADS, HEAD_DIMS], np.int64))
        self._graph.constant("shp3", np.array([0, 0, DIMS], np.int64))
        self._graph.constant("scale", np.array(1 / np.sqrt(HEAD_DIMS), np.float32))

    def _layer(self, layer: int, hidden: str, bias: str) -> str:
        graph = self._graph
        prefix = f"encoder.layer.{layer}."
        attended = self._attention(layer, hidden, bias)
        output = self._linear(attended, f"{prefix}attention.output.dense", f"l{layer}_o")
        hidden = self._norm(
            graph.node("Add", [output, hidden]),
            f"{prefix}attention.output.LayerNorm",
            (f"l{layer}_ln1w", f"l{layer}_ln1b"),
        )
        wide = graph.node(
            "Gelu", [self._linear(hidden, f"{prefix}intermediate.dense", f"l{layer}_i")]
        )
        output = self._linear(wide, f"{prefix}output.dense", f"l{layer}_d")
        return self._norm(
            graph.node("Add", [output, hidden]),
            f"{prefix}output.LayerNorm",
            (f"l{layer}_ln2w", f"l{layer}_ln2b"),
        )

    def _attention(self, layer: int, hidden: str, bias: str) -> str:
        graph = self._graph
        query = self._heads(layer, hidden, "query", [0, 2, 1, 3])
        key = self._heads(layer, hidden, "key", [0, 2, 3, 1])
        value = self._heads(layer, hidden, "value", [0, 2, 1, 3])
        scores = graph.node("Mul", [graph.node("MatMul", [query, key]), "scale"])
        shares = graph.node("Softmax", [graph.node("Add", [scores, bias])], axis=-1)
        mixed = graph.node("MatMul", [shares, value])
        return graph.node("Reshape", [graph.node("Transpose", [mixed], perm=[0, 2, 1, 3]), "shp3"])

    def _heads(self, layer: int, hidden: str, part: str, order: list[int]) -> str:
        name = f"encoder.layer.{layer}.attention.self.{part}"
        flat = self._linear(hidden, name, f"l{layer}_{part[0]}")
        return self._graph.node(
            "Transpose", [self._graph.node("Reshape", [flat, "shp4"])], perm=order
        )

    def _linear(self, hidden: str, name: str, short: str) -> str:
        """Hidden W + b, the weights being 8-bit integers with one scale per output."""
        graph = self._graph
        weights = self._array(f"{name}.weight").T
        scales = _scales(weights, axis=0)
        quantised = [
            graph.constant(f"{short}_w_q", _quantised(weights, scales[None, :])),
            graph.constant(f"{short}_w_s", scales),
            graph.constant(f"{short}_w_z", np.zeros(len(scales), np.int8)),
        ]
        product = graph.node("MatMul", [hidden, graph.node("DequantizeLinear", quantised, axis=1)])
        return graph.node(
            "Add", [product, graph.constant(f"{short}_b", self._array(f"{name}.bias"))]
        )

    def _norm(self, hidden: str, name: str, short: tuple[str, str]) -> str:
        graph = self._graph
        gain = graph.constant(short[0], self._array(f"{name}.weight"))
        shift = graph.constant(short[1], self._array(f"{name}.bias"))
        return graph.node(
            "LayerNormalization", [hidden, gain, shift], axis=-1, epsilon=NORM_EPSILON
        )

    def _pool(self, hidden: str, mask: str) -> None:
        """The mean over the tokens that are no padding, scaled to length 1."""
        graph = self._graph
        graph.constant("axm1", np.array([-1], np.int64))
        graph.constant("ax1", np.array([1], np.int64))
        weights = graph.node("Unsqueeze", [mask, "axm1"])
        total = graph.node("ReduceSum", [graph.node("Mul", [hidden, weights]), "ax1"], keepdims=0)
        mean = graph.node("Div", [total, graph.node("ReduceSum", [mask, "ax1"], keepdims=1)])
        length = graph.node("ReduceL2", [mean, "axm1"], keepdims=1)
        graph.node("Div", [mean, length], output="embedding")


def _scales(weights: Array, axis: int) -> Array:
    """What one step of an 8-bit integer is worth, per row or column."""
    scales = np.abs(weights).max(axis=axis) / 127.0
    scales[scales == 0] = 1e-8
    return scales.astype(np.float32)


def _quantised(weights: Array, scales: Array) -> Array:
    return np.clip(np.round(weights / scales), -127, 127).astype(np.int8)


def main() -> None:
    """Writes the model file and checks it."""
    parser = argparse.ArgumentParser(description="Build the ONNX file of all-MiniLM-L6-v2.")
    parser.add_argument("weights", type=Path, help="model.safetensors")
    parser.add_argument("output", type=Path, help="the ONNX file to write")
    arguments = parser.parse_args()
    onnx.save(MiniLm(read_safetensors(arguments.weights)).model(), str(arguments.output))
    onnx.checker.check_model(str(arguments.output))


if __name__ == "__main__":
    main()
