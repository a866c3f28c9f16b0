"""A mistake in a file that is right without it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from tests.homework.handwriting import File

__all__ = ["Change", "Plant"]


_STEPS = (
    r"(self\.)?(d_?[zZ]\d?(_curr)?|dl_wrt_z\d|delta\d?|grad|error|dout|nabla_[wb]\[1\]|d_weights2)"
)
_FIRST = (
    ("softmax over", r"(self\.)?(d_?[zZ]\d?|delta\d|d[Wb]2|grads\['[Wb]2'\])"),
    ("L2 missing", r"dW\d?"),
    ("kept in the cache", r"d_?[WwZzA]\w*|dl_wrt_[wz]\d|grads\[\d\]\['W'\]"),
    ("too early", r"(self\.)?(d_?[aAzZ]\w*|grad|delta\d?|nabla_[wb]\[1\])"),
    ("keys", r"d[Wb]\d"),
    (" in forward", _STEPS),
    ("everywhere", _STEPS),
    ("in every layer", _STEPS),
)
"""Mistakes on lines that make no gradient, and which are wrong first because of them."""


@dataclass(frozen=True)
class Plant:
    """A file with one mistake in it.

    Attributes
    ----------
    style : str
        Which file of the corpus.
    mistake : str
        What was planted.
    codes : tuple of str
        Names that are right for it.
    line, last : int
        Where it stands.
    text : str
        The whole file.
    """

    style: str
    mistake: str
    codes: tuple[str, ...]
    line: int
    last: int
    text: str

    def __str__(self) -> str:
        return f"{self.style}:{self.line}:{self.mistake}"

    @property
    def gradient(self) -> str:
        """Which gradients are wrong first, as a pattern, where the line makes none itself."""
        line = self.text.split("\n")[self.line - 1].strip()
        for named, pattern in _FIRST:
            if named in self.mistake:
                return pattern
        return _STEPS if line.startswith("return") else "nothing"

    @cached_property
    def reach(self) -> range:
        """The lines of the statement in which the mistake stands."""
        statements = [
            node
            for node in ast.walk(File(self.style, self.text).tree)
            if isinstance(node, ast.stmt) and not hasattr(node, "body")
            and node.lineno <= self.line <= (node.end_lineno or node.lineno)
        ]  # fmt: skip
        first = min([self.line, *(node.lineno for node in statements)])
        last = max([self.last, *(node.end_lineno or node.lineno for node in statements)])
        return range(first, last + 1)

    @property
    def target(self) -> str | None:
        """The gradient that is made on the line, as it is spelled."""
        made = [
            node
            for node in ast.walk(File(self.style, self.text).tree)
            if isinstance(node, (ast.Assign, ast.AugAssign))
            and node.lineno <= self.line <= (node.end_lineno or node.lineno)
        ]
        if not made:
            return None
        target = made[-1].target if isinstance(made[-1], ast.AugAssign) else made[-1].targets[0]
        return ast.unparse(target)


@dataclass(frozen=True)
class Change:
    """A mistake, and the part of the file that is to be spelled otherwise."""

    mistake: str
    codes: tuple[str, ...]
    node: ast.AST
    instead: str
