"""One line of a derivation."""

from __future__ import annotations

from autograd_mini.formulas.folding import Line
from autograd_mini.formulas.mathml import mathml
from autograd_mini.formulas.polish import readable
from autograd_mini.graph.node import Node

__all__ = ["Step"]


class Step:
    """One line of a derivation: a name and the expression it stands for.

    Attributes
    ----------
    name : str
        Such as ``dW1``.
    expression : str
        NumPy source.
    latex : str
        The whole line as a formula.
    shape : tuple of int
    node : Node
    rule, local, reason : str
        Of a gradient: by which rule it came back, the derivative of the step of the forward pass
        that it came through, and why; one after the other where it came through several.
    """

    def __init__(self, name: str, expression: str, latex: str, node: Node) -> None:
        self.name, self.expression, self.latex, self.node = name, expression, latex, node
        self.shape: tuple[int, ...] = node.shape
        self.rule = self.local = self.reason = ""

    @property
    def mathml(self) -> str:
        """The whole line as a ``<math>`` element."""
        return mathml(self.latex)

    @property
    def line(self) -> Line:
        """What there is to read of it."""
        shape = " × ".join(map(str, self.shape)) or "scalar"
        said = self.rule, self.local, self.reason
        return Line(self.name, readable(self.expression), self.latex, shape, *said)

    def __str__(self) -> str:
        return f"{self.name} = {self.expression}"

    def __repr__(self) -> str:
        return f"Step({str(self)!r})"
