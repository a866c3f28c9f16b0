"""What people get wrong where backward passes an activation: dZ = dA * g'(Z)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.layers import Activation, Anatomy, carried
from autograd_mini.check.diagnose.mistake import Mistake
from autograd_mini.check.diagnosis import Facts
from autograd_mini.check.rerun import Jump
from autograd_mini.graph.node import Node
from autograd_mini.ops.operation import Op, registry

__all__ = ["activation_mistakes", "derivative_text", "kink_mistakes", "overwritten"]

Array = NDArray[Any]
Carry = Callable[[Array], Array]
"""What a step makes of the gradient that comes in."""

_DERIVATIVES = {
    "relu": "({Z} > 0)",
    "leaky_relu": "np.where({Z} > 0, 1, {slope})",
    "tanh": "(1 - {A}**2)",
    "sigmoid": "{A} * (1 - {A})",
    "exp": "{A}",
    "square": "2 * {Z}",
    "log": "1 / {Z}",
    "sqrt": "0.5 / {A}",
    "sin": "np.cos({Z})",
    "cos": "-np.sin({Z})",
}
_OTHERS = ("sigmoid", "tanh", "relu", "leaky_relu")
_BENT = ("relu", "leaky_relu", "absolute", "elu")


class _Step:
    """One activation, with its names and its right derivative."""

    def __init__(self, activation: Activation, anatomy: Anatomy) -> None:
        self.z, self.a, self.op, self.params = (
            activation.z, activation.a, activation.op, activation.params,
        )  # fmt: skip
        self.x = np.asarray(anatomy.rerun.values[self.z])
        self.out = np.asarray(anatomy.rerun.values[self.a])
        self.names = {
            "Z": anatomy.label(self.z),
            "A": anatomy.label(self.a),
            "dZ": anatomy.gradient_label(self.z),
            "dA": anatomy.gradient_label(self.a),
            "slope": f"{self.params.get('slope', 0.01):g}",
        }
        self.elementwise = self.op.kind == "elementwise"
        self.handed = [
            value
            for layer in anatomy.layers
            if (value := np.asarray(anatomy.rerun.read(layer.input))).shape == self.out.shape
            and layer.input is not self.a
            and np.array_equal(value == 0, (value == 0) | (self.out == 0))
            and not np.array_equal(value, self.out)
        ]

    def right(self, g: Array) -> Array:
        return carried(self.op, g, self.x, self.out, self.params)

    @property
    def slope(self) -> Array:
        """The derivative at each entry, of an elementwise function."""
        return self.right(np.ones_like(self.out))

    def line(self, formula: str) -> str:
        """Return the line of code that multiplies by `formula`."""
        written = f"{{dZ}} = {{dA}} * {formula}" if formula else "{dZ} = {dA}"
        return written.format(**self.names)


def derivative_text(op: Op, names: Mapping[str, str]) -> str:
    """Return how a person writes the derivative of an operation."""
    known = _DERIVATIVES.get(op.name)
    return known.format(**names) if known else f"{op.name}'({names['Z']})"


def activation_mistakes(
    activation: Activation, anatomy: Anatomy, feeds_cost: bool
) -> Iterator[Mistake]:
    """Yield what may be wrong at one activation.

    Parameters
    ----------
    activation : Activation
    anatomy : Anatomy
    feeds_cost : bool
        Whether it is the last one, where the gradient comes from the cost.
    """
    step = _Step(activation, anatomy)
    if step.op.name == "softmax":
        text = "{A} * (dA - np.sum({A} * dA, axis))".format(**step.names)
        fix = f"{step.names['dZ']} = {text.replace('dA', step.names['dA'])}"
    else:
        fix = step.line(derivative_text(step.op, step.names))
    for code, what, carry in _ways(step, anatomy, feeds_cost):
        yield Mistake(
            code,
            what,
            (step.names["dZ"],),
            fix,
            f"{code}/{step.op.name}/{_shape_of(what, step.names)}",
            {step.z: _after(step.a, carry)},
            facts=Facts(made_from=(step.names["dA"],)),
        )
    if step.elementwise:
        if np.ptp(step.slope):  # a constant is any gradient of one unit, up to a factor
            yield _without_incoming(step, fix)
        yield from _from_other_gradients(activation, step, anatomy, fix)


def overwritten(activation: Activation, anatomy: Anatomy) -> Mistake:
    """Return that the gradient of an activation, as the person has it, was changed in place.

    Parameters
    ----------
    activation : Activation
        An elementwise one.
    anatomy : Anatomy
    """
    step = _Step(activation, anatomy)
    return Mistake(
        "overwritten_in_place",
        f"{step.names['dA']} holds {step.names['dZ']}: it was multiplied by the derivative of "
        f"{step.op.name} in place.",
        (step.names["dA"],),
        f"{step.names['dZ']} = np.array({step.names['dA']}), and change the copy",
        f"in place/{step.op.name}",
        {step.a: lambda used, arrived: step.right(arrived)},
        facts=Facts(made_from=(step.names["dZ"],)),
    )


def _without_incoming(step: _Step, fix: str) -> Mistake:
    """Return the derivative alone, in whatever units the gradients are."""
    slope = step.slope
    return Mistake(
        "missing_incoming_gradient",
        f"{{at}} is the derivative of {step.op.name} alone: {step.names['dA']}, the gradient that "
        "comes in, is missing.",
        (step.names["dZ"],),
        fix,
        f"not incoming/{step.op.name}",
        {step.z: lambda used, arrived: slope},
        any_scale=True,
        by_zeros=True,
        facts=Facts(made_from=(step.names["dA"],)),
    )


def kink_mistakes(anatomy: Anatomy) -> Iterator[Mistake]:
    """Yield backward with another value where an activation is exactly at its kink.

    None of them is a mistake; the person has only chosen differently.
    """
    steps = [_Step(each, anatomy) for each in anatomy.activations if each.op.name in _BENT]
    steps = [step for step in steps if (step.x == 0).any()]
    if not steps:
        return
    count = sum(int((step.x == 0).sum()) for step in steps)
    where = " and ".join(step.names["Z"] for step in steps)
    for share in (0.0, 0.5, 1.0):
        yield Mistake(
            "kink",
            f"{where} is exactly 0 at {count} entries, where {steps[0].op.name} has no derivative; "
            "your gradients take another value there than the automatic ones, and both are right.",
            tuple(step.names["dZ"] for step in steps),
            jumps={step.z: _after(step.a, _with_kink(step, share)) for step in steps},
        )


def _with_kink(step: _Step, share: float) -> Carry:
    """Return what a step makes of g with a derivative between those of both sides."""
    below, above = (
        _slope_at(step.op, np.full_like(step.x, side), step.params) for side in (-1e-30, 1e-30)
    )
    slope = np.where(step.x == 0, (1 - share) * below + share * above, step.slope)
    return lambda g: g * slope


def _from_other_gradients(
    activation: Activation, step: _Step, anatomy: Anatomy, fix: str
) -> Iterator[Mistake]:
    """Yield dZ made from another layer's dA: a loop that never moves on from dAL."""
    slope = step.slope
    layers = [layer.a for layer in anatomy.layers]
    for other in anatomy.activations:
        shape = other.a.shape
        of_cost = bool(layers) and not any(other.a is each for each in layers)
        if other is activation or of_cost or len(shape) != step.x.ndim:
            continue
        if all(n in (1, own) for n, own in zip(shape, step.x.shape, strict=True)):
            label = anatomy.gradient_label(other.a)
            yield Mistake(
                "wrong_cache",
                f"{{at}} is made from {label} in place of the layer's own gradient.",
                (step.names["dZ"],),
                fix,
                f"from {label}",
                {step.z: _after(other.a, lambda g: g * slope)},
                facts=Facts(made_from=(step.names["dA"], label)),
            )


