"""Programs whose meaning depends on how their arguments lie in memory.

``reshape`` and ``ravel`` show the memory of an array that lies there row by row, and copy that of
others: what is written into one of both is seen in the other, or is not.  Programs are recorded
for arrays that lie row by row; where such a write could be seen, others are not given to them.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd_mini.compile.planning.units import is_view
from autograd_mini.graph.node import Node
from autograd_mini.graph.tape import Recording

__all__ = ["row_by_row"]

_BY_LAYOUT = {"ravel", "reshape"}


def row_by_row(tape: Recording, inputs: Sequence[Node]) -> list[int]:
    """Return which of the inputs of a program have to lie in memory row by row.

    Parameters
    ----------
    tape : Recording
    inputs : sequence of Node
    """
    if not tape.written:
        return []
    written = set(tape.written)
    needed: set[Node] = set()
    for node in tape.mapped:
        if node.op.name in _BY_LAYOUT and len(node.first.shape) > 1:
            shown = [node, node.first]
            while is_view(shown[-1]):
                shown.append(shown[-1].first)
            if not written.isdisjoint(shown):
                # what is computed lies as that does which it is computed from
                needed.update(shown[-1:] if shown[-1] in inputs else inputs)
    return [k for k, each in enumerate(inputs) if each in needed]
