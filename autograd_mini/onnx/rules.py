"""What each operation is in ONNX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.graph.node import Node
from autograd_mini.ops.broadcasting import axes_of

try:
    from onnx import helper, numpy_helper
except ImportError as error:
    raise ImportError(
        "to_onnx needs the package onnx: pip install 'autograd_mini[onnx]'"
    ) from error

__all__ = ["ONE_TO_ONE", "RULES", "Writer", "parameter", "rule"]

ONE_TO_ONE = {
    "add": "Add", "subtract": "Sub", "divide": "Div", "negative": "Neg",
    "power": "Pow", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "tanh": "Tanh",
    "sigmoid": "Sigmoid", "relu": "Relu", "absolute": "Abs", "sin": "Sin", "cos": "Cos",
    "tan": "Tan", "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan", "sinh": "Sinh",
    "cosh": "Cosh", "arcsinh": "Asinh", "arccosh": "Acosh", "arctanh": "Atanh", "sign": "Sign",
    "floor": "Floor", "ceil": "Ceil", "maximum": "Max", "minimum": "Min", "greater": "Greater",
    "greater_equal": "GreaterOrEqual", "less": "Less", "less_equal": "LessOrEqual",
    "equal": "Equal", "where": "Where", "reciprocal": "Reciprocal",
    "logical_not": "Not", "logical_and": "And", "logical_or": "Or", "logical_xor": "Xor",
    "rint": "Round", "fabs": "Abs", "isnan": "IsNaN",
    "isinf": "IsInf", "erf": "Erf",
}  # fmt: skip

_REDUCTIONS = {
    "sum": "ReduceSum", "mean": "ReduceMean", "max": "ReduceMax", "min": "ReduceMin",
    "prod": "ReduceProd", "logsumexp": "ReduceLogSumExp", "euclidean_norm": "ReduceL2",
}  # fmt: skip


class Writer:
    """Collects the nodes and constants of a model."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._ones: set[str] = set()
        self._count = 0

    def constant(self, value: Any) -> str:
        """Return the name of a constant."""
        name = self._fresh("c")
        if np.shape(value) == () and value == 1:
            self._ones.add(name)
        self.constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def is_one(self, name: str) -> bool:
        """Return whether a name stands for the number 1."""
        return name in self._ones

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


