"""What people get wrong about dropout: the mask, or 1 / keep_prob, left out of backward."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.layers import Anatomy
from autograd_mini.check.diagnose.mistake import Mistake
from autograd_mini.check.diagnosis import Facts
from autograd_mini.check.rerun import Edge
from autograd_mini.graph.node import Node, value_of
from autograd_mini.ops.operation import Rule

__all__ = ["dropout_mistakes"]

Array = NDArray[Any]


def dropout_mistakes(anatomy: Anatomy) -> Iterator[Mistake]:
    """Yield a mask, or the division by keep_prob beside it, left out of backward."""
    for node in anatomy.rerun.nodes:
        mask = _mask(node)
        if mask is None:
            continue
        k, values = mask
        label = anatomy.label(node.inputs[1 - k])
        at = (anatomy.gradient_label(node.inputs[k]),)
        fix = f"multiply the gradient by {label} as well, and divide by keep_prob"
        height = float(np.max(values))
        ways: list[tuple[Facts, dict[Edge, Rule]]] = [(_MASK, {(node, k): lambda g, n, r: g})]
        if height not in (0.0, 1.0):
            ways.append((_SCALE, {(node, k): _times(values > 0)}))
            ways.append((_MASK, {(node, k): _times(height)}))
        for edge in _scales_beside(node, anatomy):
            passed: dict[Edge, Rule] = {edge: lambda g, n, r: g}
            ways.append((_SCALE, passed))
            ways.append((_BOTH, {**passed, (node, k): lambda g, n, r: g}))
        for facts, rules in ways:
            text = f"{{at}} leaves out {_LEFT_OUT[facts]}"
            yield Mistake(
                "dropout_mask",
                f"{text}, which the forward pass applies.",
                at,
                fix,
                text,
                rules=rules,
                facts=facts,
            )


_MASK, _SCALE = Facts(drops_mask=True), Facts(drops_scale=True)
_BOTH = Facts(drops_mask=True, drops_scale=True)
_LEFT_OUT = {_MASK: "the mask of dropout", _SCALE: "1 / keep_prob", _BOTH: "dropout"}


def _times(factor: Any) -> Rule:
    """Return the rule that multiplies what comes in by `factor`."""
    return lambda g, n, r: g * factor


def _mask(node: Node) -> tuple[int, Array] | None:
    """Return which operand is masked, and the mask: zeros and one other value."""
    if node.op.name != "multiply":
        return None
    for k, each in enumerate(node.inputs):
        if isinstance(each, Node) and not isinstance(node.inputs[1 - k], Node):
            values = np.asarray(value_of(node.inputs[1 - k]))
            if values.shape == node.shape and values.ndim and values.size > 1:
                top = np.max(values)
                if top >= 1 and ((values == 0) | (values == top)).all() and (values == 0).any():
                    return k, values
    return None


def _scales_beside(node: Node, anatomy: Anatomy) -> Iterator[Edge]:
    """Yield products and quotients with one number just before or after a mask."""
    around = [edge[0] for edge in anatomy.uses.get(node, [])] + list(node.parents)
    for each in around:
        if each.op.name in ("multiply", "divide"):
            for k, operand in enumerate(each.inputs):
                other = each.inputs[1 - k]
                recorded = isinstance(operand, Node) and not isinstance(other, Node)
                if recorded and np.size(value_of(other)) == 1:
                    yield each, k
