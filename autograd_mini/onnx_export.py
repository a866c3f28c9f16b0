"""Graphs as ONNX models, which other tools run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.atomic import atomic
from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Constant, Node

try:
    import onnx
    from onnx import helper, numpy_helper
except ImportError as error:
    raise ImportError(
        "to_onnx needs the package onnx: pip install 'autograd_mini[onnx]'"
    ) from error

__all__ = ["model", "write"]

OPSET = 18

_ONE_TO_ONE = {
    "add": "Add", "subtract": "Sub", "multiply": "Mul", "divide": "Div", "negative": "Neg",
    "matmul": "MatMul", "power": "Pow", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "tanh": "Tanh",
    "sigmoid": "Sigmoid", "relu": "Relu", "absolute": "Abs", "sin": "Sin", "cos": "Cos",
    "tan": "Tan", "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan", "sinh": "Sinh",
    "cosh": "Cosh", "arcsinh": "Asinh", "arccosh": "Acosh", "arctanh": "Atanh", "sign": "Sign",
    "floor": "Floor", "ceil": "Ceil", "maximum": "Max", "minimum": "Min", "greater": "Greater",
    "greater_equal": "GreaterOrEqual", "less": "Less", "less_equal": "LessOrEqual",
    "equal": "Equal", "where": "Where", "softplus": "Softplus", "reciprocal": "Reciprocal",
    "logical_not": "Not", "logical_and": "And", "logical_or": "Or", "erf": "Erf",
}  # fmt: skip

_REDUCTIONS = {
    "sum": "ReduceSum", "mean": "ReduceMean", "max": "ReduceMax", "min": "ReduceMin",
    "prod": "ReduceProd", "logsumexp": "ReduceLogSumExp",
}  # fmt: skip


class _Writer:
    """Collects the nodes and constants of a model."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._count = 0

    def constant(self, value: Any) -> str:
        """Return the name of a constant."""
        name = self._fresh("c")
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def scalar(self, value: Any, dtype: Any) -> str:
        """Return the name of one number."""
        return self.constant(np.asarray(value, dtype).reshape(()))

    def shape(self, shape: Sequence[int]) -> str:
        """Return the name of a list of integers."""
        return self.constant(np.asarray(shape, np.int64).reshape(-1))

    def call(self, kind: str, *operands: str, **attributes: Any) -> str:
        """Return the name of the result of one ONNX operation."""
        name = self._fresh("t")
        self.nodes.append(helper.make_node(kind, list(operands), [name], **attributes))
        return name

    def cast(self, name: str, dtype: Any) -> str:
        """Return a value as another dtype."""
        return self.call("Cast", name, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def _fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"


Rule = Callable[[_Writer, Node, list[str]], str]
_RULES: dict[str, Rule] = {}


def _rule(*names: str) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        _RULES.update(dict.fromkeys(names, rule))
        return rule

    return register


def _parameter(node: Node, key: str) -> Any:
    return node.params.get(key, node.op.defaults.get(key))


def _ndim(operand: Any) -> int:
    return len(getattr(operand, "shape", ()))


@_rule("alias", "copy", "positive", "stop_gradient")
def _same(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.call("Identity", xs[0])


@_rule("square")
def _square(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.call("Mul", xs[0], xs[0])


@_rule("log1p")
def _log1p(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.call("Log", w.call("Add", xs[0], w.scalar(1, node.dtype)))


@_rule("expm1")
def _expm1(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.call("Sub", w.call("Exp", xs[0]), w.scalar(1, node.dtype))


@_rule("log_sigmoid")
def _log_sigmoid(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.call("Neg", w.call("Softplus", w.call("Neg", xs[0])))


@_rule("logistic_loss")
def _logistic_loss(w: _Writer, node: Node, xs: list[str]) -> str:
    z, y = xs
    return w.call("Sub", w.call("Softplus", z), w.call("Mul", y, z))


@_rule("leaky_relu")
def _leaky_relu(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.call("LeakyRelu", xs[0], alpha=float(_parameter(node, "slope")))


@_rule("elu")
def _elu(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.call("Elu", xs[0], alpha=float(_parameter(node, "alpha")))


@_rule("silu")
def _silu(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.call("Mul", xs[0], w.call("Sigmoid", xs[0]))


@_rule("softmax", "log_softmax")
def _softmax(w: _Writer, node: Node, xs: list[str]) -> str:
    kind = "Softmax" if node.op.name == "softmax" else "LogSoftmax"
    axis = _parameter(node, "axis")
    if not isinstance(axis, (int, np.integer)):
        raise ValueError(f"ONNX has {kind} along one axis only, not along {axis!r}")
    return w.call(kind, xs[0], axis=int(axis))


@_rule(*_REDUCTIONS)
def _reduced(w: _Writer, node: Node, xs: list[str]) -> str:
    axis, keep = _parameter(node, "axis"), int(bool(_parameter(node, "keepdims")))
    axes = range(_ndim(node.inputs[0])) if axis is None else np.atleast_1d(axis).tolist()
    if not len(axes):
        return w.call("Identity", xs[0])
    return w.call(_REDUCTIONS[node.op.name], xs[0], w.shape(axes), keepdims=keep)


@_rule("reshape", "ravel", "squeeze", "expand_dims")
def _reshaped(w: _Writer, node: Node, xs: list[str]) -> str:
    if _parameter(node, "order") not in (None, "C"):
        raise ValueError("ONNX reshapes in C order only")
    return w.call("Reshape", xs[0], w.shape(node.shape), allowzero=1)


@_rule("broadcast_to")
def _expanded(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.call("Expand", xs[0], w.shape(node.shape))


@_rule("transpose")
def _transposed(w: _Writer, node: Node, xs: list[str]) -> str:
    axes = _parameter(node, "axes")
    order = range(len(node.shape))[::-1] if axes is None else axes
    return w.call("Transpose", xs[0], perm=[int(k) % max(len(node.shape), 1) for k in order])


@_rule("swapaxes")
def _swapped(w: _Writer, node: Node, xs: list[str]) -> str:
    order = list(range(len(node.shape)))
    a, b = (_parameter(node, key) for key in node.op.defaults)
    order[a], order[b] = order[b], order[a]
    return w.call("Transpose", xs[0], perm=order)


@_rule("astype")
def _cast(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.cast(xs[0], node.dtype)


@_rule("concatenate")
def _joined(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.call("Concat", *xs, axis=int(_parameter(node, "axis") or 0))


@_rule("stack")
def _stacked(w: _Writer, node: Node, xs: list[str]) -> str:
    axis = int(_parameter(node, "axis") or 0) % len(node.shape)
    return w.call("Concat", *(w.call("Unsqueeze", x, w.shape([axis])) for x in xs), axis=axis)


@_rule("not_equal")
def _not_equal(w: _Writer, node: Node, xs: list[str]) -> str:
    return w.call("Not", w.call("Equal", *xs))


def _bounds(index: Any, shape: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return (start, stop, step) for each axis of a basic index."""
    parts = [each for each in (index if isinstance(index, tuple) else (index,)) if each is not None]
    for k, part in enumerate(parts):
        if part is Ellipsis:
            parts[k : k + 1] = [slice(None)] * (len(shape) - len(parts) + 1)
            break
    parts += [slice(None)] * (len(shape) - len(parts))
    found = []
    for length, part in zip(shape, parts, strict=True):
        if isinstance(part, slice):
            found.append(part.indices(length))
        elif isinstance(part, (int, np.integer)) and not isinstance(part, bool):
            found.append((int(part) % length, int(part) % length + 1, 1))
        else:
            raise ValueError("ONNX export knows numbers and slices as indices, no arrays")
    return found


@_rule("getitem")
def _read(w: _Writer, node: Node, xs: list[str]) -> str:
    """Read a basic index with slices, and a reshape for the axes that go and come."""
    name, shape = xs[0], node.inputs[0].shape
    for axis, (start, stop, step) in enumerate(_bounds(node.params["index"], shape)):
        if (start, stop, step) != (0, shape[axis], 1):
            end = stop if stop >= 0 else -(shape[axis] + 1)
            name = w.call("Slice", name, *(w.shape([each]) for each in (start, end, axis, step)))
    return w.call("Reshape", name, w.shape(node.shape), allowzero=1)


@_rule("scatter_add")
def _scattered(w: _Writer, node: Node, xs: list[str]) -> str:
    """Add up parts, each surrounded by zeros."""
    shape, total = node.shape, ""
    for x, index in zip(xs, node.params["indices"], strict=True):
        bounds = _bounds(index, shape)
        for axis, (_, _, step) in enumerate(bounds):
            if abs(step) != 1:
                raise ValueError(f"ONNX export places slices of step 1, not {step}")
            if step == -1:
                bounds[axis] = (bounds[axis][1] + 1, bounds[axis][0] + 1, -1)
        inner = [stop - start for start, stop, _ in bounds]
        part = w.call("Reshape", x, w.shape(inner), allowzero=1)
        for axis, (_, _, step) in enumerate(bounds):
            if step == -1:
                ends = (-1, -(inner[axis] + 1), axis, -1)
                part = w.call("Slice", part, *(w.shape([each]) for each in ends))
        before = [start for start, _, _ in bounds]
        after = [n - stop for n, (_, stop, _) in zip(shape, bounds, strict=True)]
        padded = w.call("Pad", part, w.shape([*before, *after]), w.scalar(0, node.dtype))
        total = padded if not total else w.call("Add", total, padded)
    return total


def _operand(w: _Writer, node: Node, each: Any, names: dict[int, str]) -> str:
    """Return the name of an operand, in the dtype that ONNX, which does not promote, needs."""
    if each.__class__ is Node:
        name, dtype = names[id(each)], each.dtype
    elif each.__class__ is Constant:
        name, dtype = names.setdefault(id(each), "") or "", each.dtype
        if not name:
            name = names[id(each)] = w.constant(each.value)
    else:
        kind = node.dtype if node.dtype.kind != "b" else _common(node)
        return w.scalar(each, kind)
    wanted = _common(node)
    if node.op.name == "where" and dtype.kind == "b":
        return name
    return w.cast(name, wanted) if dtype != wanted and node.op.name != "astype" else name


def _common(node: Node) -> np.dtype[Any]:
    """Return the dtype in which a node computes."""
    if node.dtype.kind != "b":
        return node.dtype
    kinds = [each.dtype for each in node.inputs if hasattr(each, "dtype")]
    return np.result_type(*kinds) if kinds else np.dtype(np.float64)


def model(graph: BaseGraph) -> Any:
    """Return an ONNX model of `graph`.

    Raises
    ------
    ValueError
        If ONNX has no operation for one of the graph's.
    """
    writer = _Writer()
    names: dict[int, str] = {}
    taken: set[str] = set()
    for k, node in enumerate(graph.inputs):
        wanted = node.name or f"input_{k}"
        names[id(node)] = wanted if wanted not in taken else f"{wanted}_{k}"
        taken.add(names[id(node)])
    for node in graph.nodes:
        if id(node) in names:
            continue
        if node.is_leaf:
            names[id(node)] = writer.constant(node.value)
            continue
        names[id(node)] = _written(writer, node, names)
    outputs = []
    for k, node in enumerate(graph.outputs):
        name = f"{node.name or 'output'}_{k}" if node.name in taken or not node.name else node.name
        taken.add(name)
        writer.nodes.append(helper.make_node("Identity", [names[id(node)]], [name]))
        outputs.append(_value_info(name, node))
    inputs = [_value_info(names[id(node)], node) for node in graph.inputs]
    body = helper.make_graph(
        writer.nodes, "autograd_mini", inputs, outputs, initializer=writer.constants
    )
    made = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    onnx.checker.check_model(made)
    return made


def _written(writer: _Writer, node: Node, names: dict[int, str]) -> str:
    op = node.op
    if node.dtype.kind == "c" or (op.name not in _RULES and op.name not in _ONE_TO_ONE):
        what = "complex numbers" if node.dtype.kind == "c" else f"the operation {op.name}"
        line = f" ({node.source})" if node.source else ""
        raise ValueError(f"ONNX export has nothing for {what}{line}")
    operands = [_operand(writer, node, each, names) for each in node.inputs]
    if op.name in _RULES:
        return _RULES[op.name](writer, node, operands)
    return writer.call(_ONE_TO_ONE[op.name], *operands)


def _value_info(name: str, node: Node) -> Any:
    kind = helper.np_dtype_to_tensor_dtype(node.dtype)
    return helper.make_tensor_value_info(name, kind, list(node.shape))


def write(graph: BaseGraph, path: str | os.PathLike[str]) -> None:
    """Write `graph` as an ONNX model; see ``Graph.to_onnx``."""
    content = model(graph).SerializeToString()
    with atomic(path) as draft:
        draft.write_bytes(content)
