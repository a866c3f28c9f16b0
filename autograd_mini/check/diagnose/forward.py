"""Backward that is right for another forward pass, or for other parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.layers import Anatomy, Layer, carried
from autograd_mini.check.diagnose.mistake import Mistake
from autograd_mini.check.diagnose.products import reading, rule_at
from autograd_mini.check.diagnosis import Facts
from autograd_mini.check.rerun import Edge, Jump, Values
from autograd_mini.graph.node import Constant, Node
from autograd_mini.ops.operation import Rule, registry

__all__ = ["forward_mistakes", "stale"]

Array = NDArray[Any]


def stale(anatomy: Anatomy, updates: Mapping[Node, Array], rate: float) -> Mistake:
    """Return backward with weights that were updated at `rate` before they were used."""
    rules: dict[Edge, Rule] = {}
    at: list[Node | Constant] = []
    for layer in anatomy.layers:
        if layer.weight in updates and isinstance(layer.input, (Node, Constant)):
            edge = (layer.product, layer.input_at)
            operand = layer.product.inputs[layer.weight_at]
            change = rate * updates[layer.weight]
            value = np.asarray(anatomy.rerun.read(operand))
            updated = value - (change if change.shape == value.shape else change.T)
            rules[edge] = reading(rule_at(edge), operand, updated)
            at.append(layer.input)
    inner = [each for each in at if isinstance(each, Node)]  # few make that of the data as well
    return Mistake(
        "stale_parameters",
        f"The weights were updated (at rate {rate:.6g}) before backward was done with them: {{at}} "
        "is made with the new ones.",
        tuple(anatomy.gradient_label(each) for each in inner or at),
        "compute all gradients first, and update the parameters after that",
        rules=rules,
    )


def forward_mistakes(anatomy: Anatomy) -> Iterator[Mistake]:
    """Yield gradients that are right for another forward pass than the recorded one."""
    for below, layer in zip(anatomy.layers, anatomy.layers[1:], strict=False):
        if below.activation is None and layer.input is below.z:
            yield from _as_if_activated(below, layer, anatomy)
        elif below.activation is not None and layer.input is below.activation.a:
            yield _as_if_linear(below, layer, anatomy)
            yield from _as_if_other(below, anatomy)
    for layer in anatomy.layers:
        if layer.bias is not None and layer.product is not layer.z:
            yield _right_for(
                f"without {anatomy.label(layer.bias)}",
                anatomy.gradient_label(layer.z),
                f"add {anatomy.label(layer.bias)} in {anatomy.label(layer.z)}",
                forward=anatomy.label(layer.z),
                values=anatomy.rerun.forward({layer.z: anatomy.rerun.values[layer.product]}),
            )


def _right_for(
    other_pass: str,
    at: str,
    fix: str,
    *,
    values: Values,
    forward: str = "",
    jumps: Mapping[Node, Jump] | None = None,
) -> Mistake:
    """Return backward that is right for another forward pass, which has other `values`."""
    return Mistake(
        "forward_bug",
        f"{{at}} is right for a forward pass {other_pass}.",
        (at,),
        fix,
        jumps=jumps or {},
        values=values,
        facts=Facts(forward=forward, other_pass=other_pass),
    )


def _as_if_activated(below: Layer, layer: Layer, anatomy: Anatomy) -> Iterator[Mistake]:
    """Yield backward with an activation that the forward pass leaves out."""
    z = below.z
    x = np.asarray(anatomy.rerun.values[z])
    edge = (layer.product, layer.weight_at)
    number = anatomy.label(z)[1:]
    for name, params in _HIDDEN:
        op = registry[name]
        out = np.asarray(op.kernel(x, **params))
        slope = carried(op, np.ones_like(out), x, out, params)
        facts = Facts(forward=anatomy.label(layer.z), fed=anatomy.label(z), due=f"A{number}")
        yield Mistake(
            "forward_bug",
            f"The forward pass feeds {facts.fed} into {facts.forward}, without activation; "
            f"backward is right for {facts.due} = {name}({facts.fed}) fed in.",
            (anatomy.gradient_label(layer.weight),),
            f"feed {facts.due} into {facts.forward} in the forward pass",
            rules={edge: reading(rule_at(edge), layer.input, out)},
            jumps={z: _times(slope)},
            facts=facts,
        )


_HIDDEN: tuple[tuple[str, dict[str, float]], ...] = (
    ("tanh", {}),
    ("relu", {}),
    ("sigmoid", {}),
    *(("leaky_relu", {"slope": slope}) for slope in (0.01, 0.1, 0.2, 0.3)),
)
"""Activations of hidden layers, with what people set them to."""


def _times(slope: Array) -> Jump:
    return lambda used, arrived: arrived * slope


def _from(source: Node, slope: Any) -> Jump:
    return lambda used, arrived: used[source] * slope if source in used else arrived


def _as_if_linear(below: Layer, layer: Layer, anatomy: Anatomy) -> Mistake:
    activation = below.activation
    assert activation is not None
    z, fed = anatomy.label(layer.z), anatomy.label(below.z)
    return _right_for(
        f"that feeds {fed} into {z}, without {activation.op.name}",
        anatomy.gradient_label(below.z),
        f"feed {anatomy.label(activation.a)} into {z}",
        forward=z,
        jumps={below.z: _from(activation.a, 1.0)},
        values=anatomy.rerun.forward({activation.a: anatomy.rerun.values[below.z]}),
    )


def _as_if_other(below: Layer, anatomy: Anatomy) -> Iterator[Mistake]:
    activation = below.activation
    assert activation is not None
    x, a = np.asarray(anatomy.rerun.values[below.z]), activation.a
    for name in ("tanh", "relu", "sigmoid"):
        if name == activation.op.name:
            continue
        op = registry[name]
        out = np.asarray(op.kernel(x))
        slope = carried(op, np.ones_like(out), x, out, {})
        yield _right_for(
            f"with {name} where it has {activation.op.name}",
            anatomy.gradient_label(below.z),
            f"use the same activation in both passes: {activation.op.name}",
            jumps={below.z: _from(a, slope)},
            values=anatomy.rerun.forward({a: out}),
        )
