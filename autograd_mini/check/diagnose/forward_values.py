"""Compare values of the forward pass that the person gives beside gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.check.diagnose.forward import forward_mistakes
from autograd_mini.check.diagnose.mistake import Mistake
from autograd_mini.check.diagnose.numbers import multiple, same
from autograd_mini.check.diagnosis import Diagnosis
from autograd_mini.check.recorded import Recording
from autograd_mini.check.row import Row
from autograd_mini.graph.node import Node

__all__ = ["explain_forward"]


def explain_forward(
    rows: Sequence[Row], gradients: Sequence[Row], recording: Recording
) -> list[Mistake]:
    """Diagnose wrong forward values; return what backward is if it went on with them.

    Parameters
    ----------
    rows : sequence of Row
        Those of the forward pass.
    gradients : sequence of Row
    recording : Recording
    """
    wrong = [row for row in rows if row.verdict == "wrong" and row.manual is not None]
    if not wrong:
        return []
    position = {node: k for k, node in enumerate(recording.rerun.nodes)}
    wrong.sort(key=lambda row: position[recording.nodes[row.wrt]])
    first, *others = wrong
    first.diagnosis = _cause(first, gradients, recording)
    for row in others:
        row.inherited = True
        row.diagnosis = Diagnosis(first.diagnosis.code, f"{row.name} follows from {first.name}.")
    changed: dict[Node, Any] = {
        recording.nodes[row.wrt]: row.manual
        for row in wrong
        if row.manual is not None and row.manual.shape == row.shape
    }
    if not changed:
        return []
    return [
        Mistake(
            first.diagnosis.code,
            f"{{at}} is right for your own forward pass, which differs from {first.name} on.",
            ("The first gradient",),
            f"repair {first.name} first",
            values=recording.rerun.forward(changed),
        )
    ]


def _cause(row: Row, gradients: Sequence[Row], recording: Recording) -> Diagnosis:
    node, manual = recording.nodes[row.wrt], row.manual
    assert manual is not None
    if node.is_leaf:
        return _changed_parameter(row, gradients)
    for mistake in forward_mistakes(recording.anatomy):
        if mistake.values is None or node not in mistake.values:
            continue
        if same(np.asarray(mistake.values[node]), manual) and not same(manual, _right(row)):
            other = mistake.facts.other_pass
            return Diagnosis(
                "forward_bug",
                f"{row.name} is that of a forward pass {other}.",
                mistake.fix,
                facts=mistake.facts,
            )
    return Diagnosis(
        "forward_bug",
        f"The forward passes differ from {row.name} on: repair that first, its gradients belong to "
        "another network.",
    )


def _changed_parameter(row: Row, gradients: Sequence[Row]) -> Diagnosis:
    manual = row.manual
    assert manual is not None
    for each in gradients:
        if each.wrt == row.wrt and each.manual is not None and each.manual.shape == manual.shape:
            rate = multiple(_right(row) - manual, each.manual, 1e-6)
            if rate is not None:
                return Diagnosis(
                    "stale_parameters",
                    f"{row.name} was already updated, at rate {rate:.6g}, when backward used it.",
                    "compute all gradients first, and update the parameters after that",
                )
    return Diagnosis(
        "overwritten_in_place",
        f"{row.name} is not what the forward pass used: it was changed in between.",
        f"keep a copy: {row.name} = {row.name}.copy()",
    )


def _right(row: Row) -> Any:
    assert row.automatic is not None
    return row.automatic
