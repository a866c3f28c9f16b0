"""What people get wrong at Z = W A + b: in dW, db and dA."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.layers import Activation, Anatomy, Layer, carried
from autograd_mini.check.diagnose.mistake import Mistake
from autograd_mini.check.diagnosis import Facts
from autograd_mini.check.rerun import Edge
from autograd_mini.graph.node import Constant, Node
from autograd_mini.ops.operation import Rule

__all__ = ["layer_lines", "product_mistakes", "reading", "rule_at", "summed_from_weight"]

Array = NDArray[Any]


def layer_lines(layer: Layer, anatomy: Anatomy, divided: bool = False) -> dict[str, str]:
    """Return how dW, db and dA of a layer are written.

    Parameters
    ----------
    layer, anatomy
    divided : bool
        Whether the person's dZ has no 1/m, so that it stands here.
    """
    dz, weight, given = (
        anatomy.gradient_label(layer.z), anatomy.label(layer.weight), anatomy.label(layer.input),
    )  # fmt: skip
    per = " / m" if divided else ""
    axis = 1 if layer.in_columns else 0
    if layer.in_columns:
        lines = {"W": f"{dz} @ {given}.T{per}", "A": f"{weight}.T @ {dz}"}
    else:
        lines = {"W": f"{given}.T @ {dz}{per}", "A": f"{dz} @ {weight}.T"}
    keep = ", keepdims=True" if layer.bias is not None and len(layer.bias.shape) == 2 else ""
    lines["b"] = f"np.sum({dz}, axis={axis}{keep}){per}"
    named = {"W": layer.weight, "A": layer.input, "b": layer.bias}
    return {
        key: f"{anatomy.gradient_label(node)} = {lines[key]}"
        for key, node in named.items()
        if isinstance(node, (Node, Constant))
    }


def reading(rule: Rule, replaced: Any, value: Array) -> Rule:
    """Return a rule that finds another value where it reads one operand."""
    return lambda g, node, read: rule(
        g, node, lambda each: value if each is replaced else read(each)
    )


def product_mistakes(layer: Layer, anatomy: Anatomy, divided: bool) -> Iterator[Mistake]:
    """Yield what may be wrong in dW, db and dA of one layer."""
    lines = layer_lines(layer, anatomy, divided)
    yield from _wrong_operands(layer, anatomy, lines)
    yield from _transposes(layer, anatomy, lines)
    yield from _without_activation(layer, anatomy, lines)
    if layer.bias is not None:
        yield from _bias_mistakes(layer, anatomy, lines)


def rule_at(edge: Edge) -> Rule:
    """Return the right rule of an edge."""
    node, k = edge
    rule = node.op.vjps[k]
    assert rule is not None
    return rule


def _wrong_operands(layer: Layer, anatomy: Anatomy, lines: dict[str, str]) -> Iterator[Mistake]:
    """Yield dW made with another layer's values, and dA with another layer's weight."""
    edge = (layer.product, layer.weight_at)
    for label, value in _others(anatomy.rerun.read(layer.input), anatomy.caches):
        yield Mistake(
            "wrong_cache",
            f"{{at}} uses {label} where the layer was fed {anatomy.label(layer.input)}.",
            (anatomy.gradient_label(layer.weight),),
            lines["W"],
            "",
            rules={edge: reading(rule_at(edge), layer.input, value)},
        )
    if not isinstance(layer.input, (Node, Constant)):
        return
    edge = (layer.product, layer.input_at)
    operand = layer.product.inputs[layer.weight_at]
    weights = [
        (
            anatomy.label(each.weight),
            np.asarray(anatomy.rerun.read(each.product.inputs[each.weight_at])),
        )
        for each in anatomy.layers
    ]
    for label, value in _others(anatomy.rerun.read(operand), weights):
        yield Mistake(
            "wrong_cache",
            f"{{at}} uses {label} where the layer has {anatomy.label(layer.weight)}.",
            (anatomy.gradient_label(layer.input),),
            lines["A"],
            rules={edge: reading(rule_at(edge), operand, value)},
        )


def _others(right: Any, known: list[tuple[str, Array]]) -> Iterator[tuple[str, Array]]:
    """Yield other values of the same shape, or of one unit, which broadcasts where it is used."""
    shape = np.shape(right)
    for label, value in known:
        if len(shape) != value.ndim or any(
            n not in (1, own) for n, own in zip(value.shape, shape, strict=True)
        ):
            continue
        stretched = np.broadcast_to(value, shape)
        if not np.array_equal(stretched, right):
            yield label, stretched


def _transposes(layer: Layer, anatomy: Anatomy, lines: dict[str, str]) -> Iterator[Mistake]:
    weight = np.asarray(anatomy.rerun.values[layer.weight])
    if weight.ndim != 2 or weight.shape[0] != weight.shape[1]:
        return  # another shape: the numbers would not even fit
    name = anatomy.label(layer.weight)
    right = rule_at((layer.product, layer.weight_at))
    yield Mistake(
        "transpose",
        "{at} is the transpose of what it should be.",
        (anatomy.gradient_label(layer.weight),),
        lines["W"],
        "transposed dW",
        rules={(layer.product, layer.weight_at): lambda g, node, read: right(g, node, read).T},
    )
    if isinstance(layer.input, (Node, Constant)):
        edge = (layer.product, layer.input_at)
        operand = layer.product.inputs[layer.weight_at]
        value = np.asarray(anatomy.rerun.read(operand)).T
        yield Mistake(
            "transpose",
            f"{{at}} uses {name} where its transpose is due, or the other way round.",
            (anatomy.gradient_label(layer.input),),
            lines["A"],
            "W for W.T",
            rules={edge: reading(rule_at(edge), operand, value)},
        )


def _without_activation(layer: Layer, anatomy: Anatomy, lines: dict[str, str]) -> Iterator[Mistake]:
    """Yield dW, db or dA made from dA of the layer where dZ is due."""
    if layer.activation is None:
        return
    a, z = layer.activation.a, layer.z
    da, dz = anatomy.gradient_label(a), anatomy.gradient_label(z)
    slope = derivative_at(layer.activation, anatomy)
    edges: dict[str, tuple[Node, Edge]] = {"W": (layer.weight, (layer.product, layer.weight_at))}
    if isinstance(layer.input, Node):  # jumps need a node
        edges["A"] = (layer.input, (layer.product, layer.input_at))
    for key, (node, edge) in edges.items():
        yield Mistake(
            "missing_activation_derivative",
            f"{{at}} is made from {da} where {dz} is due.",
            (anatomy.gradient_label(node),),
            lines[key],
            f"d{key} from dA",
            jumps={node: _from_other(anatomy, layer.product, edge[1], a)},
            facts=Facts(made_from=(da, dz)),
        )
        if slope is not None:
            last = layer.product is anatomy.layers[-1].product
            yield Mistake(
                "wrong_output_gradient" if last else "wrong_activation_derivative",
                f"{{at}} is made from {dz} times the derivative of {layer.activation.op.name} once "
                f"more, where {dz} is due.",
                (anatomy.gradient_label(node),),
                lines[key],
                f"d{key} from dZ * g'",
                jumps={node: _from_other(anatomy, layer.product, edge[1], layer.z, slope)},
                facts=Facts(made_from=(dz,)),
            )


def derivative_at(activation: Activation, anatomy: Anatomy) -> Array | None:
    """Return the derivative of an activation at each entry; None where it is no such number."""
    if activation.op.kind != "elementwise":
        return None
    x, out = (np.asarray(anatomy.rerun.values[each]) for each in (activation.z, activation.a))
    return carried(activation.op, np.ones_like(out), x, out, activation.params)


def _from_other(
    anatomy: Anatomy, product: Node, k: int, source: Node, factor: Any = 1.0
) -> Callable[..., Any]:
    """Return a jump that puts `source`'s gradient through one edge in place of the product's."""

    def jump(used: Any, arrived: Any) -> Any:
        if source not in used or product not in used:
            return arrived
        right = anatomy.rerun.edge(product, k, used[product])
        return (
            arrived
            - _like(right, arrived)
            + _like(anatomy.rerun.edge(product, k, used[source] * factor), arrived)
        )

    return jump


def _like(part: Array, whole: Array) -> Array:
    """Return a contribution in the layout of what it is part of, which may be its transpose."""
    return part if part.shape == whole.shape else part.T


def summed_from_weight(layer: Layer, anatomy: Anatomy, total: Array, divided: bool) -> Mistake:
    """Return db summed from dW, up to a factor: dW has its 1 / m already.

    Parameters
    ----------
    layer, anatomy
    total : numpy.ndarray
        The sum of dW over what it was fed.
    divided : bool
        Whether the person's dZ has no 1/m.
    """
    bias = layer.bias
    assert bias is not None
    return Mistake(
        "wrong_cache",
        f"{{at}} is summed from {anatomy.gradient_label(layer.weight)} in place of "
        f"{anatomy.gradient_label(layer.z)}.",
        (anatomy.gradient_label(bias),),
        layer_lines(layer, anatomy, divided)["b"],
        jumps={bias: lambda used, arrived: _laid_out(total, arrived)},
        any_scale=True,
        facts=Facts(made_from=(anatomy.gradient_label(layer.z),)),
    )


def _laid_out(values: Array, like: Array) -> Array:
    return np.reshape(values, like.shape) if values.size == like.size else like


def _bias_mistakes(layer: Layer, anatomy: Anatomy, lines: dict[str, str]) -> Iterator[Mistake]:
    """Yield wrong sums that have the right shape."""
    bias = layer.bias
    assert bias is not None
    at = (anatomy.gradient_label(bias),)
    axis = 1 if layer.in_columns else 0
    if layer.activation is not None:
        a = layer.activation.a
        da, dz = anatomy.gradient_label(a), anatomy.gradient_label(layer.z)
        yield Mistake(
            "missing_activation_derivative",
            f"{{at}} is summed from {da} where {dz} is due.",
            at,
            lines["b"],
            "db from dA",
            jumps={bias: lambda used, arrived: _sum_like(used.get(a), axis, arrived)},
            facts=Facts(made_from=(da, dz)),
        )
    other = 1 - axis
    z = layer.z
    yield Mistake(
        "wrong_axis",
        f"{{at}} is summed over axis {other}; the examples are along axis {axis}.",
        at,
        lines["b"],
        "db over the wrong axis",
        jumps={bias: lambda used, arrived: _sum_like(used.get(z), other, arrived)},
    )
    yield Mistake(
        "wrong_axis",
        f"{{at}} is summed over everything; the examples are along axis {axis}.",
        at,
        lines["b"],
        "db over everything",
        jumps={bias: lambda used, arrived: np.zeros_like(arrived) + np.sum(used.get(z, 0.0))},
    )


def _sum_like(g: Any, axis: int, like: Array) -> Array:
    if g is None or np.ndim(g) != 2:
        return like
    return _laid_out(np.sum(g, axis=axis), like)
