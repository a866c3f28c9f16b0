"""Layers and activations in a recorded cost, found by what they compute, not by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.rerun import Edge, Rerun
from autograd_mini.graph.node import Constant, Node
from autograd_mini.ops.operation import Op, registry

__all__ = ["Activation", "Anatomy", "Layer", "carried"]

Array = NDArray[Any]

_FAMILIAR = ("relu", "tanh", "sigmoid", "softplus")
_TRIVIAL = {"negative", "positive", "conj", "real", "imag", "deg2rad", "rad2deg"}
_MOVES = {"transpose", "swapaxes", "expand_dims", "reshape", "squeeze", "copy", "astype"}


@dataclass(frozen=True)
class Activation:
    """A function applied to each entry (or along an axis): from `z` to `a`.

    Attributes
    ----------
    z, a : Node
    op : Op
        The operation it is, or amounts to: ``1 / (1 + np.exp(-Z))`` is sigmoid.
    params : dict
        Of the operation.
    """

    z: Node
    a: Node
    op: Op
    params: dict[str, Any]


@dataclass(frozen=True)
class Layer:
    """One product with a parameter, its bias, and the activation after it.

    Attributes
    ----------
    number : int
        From the name of the weight, or counted.
    weight : Node
        The leaf.
    product : Node
    weight_at, input_at : int
        Positions of the operands of the product.
    bias : Node or None
        The leaf.
    z : Node
    activation : Activation or None
    """

    number: int
    weight: Node
    product: Node
    weight_at: int
    bias: Node | None
    z: Node
    activation: Activation | None

    @property
    def input_at(self) -> int:
        """Position of the other operand."""
        return 1 - self.weight_at

    @property
    def input(self) -> Any:
        """The operand that is not the weight: a Node or a Constant."""
        return self.product.inputs[self.input_at]

    @property
    def a(self) -> Node:
        """What the layer hands on."""
        return self.activation.a if self.activation else self.z

    @property
    def in_columns(self) -> bool:
        """Whether examples are columns, as in Z = W A."""
        return self.weight_at == 0


class Anatomy:
    """What a recorded cost consists of, and what its parts are called.

    Attributes
    ----------
    layers : list of Layer
        From input to output; empty where nothing is multiplied by a parameter.
    activations : list of Activation
        Those of the layers, and every other elementwise operation.
    """

    def __init__(self, rerun: Rerun) -> None:
        self.rerun = rerun
        self.uses: dict[Any, list[Edge]] = {}
        for node in rerun.nodes:
            for k, each in enumerate(node.inputs):
                if isinstance(each, (Node, Constant)):
                    self.uses.setdefault(each, []).append((node, k))
        self.layers = list(self._layers())
        inside = self._insides()
        known = {layer.activation.a for layer in self.layers if layer.activation}
        self.activations = [layer.activation for layer in self.layers if layer.activation]
        self.activations += [
            Activation(node.inputs[0], node, node.op, node.params)
            for node in rerun.nodes
            if _is_activation(node) and node not in known and node not in inside
        ]

    # -- finding ------------------------------------------------------------------------------

    def _layers(self) -> Iterator[Layer]:
        for node in self.rerun.nodes:
            if node.op.kind != "bilinear":
                continue
            at = _weight_position(node)
            if at is None:
                continue
            weight = _leaf_of(node.inputs[at])
            assert weight is not None
            bias, z = self._bias(node)
            digits = re.search(r"(\d+)\D*$", weight.name or "")
            number = int(digits[1]) if digits else 0
            yield Layer(number, weight, node, at, bias, z, self._activation(z))

    def _bias(self, product: Node) -> tuple[Node | None, Node]:
        """Return what is added to a product, if that is a leaf, and the sum."""
        uses = self.uses.get(product, [])
        if len(uses) == 1 and uses[0][0].op.name in ("add", "subtract"):
            node, k = uses[0]
            bias = _leaf_of(node.inputs[1 - k])
            if bias is not None:
                return bias, node
        return None, product

    def _activation(self, z: Node) -> Activation | None:
        """Return the first result after `z` that is a familiar function of it."""
        x = self.rerun.values[z]
        if not isinstance(x, np.ndarray) or not x.size:
            return None
        after = list(self.same_shape_after(z))
        for node in after:
            direct = node.inputs[0] is z and _is_activation(node)
            if direct and node.op.name in (*_FAMILIAR, "leaky_relu", "softmax"):
                return Activation(z, node, node.op, node.params)
            out = self.rerun.values[node]
            for op, params in _candidates(x, out):
                made = op.kernel(x, **params)
                if made.shape == out.shape and np.allclose(made, out, rtol=1e-6, atol=1e-12):
                    return Activation(z, node, op, params)
        for node in after:
            if node.inputs[0] is z and _is_activation(node):
                return Activation(z, node, node.op, node.params)
        return None

    def same_shape_after(self, z: Node) -> Iterator[Node]:
        """Yield what is made of `z` entry by entry, nearest first."""
        reached = {z}
        for node in self.rerun.nodes:
            from_here = any(parent in reached for parent in node.parents)
            if from_here and node.op.kind != "bilinear":
                reached.add(node)
                if node.shape == z.shape:
                    yield node

    def _insides(self) -> set[Node]:
        """Return what lies between z and a of activations written out."""
        inside: set[Node] = set()
        for layer in self.layers:
            if layer.activation is None:
                continue
            pending = list(layer.activation.a.parents)
            while pending:
                node = pending.pop()
                if node is not layer.z and node not in inside:
                    inside.add(node)
                    pending.extend(node.parents)
        return {node for node in inside if node.op.inputs} - {layer.a for layer in self.layers}

    # -- naming -------------------------------------------------------------------------------

    @cached_property
    def _labels(self) -> dict[Any, str]:
        """Names by operand: the user's, else those of the layers."""
        found: dict[Any, str] = {}
        for k, layer in enumerate(self.layers, 1):
            number = layer.number or (k if len(self.layers) > 1 else "")
            found[layer.weight] = f"W{number}"
            if layer.bias is not None:
                found[layer.bias] = f"b{number}"
            found[layer.z] = f"Z{number}"
            if layer.activation is not None:
                found[layer.activation.a] = f"A{number}"
        if self.layers:
            found.setdefault(id(self.layers[0].input), "X")
        for node in self.rerun.nodes:
            if node.name:
                found[node] = node.name
            for each in node.inputs:
                if isinstance(each, Constant) and each.name:
                    found[id(each)] = each.name
        return found

    def label(self, operand: Any) -> str:
        """Return what a person calls a node or constant."""
        key = operand if isinstance(operand, Node) else id(operand)
        if key in self._labels:
            return self._labels[key]
        if isinstance(operand, Node):
            if operand.op.name in _MOVES and isinstance(operand.inputs[0], Node):
                inner = self.label(operand.inputs[0])
                return f"{inner}.T" if operand.op.name == "transpose" else inner
            return f"{operand.op.name}({', '.join(self.label(each) for each in operand.inputs)})"
        return "a constant" if isinstance(operand, Constant) else f"{operand:.6g}"

    def gradient_label(self, node: Node | Constant) -> str:
        """Return what a person calls the gradient of a node or constant."""
        label = self.label(node)
        return f"d{label}" if label.isidentifier() else f"the gradient of {label}"

    # -- numbers ------------------------------------------------------------------------------

    @cached_property
    def examples(self) -> int | None:
        """How many examples there are, None if that cannot be told."""
        for layer in self.layers:
            if len(layer.z.shape) == 2:
                return layer.z.shape[1] if layer.in_columns else layer.z.shape[0]
        return None

    @cached_property
    def outputs(self) -> int | None:
        """How many outputs there are, None if that cannot be told."""
        if not self.layers or len(self.layers[-1].z.shape) != 2:
            return None
        last = self.layers[-1]
        return last.z.shape[0] if last.in_columns else last.z.shape[1]

    @cached_property
    def averages(self) -> bool:
        """Whether the cost is seen to be divided by the number of examples."""
        m = self.examples
        if m is None or m == 1:
            return False
        counts = [m * n * simple for n in (1, self.outputs or 1) for simple in (0.5, 1.0, 2.0)]
        reached, times = {self.layers[-1].a}, 0
        for node in self.rerun.nodes:
            if any(parent in reached for parent in node.parents):
                reached.add(node)
                times += _divisions(node, counts)
        return times > 0

    @cached_property
    def numbers(self) -> dict[float, str]:
        """Constants of the graph that a gradient may have once too often or too rarely."""
        found: dict[float, str] = {2.0: "2", 4.0: "4", 3.0: "3", 10.0: "10"}
        for node in self.rerun.nodes:
            for each in node.inputs:
                value = each.value if isinstance(each, Constant) else each
                if not isinstance(each, Node) and np.size(value) == 1:
                    number = abs(float(np.real(np.asarray(value).reshape(()))))
                    name = each.name if isinstance(each, Constant) and each.name else None
                    if np.isfinite(number) and number not in (0.0, 1.0):
                        found.setdefault(number, name or f"{number:.6g}")
        if self.examples and self.examples > 1:
            found[float(self.examples)] = "m"
        return found

    @cached_property
    def caches(self) -> list[tuple[str, Array]]:
        """Values that a backward pass may have at hand, by label, each once."""
        found: list[tuple[str, Array]] = []
        operands: list[Any] = []
        for layer in self.layers:
            operands += [layer.input, layer.z, layer.a]
        operands += [node for node in self.rerun.nodes if node.name]
        operands += [e for node in self.rerun.nodes for e in node.inputs if isinstance(e, Constant)]
        for each in operands:
            value = self.rerun.read(each)
            if not isinstance(value, np.ndarray) or value.ndim == 0:
                continue
            if not any(v.shape == value.shape and np.array_equal(v, value) for _, v in found):
                found.append((self.label(each), value))
        return found


