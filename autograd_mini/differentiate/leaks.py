"""Tensors that outlive the call in which they stood for all examples at once.

Inside ``vmap`` a tensor holds the values of one example.  The function may have kept it, in a list
or as an attribute: outside those values would pass for those of all examples.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

from autograd_mini.context import current
from autograd_mini.errors import DataDependentError
from autograd_mini.graph.node import Node
from autograd_mini.graph.tape import Tape
from autograd_mini.memory.ownership import COUNTED
from autograd_mini.tensor import Tensor

__all__ = ["end_examples"]


class Ended(Tensor):
    """What a tensor becomes that stood for all examples, when they have gone."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return Ended
        raise DataDependentError(
            "this tensor stood for all examples inside vmap, which has ended, and holds the values "
            "of one of them: return it from the function, and all come out"
        )

    def __repr__(self) -> str:
        return "<a tensor of a call of vmap that has ended>"


def end_examples(tape: Tape) -> None:
    """Let nobody use the tensors that are left of a call of ``vmap``.

    Parameters
    ----------
    tape : Tape
        Of that call, which is no longer current.
    """
    kept = _kept(tape) if COUNTED else list(tape.mapped)
    if kept:  # to look for who refers to them takes milliseconds
        for each in gc.get_referrers(*kept):
            if isinstance(each, Tensor):
                each.__class__ = Ended


def _kept(tape: Tape) -> list[Node]:
    """Return the nodes that something else refers to than tapes and each other."""
    counts = _references(tape.mapped)  # first, for what follows refers to nodes as well
    known = Counter(parent for node in tape.mapped for parent in node.parents)
    known.update(tape.watched.keys())
    for other in current().tapes:
        known.update(other.noted())
    return [
        node
        for node, count in zip(tape.mapped, counts, strict=True)
        if count > _ALONE + known[node]
    ]


def _references(nodes: Iterable[Node]) -> list[int]:
    return [sys.getrefcount(node) for node in nodes]


_ALONE = _references({Node(): None})[0]