def _ways(step: _Step, anatomy: Anatomy, feeds_cost: bool) -> Iterator[tuple[str, str, Carry]]:
    """Yield (code, message, what the step makes of g)."""
    name = step.op.name
    yield (
        "missing_activation_derivative",
        f"The derivative of {name} is missing in {{at}}: the numbers are those of {step.line('')}.",
        lambda g: g,
    )
    wrong = "wrong_activation_derivative"
    for formula, function in step.op.wrong.items():
        line = step.line(formula.format(**step.names))
        yield wrong, f"For {{at}} backward computes {line}.", _written(function, step)
    if name == "softmax":
        yield from _along_other_axes(step)
    if not step.elementwise:
        return
    slope = step.slope
    line = step.line(step.names["A"])
    yield (
        wrong,
        f"{{at}} uses {name} itself in place of its derivative: {line}.",
        (lambda g: g * step.out),
    )
    yield (
        "wrong_output_gradient" if feeds_cost else wrong,
        f"The derivative of {name} is applied twice in {{at}}.",
        lambda g: g * slope * slope,
    )
    at_a = _slope_at(step.op, step.out, step.params)
    yield wrong, f"{{at}} takes the derivative of {name} at A in place of Z.", lambda g: g * at_a
    for other in _OTHERS:
        if other != name:
            d = _slope_at(registry[other], step.x, {})
            message = f"{{at}} uses the derivative of {other} where the layer has {name}."
            yield wrong, message, _times(d)
    for other in ("tanh", "sigmoid"):
        if other != name:
            yield from _as_if(other, step)
    for handed in step.handed:  # what dropout makes of A is called A as well
        line = step.line(step.names["A"])
        message = f"{{at}} uses {name} itself in place of its derivative: {line}."
        yield wrong, message, _times(handed)
        for other in ("tanh", "sigmoid"):
            if other != name:
                yield _as_if_by(other, step, "A", handed)
    yield from _of_other_layers(step, anatomy)