def _leaf_of(operand: Any) -> Node | None:
    """Return the input that `operand` is, or is a rearrangement of."""
    while isinstance(operand, Node) and operand.op.name in _MOVES:
        operand = operand.inputs[0]
    return operand if isinstance(operand, Node) and operand.is_leaf else None


def _weight_position(node: Node) -> int | None:
    """Return which operand of a product is the weight, None if it multiplies no parameter."""
    leaves = [_leaf_of(each) for each in node.inputs]
    if all(leaf is not None for leaf in leaves):
        data = [bool(re.match(r"(?i)x|a_?0|in", leaf.name or "")) for leaf in leaves if leaf]
        return 1 if data[0] and not data[1] else 0
    for k, leaf in enumerate(leaves):
        if leaf is not None:
            return k
    return None


def _divisions(node: Node, counts: Sequence[float]) -> int:
    """Return how often a step divides by one of these counts: -1 where it multiplies by one."""
    if node.op.name == "mean":
        first = node.inputs[0]
        return int(float(np.prod(first.shape) / np.prod(node.shape)) in counts)
    if node.op.name not in ("divide", "multiply"):
        return 0
    numbers = [each.value if isinstance(each, Constant) else each for each in node.inputs]
    single = [np.abs(each).item() for each in numbers if _is_number(each)]

    def is_count(number: float) -> bool:
        return any(abs(number - count) <= 1e-9 * count for count in counts)

    if node.op.name == "divide":
        return sum(map(is_count, single))
    return sum(is_count(1 / each) - is_count(each) for each in single if each)


