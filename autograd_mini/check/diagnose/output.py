"""What people get wrong at the start of backward: the gradient of the cost at the last layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.layers import Activation, Anatomy, Layer, carried
from autograd_mini.check.diagnose.mistake import Mistake
from autograd_mini.check.diagnose.numbers import multiple
from autograd_mini.check.diagnosis import Facts
from autograd_mini.check.rerun import Jump
from autograd_mini.graph.node import Constant, Node

__all__ = ["guard_mistakes", "output_mistakes"]

Array = NDArray[Any]

_GUARD = 1e-2
"""Largest epsilon that stands in a logarithm or a quotient only to keep it finite."""


def output_mistakes(anatomy: Anatomy, right: dict[Node, Any]) -> Iterator[Mistake]:
    """Yield wrong gradients of the last Z and A, known up to a factor.

    Parameters
    ----------
    anatomy : Anatomy
    right : dict
        The right gradients by node.
    """
    if not anatomy.layers:
        return
    layer = anatomy.layers[-1]
    yield from _softmax_along_examples(anatomy, layer, right)
    activation = layer.activation
    if activation is None or layer.z not in right:
        return
    z, a = (np.asarray(anatomy.rerun.values[each]) for each in (layer.z, layer.a))
    y = _targets(anatomy, layer, a, right)
    if y is None:
        return
    names = {
        "A": anatomy.label(layer.a),
        "Z": anatomy.label(layer.z),
        "dZ": anatomy.gradient_label(layer.z),
        "g": activation.op.name,
    }
    fix = _right_line(names, a, y, np.asarray(right[layer.z]))
    with np.errstate(all="ignore"):
        for text, value in _formulas(activation, z, a, y):
            if value.shape == z.shape and np.isfinite(value).all():
                yield Mistake(
                    "wrong_output_gradient",
                    f"Backward starts from {{at}} = {text.format(**names)}, which is not the "
                    "gradient of this cost.",
                    (names["dZ"],),
                    fix,
                    jumps={layer.z: _always(value)},
                    any_scale=True,
                )
    yield from _wrong_starts(anatomy, layer, a, y, right)


def _softmax_along_examples(
    anatomy: Anatomy, layer: Layer, right: dict[Node, Any]
) -> Iterator[Mistake]:
    """Yield A - Y where A sums to 1 over the examples, not over the classes."""
    classes = 0 if layer.in_columns else 1
    if len(layer.z.shape) != 2 or min(layer.z.shape) < 2:
        return
    for node in anatomy.same_shape_after(layer.z):
        a = np.asarray(anatomy.rerun.values[node])
        wrong, meant = (np.allclose(np.sum(a, axis=axis), 1) for axis in (1 - classes, classes))
        if not wrong or meant or node not in right:
            continue
        y = np.asarray(right[node]) != 0  # the cost takes the entries of the labels alone
        yield Mistake(
            "forward_bug",
            f"{node.name or 'The output'} sums to 1 over axis {1 - classes}, along which the "
            f"examples are: {{at}} is right for a softmax over axis {classes}.",
            (anatomy.gradient_label(layer.z),),
            f"let softmax sum over axis {classes} in the forward pass",
            jumps={layer.z: _always(a - y)},
            any_scale=True,
            facts=Facts(forward=node.name or ""),
        )


def _wrong_starts(
    anatomy: Anatomy, layer: Layer, a: Array, y: Array, right: dict[Node, Any]
) -> Iterator[Mistake]:
    """Yield wrong derivatives of the cost by the last A."""
    if layer.a not in right:
        return
    g = np.asarray(right[layer.a])
    names = {"A": anatomy.label(layer.a), "dA": anatomy.gradient_label(layer.a)}
    for formula, value in _STARTS.items():
        with np.errstate(all="ignore"):
            made = value(a, y)
        if not np.isfinite(made).all() or multiple(made, g) is not None:
            continue
        yield Mistake(
            "wrong_output_gradient",
            f"Backward starts from {{at}} = {formula.format(**names)}, which is not the derivative "
            "of this cost.",
            (names["dA"],),
            f"{names['dA']} = {_right_start(a, y, g).format(**names)}",
            jumps={layer.a: _always(made)},
            any_scale=True,
        )


_STARTS: dict[str, Callable[[Array, Array], Array]] = {
    "-(Y / {A} - (1 - Y) / (1 - {A}))": lambda a, y: (1 - y) / (1 - a) - y / a,
    "-(Y / {A} + (1 - Y) / (1 - {A}))": lambda a, y: -(y / a + (1 - y) / (1 - a)),
    "-Y / {A}": lambda a, y: -y / a,
    "(1 - Y) / (1 - {A})": lambda a, y: (1 - y) / (1 - a),
    "{A} - Y": lambda a, y: a - y,
    "{A} + Y": lambda a, y: a + y,
    "({A} - Y)**2": lambda a, y: (a - y) ** 2,
    "{A}": lambda a, y: a,
    "Y": lambda a, y: y,
}


def _right_start(a: Array, y: Array, g: Array) -> str:
    """Return how the derivative of the cost by A is written, up to a factor."""
    with np.errstate(all="ignore"):
        for formula, value in _STARTS.items():
            if multiple(g, np.asarray(value(a, y))) is not None:
                return formula
    return "the derivative of the cost by {A}"


def _always(value: Array) -> Jump:
    return lambda used, arrived: value


def _formulas(activation: Activation, z: Array, a: Array, y: Array) -> Iterator[tuple[str, Array]]:
    """Yield what people write, as text and value."""
    op, params = activation.op, activation.params

    def through(g: Array) -> Array:
        return carried(op, g, z, a, params)

    yield "{A} - Y", a - y
    yield "({A} - Y) * {g}'({Z})", through(a - y)
    yield "({A} - Y) * {A} * (1 - {A})", (a - y) * a * (1 - a)
    if op.kind == "elementwise":
        at_a = np.asarray(op.kernel(a, **params))
        yield "({A} - Y) * {g}'({A})", carried(op, a - y, a, at_a, params)
    yield "{A} + Y", a + y
    yield "{Z} - Y", z - y
    yield "{A}", a
    yield "Y", y
    yield "Y / {A} * {g}'({Z})", through(y / a)
    yield "(1 - Y) / (1 - {A}) * {g}'({Z})", through((1 - y) / (1 - a))
    yield "(Y / {A} + (1 - Y) / (1 - {A})) * {g}'({Z})", through(y / a + (1 - y) / (1 - a))
    yield "Y / {A} - (1 - Y) / (1 - {A})", y / a - (1 - y) / (1 - a)
    yield "({A} - Y)**2", (a - y) ** 2
    yield "abs({A} - Y)", abs(a - y)
    yield "np.round({A}) - Y", np.round(a) - y


def _right_line(names: dict[str, str], a: Array, y: Array, right: Array) -> str:
    """Return the line for the right gradient, where it is a multiple of A - Y."""
    factor = multiple(right, a - y)
    if factor is None:
        return (
            f"{names['dZ']} = dA * {names['g']}'({names['Z']}), from dA, the derivative of the cost"
        )
    return f"{names['dZ']} = {names['A']} - Y" + (
        "" if abs(factor - 1) < 1e-9 else "  # times 1 / m, here or later"
    )


def _targets(anatomy: Anatomy, layer: Layer, a: Array, right: dict[Node, Any]) -> Array | None:
    """Return Y: the constant of A's shape in the cost, or the one that A - Y points to."""
    inputs = {id(each.input) for each in anatomy.layers}
    found = [
        each
        for node in anatomy.rerun.nodes
        for each in node.inputs
        if isinstance(each, Constant) and each.shape == a.shape and id(each) not in inputs
    ]
    z_gradient = np.asarray(right[layer.z])

    def likeness(each: Constant) -> tuple[bool, bool]:
        return each.name not in ("Y", "y", "T", "t"), multiple(z_gradient, a - each.value) is None

    for each in sorted(found, key=likeness):
        return np.asarray(each.value, dtype=float)
    if layer.activation is not None and layer.activation.op.name == "softmax" and layer.a in right:
        return np.asarray(np.asarray(right[layer.a]) != 0, dtype=float)  # integers are its index
    return None


def guard_mistakes(anatomy: Anatomy) -> Iterator[Mistake]:
    """Yield the cost without the small numbers that keep its logarithms finite."""
    values: dict[Node, Any] = {}
    sizes: list[float] = []
    for node in anatomy.rerun.nodes:
        if node.op.name != "add":
            continue
        for k, operand in enumerate(node.inputs):
            other = node.inputs[1 - k]
            if isinstance(operand, Node) or not isinstance(other, Node):
                continue
            size = anatomy.rerun.read(operand)
            if np.size(size) == 1 and 0 < float(np.asarray(size).reshape(())) <= _GUARD:
                values[node] = anatomy.rerun.values[other]
                sizes.append(float(np.asarray(size).reshape(())))
    if values:
        text = " and ".join(f"{size:g}" for size in dict.fromkeys(sizes))
        yield Mistake(
            "convention",
            f"Right but for the {text} that the cost adds to keep a logarithm or quotient finite, "
            "which your gradients leave out.",
            (),
            values=anatomy.rerun.forward(values),
        )
