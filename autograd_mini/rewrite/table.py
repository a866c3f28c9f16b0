"""Tables of rules, and what a rule may return."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from autograd_mini.graph.node import Node
from autograd_mini.rewrite.builder import Rule, has_dtype, shape_of

__all__ = ["Table", "same"]


class Table(defaultdict[str, list[Rule]]):
    """Rules by the name of the operation whose nodes they look at."""

    def __init__(self) -> None:
        super().__init__(list)

    def on(self, *names: str) -> Callable[[Rule], Rule]:
        """Declare that a rule looks at nodes of some operations."""

        def register(rule: Rule) -> Rule:
            for name in names:
                self[name].append(rule)
            return rule

        return register


def same(node: Node, operand: Any) -> Any:
    """Return `operand` if it has the shape and dtype of `node`, so that it can stand for it."""
    alike = shape_of(operand) == node.shape and has_dtype(operand, node.dtype)
    return operand if alike else None