def _is_number(operand: Any) -> bool:
    return not isinstance(operand, Node) and np.size(operand) == 1 and np.isrealobj(operand)


def _is_activation(node: Node) -> bool:
    if len(node.op.inputs) != 1 or node.op.variadic or not isinstance(node.inputs[0], Node):
        return False
    if node.op.name in ("softmax", "log_softmax"):
        return True
    return node.op.kind == "elementwise" and node.op.name not in _TRIVIAL


def _candidates(x: Array, out: Array) -> Iterator[tuple[Op, dict[str, Any]]]:
    """Yield functions that may turn `x` into `out`."""
    for name in _FAMILIAR:
        yield registry[name], {}
    below = x < 0
    if len(np.unique(x[below])) > 1:  # one entry fits every slope
        with np.errstate(all="ignore"):
            slopes = out[below] / x[below]
        if np.ptp(slopes) < 1e-9 and 0 < slopes[0] < 1:
            yield registry["leaky_relu"], {"slope": float(slopes[0])}
    for axis in range(x.ndim):
        if x.shape[axis] > 1:
            yield registry["softmax"], {"axis": axis}


@dataclass(frozen=True)
class _Held:
    """An operand of an operation that is not in any graph."""

    value: Array
    shape: tuple[int, ...]
    dtype: Any


class _Use:
    """An operation used on its own: what a rule asks of a node."""

    def __init__(self, x: Array, out: Array, params: dict[str, Any]) -> None:
        self.first = _Held(x, x.shape, x.dtype)
        self.inputs = (self.first,)
        self.params, self.shape, self.dtype, self.value = params, out.shape, out.dtype, out


def carried(op: Op, g: Array, x: Array, out: Array, params: dict[str, Any]) -> Array:
    """Return what the vjp of a unary operation makes of `g` where its values are x and out."""
    rule = op.vjps[0]
    assert rule is not None
    read: Callable[[Any], Any] = lambda each: each.value  # noqa: E731
    return np.asarray(rule(g, _Use(x, out, params), read))  # type: ignore[arg-type]
