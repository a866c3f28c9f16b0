"""From a recorded cost to its derivation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograd_mini.graph.node import Node
from autograd_mini.graphs import Graph
from autograd_mini.recording.recorded import wrap as wrap_as
from autograd_mini.rewrite.builder import is_number, shape_of
from autograd_mini.tensor import Tensor, tensor
from autograd_mini.tracing import graph

if TYPE_CHECKING:
    from autograd_mini.formulas.derivation import Derivation

__all__ = ["derive"]


def derive(
    cost: Tensor,
    wrt: Tensor | str | Node | Sequence[Tensor | str | Node] | None = None,
    *,
    arguments: Sequence[str] = (),
) -> Derivation:
    """Return the gradients of a recorded cost as formulas, as a person would write them.

    Parameters
    ----------
    cost : Tensor
        A recorded scalar.
    wrt : Tensor, str, Node or a sequence of them, optional
        Tensors, names of tensors, or nodes of ``ag.graph(cost)``; all inputs if not given.
    arguments : sequence of str, optional
        Names of inputs in the order in which the derived function should take them; what is
        differentiated by comes first if not given.

    Returns
    -------
    Derivation
        With ``text``, ``latex``, ``source``, and ``steps`` that say their rule and reason.

    Raises
    ------
    ValueError
        If the cost is no scalar, or two of the inputs have one name.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> X, Y = ag.tensor(np.ones((2, 5)), name="X"), ag.tensor(np.ones((1, 5)), name="Y")
    >>> W = ag.tensor(np.ones((1, 2)), requires_grad=True, name="W")
    >>> Z = W @ X
    >>> Z.name = "Z"
    >>> A = ag.sigmoid(Z)
    >>> A.name = "A"
    >>> J = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    >>> print(ag.derive(J, wrt=[W]))
    dZ = (A - Y) / m
    dW = dZ @ X.T
    >>> step = ag.derive(J, wrt=[W]).steps[1]
    >>> step.rule, step.local
    ('product rule of matrices', 'in C = A B,  dA = dC Bᵀ')
    """
    # Most programs ask for no formula, and need not wait for what writes them.
    from autograd_mini.formulas.derivation import Derivation  # noqa: PLC0415
    from autograd_mini.formulas.naming import before_activation  # noqa: PLC0415
    from autograd_mini.formulas.precision import Precision, in_double  # noqa: PLC0415
    from autograd_mini.formulas.preparing import from_the_output, tidied  # noqa: PLC0415
    from autograd_mini.formulas.trial import Trial  # noqa: PLC0415

    if callable(cost):
        raise TypeError(
            "ag.derive takes a recorded cost, not a function: call it with tensors made by "
            "ag.tensor(..., requires_grad=True, name=...), and hand over the result"
        )
    whole = graph(cost)
    if cost.shape != ():
        raise ValueError(f"the cost must be a scalar, it has shape {cost.shape}")
    asked = whole.inputs if wrt is None else whole.find_all(wrt)
    _refuse_namesakes(asked)
    double = in_double([*whole.nodes, *asked])
    named = [double[node] for node in whole.nodes if node.name and not node.is_leaf]
    targets, end = [double[node] for node in asked], double[whole.outputs[0]]
    replaced, before = tidied([end, *named], end)
    start = replaced[end]
    simple = Graph([start])
    own = [replaced.get(each, each) for each in targets]
    recorded = {replaced.get(each, each): before.replaced.get(each, each) for each in targets}
    ordered = from_the_output(simple, own)
    full = simple.backward([wrap_as(Tensor, each.value, each) for each in ordered])
    found = full.outputs[1:]
    seed = full.gradients.get(start)
    names = [f"d{node.name or f'x{k}'}" for k, node in enumerate(ordered, 1)]
    kept = [replaced[node] for node in named if replaced[node] is not start]
    dtypes = {mine: node.dtype for mine, node in zip(own, asked, strict=True)}
    precision = Precision.of(
        [*whole.nodes, *asked],
        {name: dtypes[node] for name, node in zip(names, ordered, strict=True)},
    )
    inputs = sorted([*own, *simple.inputs], key=lambda each: _place(each.name, arguments))
    made = Derivation(
        start, kept, list(zip(names, found, strict=True)), seed, inputs,
        full.gradients, before_activation(simple.nodes), before.measures,
        Trial(
            before.replaced[end],
            dict(zip(names, (recorded.get(each, each) for each in ordered), strict=True)),
            before.measures,
            lambda value: tensor(value, requires_grad=True),
            any(map(_is_by_one, whole.nodes)),
        ),
        precision,
        {
            name for each in whole.constants if each.name is None and each.origin is not None
            for name in each.origin.names
        },
    )  # fmt: skip
    made.explain(simple.nodes)
    return made


def _place(name: str | None, arguments: Sequence[str]) -> int:
    """Return where an input stands among the arguments; after them where it is none."""
    names: list[str | None] = [*arguments, name]
    return names.index(name) if name else len(arguments)


def _is_by_one(node: Node) -> bool:
    """Return whether a node is its operand times 1, or divided by it, as is a mean of one entry."""
    if node.op.name == "mean":
        return math.prod(shape_of(node.first)) == math.prod(node.shape)
    if node.op.name == "divide":
        return is_number(node.second, 1)
    return node.op.name == "multiply" and any(is_number(each, 1) for each in node.inputs)


def _refuse_namesakes(targets: Sequence[Node]) -> None:
    """Raise if two inputs have one name, under which only one gradient could be written."""
    names = [node.name for node in dict.fromkeys(targets) if node.name]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(
            f"two inputs are called {twice!r}, and so would be their gradients: give each a name "
            "of its own (t.name = ...)"
        )