def _as_if(other: str, step: _Step) -> Iterator[tuple[str, str, Carry]]:
    """Yield the derivative of another function, written with A, or with Z in its place."""
    yield _as_if_by(other, step, "A", step.out)
    yield _as_if_by(other, step, "Z", step.x)


def _as_if_by(other: str, step: _Step, letter: str, value: Array) -> tuple[str, str, Carry]:
    names = {**step.names, "A": step.names[letter]}
    line = step.line(derivative_text(registry[other], names))
    message = (
        f"For {{at}} backward computes {line}: that is the derivative of {other}, and the layer "
        f"has {step.op.name}."
    )
    return "wrong_activation_derivative", message, _times(_BY_OUTPUT[other](value))


_BY_OUTPUT: dict[str, Callable[[Array], Array]] = {
    "tanh": lambda a: 1 - a * a,
    "sigmoid": lambda a: a * (1 - a),
}
"""Derivatives as they are written with what the function gives."""


def _along_other_axes(step: _Step) -> Iterator[tuple[str, str, Carry]]:
    own = step.params.get("axis", -1)
    for axis in range(step.x.ndim):
        if isinstance(own, int) and axis != own % step.x.ndim:
            params = {**step.params, "axis": axis}
            message = f"{{at}} sums over axis {axis}; softmax in the forward pass is over axis "
            yield "wrong_axis", f"{message}{own % step.x.ndim}.", _carrying(step, params)


def _of_other_layers(step: _Step, anatomy: Anatomy) -> Iterator[tuple[str, str, Carry]]:
    for other in anatomy.activations:
        x, out = (np.asarray(anatomy.rerun.values[each]) for each in (other.z, other.a))
        if other.z is step.z or not _broadcasts(x, step.x) or step.op.kind != "elementwise":
            continue
        d = _slope_at(step.op, x, step.params)
        at = f"at {anatomy.label(other.z)} in place of {step.names['Z']}"
        yield "wrong_cache", f"{{at}} takes the derivative of {step.op.name} {at}.", _times(d)
        if step.op.name in _BY_OUTPUT and other.op is not step.op:
            line = step.line(derivative_text(step.op, {**step.names, "A": anatomy.label(other.a)}))
            message = (
                f"For {{at}} backward computes {line}: {anatomy.label(other.a)} is another layer's."
            )
            yield "wrong_cache", message, _times(_BY_OUTPUT[step.op.name](out))


def _broadcasts(part: Array, whole: Array) -> bool:
    """Return whether NumPy stretches one array to the shape of the other, and says nothing."""
    return part.ndim == whole.ndim and all(
        n in (1, own) for n, own in zip(part.shape, whole.shape, strict=True)
    )


def _times(slope: Array) -> Carry:
    return lambda g: g * slope


def _carrying(step: _Step, params: dict[str, Any]) -> Carry:
    return lambda g: carried(step.op, g, step.x, step.out, params)


def _slope_at(op: Op, x: Array, params: dict[str, Any]) -> Array:
    with np.errstate(all="ignore"):
        out = np.asarray(op.kernel(x, **params))
        return carried(op, np.ones_like(out), x, out, params)


def _written(function: Callable[..., Any], step: _Step) -> Carry:
    """Return what a formula of the operation's table makes of g."""
    names = tuple(inspect.signature(function).parameters)
    known = {"x": step.x, "out": step.out}

    def carry(g: Array) -> Array:
        value = function(*({**known, "g": g}[name] for name in names))
        return np.asarray(value if step.op.kind == "structured" else g * value)

    return carry


def _after(a: Node, carry: Carry) -> Jump:
    """Return the jump from the gradient of `a`; as it is where `a` has none."""
    return lambda used, arrived: carry(used[a]) if a in used else arrived


def _shape_of(message: str, names: Mapping[str, str]) -> str:
    """Return a message without the names of one layer, to see that two are alike."""
    for key in ("dZ", "dA", "Z", "A"):
        message = message.replace(names[key], key)
    return message
