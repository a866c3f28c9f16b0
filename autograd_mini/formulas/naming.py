"""What values are called in formulas."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable

from autograd_mini.graph.node import Node

__all__ = ["Namer", "before_activation", "identifier"]

_ACTIVATIONS = frozenset((
    "elu", "gelu", "leaky_relu", "log_softmax", "relu", "sigmoid", "silu", "softmax", "softplus",
    "tanh",
))  # fmt: skip


class Namer:
    """Gives every node, constant and size the name it has in the formulas.

    Parameters
    ----------
    taken : collection of str
        Names that mean something else.
    """

    def __init__(self, taken: Collection[str]) -> None:
        self.names: dict[int, str] = {}
        self.taken = set(taken)

    def claim(self, key: object, wanted: str | None, prefix: str = "t") -> str:
        """Return the name of `key`: `wanted` made a fresh identifier, or a number."""
        known = self.names.get(id(key))
        if known is not None:
            return known
        name = self.names[id(key)] = self.fresh(wanted, prefix)
        return name

    def fresh(self, wanted: str | None, prefix: str = "t") -> str:
        """Return a name that means nothing else yet."""
        base = identifier(wanted) if wanted else ""
        name, count = base, 1
        while not name or name in self.taken:
            name = f"{base or prefix}{'_' if base else ''}{count}"
            count += 1
        self.taken.add(name)
        return name


def identifier(name: str) -> str:
    """Return a name as Python takes it, and reads it again: it knows one form of each letter."""
    base = re.sub(r"\W", "_", unicodedata.normalize("NFKC", name))
    return base if base.isidentifier() and not keyword.iskeyword(base) else f"_{base}"


def before_activation(forward: Iterable[Node]) -> dict[Node, str]:
    """Return names for what an activation was applied to, where it has none.

    In ``h2 = tanh(W @ x + b)`` the argument is called ``z2``.

    Parameters
    ----------
    forward : iterable of Node
    """
    nodes = list(forward)
    taken = {node.name for node in nodes}
    found: dict[Node, str] = {}
    for node in nodes:
        if not node.name or node.op.name not in _ACTIVATIONS:
            continue
        inner = node.first
        parts = re.fullmatch(r"([A-Za-z])(\d*|_\w+)", node.name)
        if parts is None or inner.__class__ is not Node or inner.name or inner.is_leaf:
            continue
        letter = "Z" if node.name[0].isupper() else "z"
        name = f"{letter}{parts[2] or '_' + parts[1]}"
        if name not in taken:
            found[inner] = name
            taken.add(name)
    return found