Rule = Callable[[Writer, Node, list[str]], str]
RULES: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Declare how some operations are written."""

    def register(written: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, written))
        return written

    return register


def parameter(node: Node, key: str) -> Any:
    """Return a parameter of a node, or its default."""
    return node.params.get(key, node.op.defaults.get(key))


def _ndim(operand: Any) -> int:
    return len(getattr(operand, "shape", ()))


@rule("conj", "real", "alias", "copy", "positive", "stop_gradient", "numbered")
def _same(w: Writer, node: Node, xs: list[str]) -> str:
    return xs[0]


@rule("multiply")
def _product(w: Writer, node: Node, xs: list[str]) -> str:
    """Leave a factor 1, such as dJ, out: onnxruntime, which also does, drops what others use."""
    for one, other in (xs, xs[::-1]):
        if w.is_one(one):
            return other
    return w.call("Mul", *xs)


@rule("fmax", "fmin")
def _not_nan(w: Writer, node: Node, xs: list[str]) -> str:
    a, b = xs
    chosen = w.call("Max" if node.op.name == "fmax" else "Min", a, b)
    if node.dtype.kind != "f":
        return chosen
    return w.call("Where", w.call("IsNaN", a), b, w.call("Where", w.call("IsNaN", b), a, chosen))


@rule("clip")
def _clipped(w: Writer, node: Node, xs: list[str]) -> str:
    if any(_ndim(each) for each in node.inputs[1:]):  # Clip takes single bounds only
        return w.call("Min", w.call("Max", *xs[:2]), xs[2])
    return w.call("Clip", *xs)


@rule("einsum")
def _einsum(w: Writer, node: Node, xs: list[str]) -> str:
    return w.call("Einsum", *xs, equation=node.params["subscripts"])


@rule("dot")
def _dot(w: Writer, node: Node, xs: list[str]) -> str:
    ndims = [_ndim(each) for each in node.inputs]
    if max(ndims) > 2:
        raise ValueError("ONNX export knows dot for matrices and vectors; use @ for stacks of them")
    return _matmul(w, node, xs) if all(ndims) else w.call("Mul", *xs)


@rule("matmul")
def _matmul(w: Writer, node: Node, xs: list[str]) -> str:
    """Write a vector on the right as a column: onnxruntime forgets the .T of a matrix by one."""
    a, b = xs
    if _ndim(node.inputs[1]) > 1:
        return w.call("MatMul", a, b)
    last = w.shape([-1])
    return w.call("Squeeze", w.call("MatMul", a, w.call("Unsqueeze", b, last)), last)


@rule("cumsum")
def _running(w: Writer, node: Node, xs: list[str]) -> str:
    axis, x = parameter(node, "axis"), xs[0]
    if axis is None:
        axis, x = 0, w.call("Reshape", x, w.shape([-1]))
    return w.call("CumSum", x, w.scalar(axis, np.int64))


@rule("argmax", "argmin")
def _place_of(w: Writer, node: Node, xs: list[str]) -> str:
    axis, x = parameter(node, "axis"), xs[0]
    if axis is None:
        axis, x = 0, w.call("Reshape", x, w.shape([-1]))
    kind = "ArgMax" if node.op.name == "argmax" else "ArgMin"
    found = w.call(kind, x, axis=int(axis), keepdims=0)
    return w.call("Reshape", found, w.shape(node.shape), allowzero=1)


@rule("var", "std")
def _spread(w: Writer, node: Node, xs: list[str]) -> str:
    """Write the mean of the squares of what is left when the mean is taken away."""
    axis, shape = parameter(node, "axis"), node.inputs[0].shape
    axes = axes_of(axis, len(shape))
    left = w.call("Sub", xs[0], w.call("ReduceMean", xs[0], w.shape(axes), keepdims=1))
    keep = int(bool(parameter(node, "keepdims")))
    made = w.call("ReduceSum", w.call("Mul", left, left), w.shape(axes), keepdims=keep)
    count = float(np.prod([shape[k] for k in axes])) - parameter(node, "ddof")
    made = w.call("Div", made, w.scalar(count, node.dtype))
    return made if node.op.name == "var" else w.call("Sqrt", made)


@rule("masked")
def _masked(w: Writer, node: Node, xs: list[str]) -> str:
    x, mask = xs
    return w.call("Where", mask, x, w.scalar(0, node.dtype))


@rule("bitwise_and", "bitwise_or", "bitwise_xor", "invert")
def _of_masks(w: Writer, node: Node, xs: list[str]) -> str:
    if node.dtype.kind != "b":
        raise ValueError(f"ONNX export has {node.op.name} for masks only")
    kind = {"and": "And", "or": "Or", "xor": "Xor"}.get(node.op.name.removeprefix("bitwise_"))
    return w.call(kind or "Not", *xs)


@rule("log2", "log10", "exp2")
def _of_another_base(w: Writer, node: Node, xs: list[str]) -> str:
    base = w.scalar(np.log(10 if node.op.name == "log10" else 2), node.dtype)
    if node.op.name == "exp2":
        return w.call("Exp", w.call("Mul", xs[0], base))
    return w.call("Div", w.call("Log", xs[0]), base)


@rule("heaviside")
def _step(w: Writer, node: Node, xs: list[str]) -> str:
    x, between = xs
    zero, one = w.scalar(0, node.dtype), w.scalar(1, node.dtype)
    above = w.call("Where", w.call("Greater", x, zero), one, zero)
    return w.call("Where", w.call("Equal", x, zero), between, above)


@rule("normal_cdf")
def _normal_cdf(w: Writer, node: Node, xs: list[str]) -> str:
    e = w.call("Erf", w.call("Mul", xs[0], w.scalar(0.5**0.5, node.dtype)))
    return w.call("Mul", w.call("Add", e, w.scalar(1, node.dtype)), w.scalar(0.5, node.dtype))


@rule("gelu")
def _gelu(w: Writer, node: Node, xs: list[str]) -> str:
    if parameter(node, "approximate") == "tanh":
        inside = w.call("Mul", w.call("Mul", xs[0], xs[0]), w.scalar(0.044715, node.dtype))
        inside = w.call("Mul", w.call("Add", inside, w.scalar(1, node.dtype)), xs[0])
        inside = w.call("Tanh", w.call("Mul", inside, w.scalar((2 / np.pi) ** 0.5, node.dtype)))
        half = w.call("Mul", xs[0], w.scalar(0.5, node.dtype))
        return w.call("Mul", half, w.call("Add", inside, w.scalar(1, node.dtype)))
    return w.call("Mul", xs[0], _normal_cdf(w, node, xs))


@rule("square")
def _square(w: Writer, node: Node, xs: list[str]) -> str:
    return w.call("Mul", xs[0], xs[0])


@rule("log1p")
def _log1p(w: Writer, node: Node, xs: list[str]) -> str:
    """Undo by a factor what x lost when 1 was added (Kahan): rounding 1 + x cost small x digits."""
    x, one = xs[0], w.scalar(1, node.dtype)
    u = w.call("Add", x, one)
    left, log = w.call("Sub", u, one), w.call("Log", u)
    mended = w.call("Mul", log, w.call("Div", x, left))
    small = w.call("Where", w.call("Equal", u, one), x, mended)
    return w.call("Where", w.call("Equal", left, x), log, small)  # infinity, too


@rule("expm1")
def _expm1(w: Writer, node: Node, xs: list[str]) -> str:
    """Write tanh(x/2) (exp(x) + 1), in which nothing cancels."""
    half = w.call("Tanh", w.call("Mul", xs[0], w.scalar(0.5, node.dtype)))
    return w.call("Mul", half, w.call("Add", w.call("Exp", xs[0]), w.scalar(1, node.dtype)))


@rule("softplus")
def _softplus(w: Writer, node: Node, xs: list[str]) -> str:
    """Write max(x, 0) + log1p(exp(-|x|)): Softplus of onnxruntime is infinite for large doubles."""
    away = w.call("Exp", w.call("Neg", w.call("Abs", xs[0])))
    return w.call("Add", w.call("Relu", xs[0]), _log1p(w, node, [away]))


@rule("log_sigmoid")
def _log_sigmoid(w: Writer, node: Node, xs: list[str]) -> str:
    return w.call("Neg", _softplus(w, node, [w.call("Neg", xs[0])]))


@rule("logistic_loss")
def _logistic_loss(w: Writer, node: Node, xs: list[str]) -> str:
    z, y = xs
    return w.call("Sub", _softplus(w, node, [z]), w.call("Mul", y, z))


@rule("leaky_relu")
def _leaky_relu(w: Writer, node: Node, xs: list[str]) -> str:
    return w.call("LeakyRelu", xs[0], alpha=float(parameter(node, "slope")))


@rule("elu")
def _elu(w: Writer, node: Node, xs: list[str]) -> str:
    return w.call("Elu", xs[0], alpha=float(parameter(node, "alpha")))


@rule("silu")
def _silu(w: Writer, node: Node, xs: list[str]) -> str:
    return w.call("Mul", xs[0], w.call("Sigmoid", xs[0]))


@rule("softmax", "log_softmax")
def _softmax(w: Writer, node: Node, xs: list[str]) -> str:
    kind = "Softmax" if node.op.name == "softmax" else "LogSoftmax"
    axis = parameter(node, "axis")
    if not isinstance(axis, (int, np.integer)):
        raise ValueError(f"ONNX has {kind} along one axis only, not along {axis!r}")
    return w.call(kind, xs[0], axis=int(axis))


@rule(*_REDUCTIONS)
def _reduced(w: Writer, node: Node, xs: list[str]) -> str:
    axis, keep = parameter(node, "axis"), int(bool(parameter(node, "keepdims")))
    axes = axes_of(axis, _ndim(node.inputs[0]))
    if not len(axes):
        return w.call("Abs", xs[0]) if node.op.name == "euclidean_norm" else xs[0]
    return w.call(_REDUCTIONS[node.op.name], xs[0], w.shape(axes), keepdims=keep)


@rule("reshape", "ravel", "squeeze", "expand_dims")
def _reshaped(w: Writer, node: Node, xs: list[str]) -> str:
    if parameter(node, "order") not in (None, "C"):
        raise ValueError("ONNX reshapes in C order only")
    return w.call("Reshape", xs[0], w.shape(node.shape), allowzero=1)


@rule("broadcast_to")
def _expanded(w: Writer, node: Node, xs: list[str]) -> str:
    return w.call("Expand", xs[0], w.shape(node.shape))


@rule("transpose")
def _transposed(w: Writer, node: Node, xs: list[str]) -> str:
    axes = parameter(node, "axes")
    order = range(len(node.shape))[::-1] if axes is None else axes
    return w.call("Transpose", xs[0], perm=[int(k) % max(len(node.shape), 1) for k in order])


@rule("swapaxes")
def _swapped(w: Writer, node: Node, xs: list[str]) -> str:
    order = list(range(len(node.shape)))
    a, b = (parameter(node, key) for key in node.op.defaults)
    order[a], order[b] = order[b], order[a]
    return w.call("Transpose", xs[0], perm=order)


@rule("astype")
def _cast(w: Writer, node: Node, xs: list[str]) -> str:
    return w.cast(xs[0], node.dtype)


@rule("concatenate")
def _joined(w: Writer, node: Node, xs: list[str]) -> str:
    axis = parameter(node, "axis")
    if axis is None:
        xs = [w.call("Reshape", each, w.shape([-1])) for each in xs]
    return w.call("Concat", *xs, axis=int(axis or 0))


@rule("stack")
def _stacked(w: Writer, node: Node, xs: list[str]) -> str:
    axis = int(parameter(node, "axis") or 0) % len(node.shape)
    return w.call("Concat", *(w.call("Unsqueeze", x, w.shape([axis])) for x in xs), axis=axis)


@rule("not_equal")
def _not_equal(w: Writer, node: Node, xs: list[str]) -> str:
    return w.call("Not", w.call("Equal", *xs))
