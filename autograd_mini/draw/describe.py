"""What a box computes, in words and as a formula over the names of its operands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from autograd_mini.draw import formula
from autograd_mini.draw.fold import Folder
from autograd_mini.draw.formula import UNSAID, Expression
from autograd_mini.draw.notation import plain
from autograd_mini.draw.tidy import tidied_steps
from autograd_mini.draw.view import Box
from autograd_mini.graph.node import Constant, Node

__all__ = ["Writer", "describe", "operations"]

_MOST = 60
"""More steps in one box are not tidied any more."""

_ODD = frozenset(("equal", "not_equal", "scatter_add", "where"))
"""Operations by which derivatives choose, and which a person leaves unsaid or says otherwise."""


class Writer:
    """Writes formulas over what is visible beside a box.

    Parameters
    ----------
    folder : Folder
    box : Box
        What is folded into it is written out.
    given : mapping of Node to Expression, optional
        What to write for some nodes.
    """

    def __init__(
        self, folder: Folder, box: Box, given: Mapping[Node, Expression] = MappingProxyType({})
    ) -> None:
        self._folder, self._backward, self._given = folder, box.backward, given
        self._inner: dict[Node, Expression] = {}
        for step in box.interior:
            self._inner[step] = self.result(step)
        self._leaves: dict[str, Node] = {}

    def tidied(self, box: Box) -> Expression:
        """Return what a box computes, as a person would write it."""
        node = box.node
        assert isinstance(node, Node)
        made = tidied_steps(
            (*box.interior, node), self._folder.made_of, self._leaves, self._folder.arrays()
        )
        titles = {id(leaf): self._folder.boxes[key].title for key, leaf in self._leaves.items()}
        own = {*box.interior, node}
        beside = {each for step in own for each in step.parents}
        mentioned: set[Node] = set()

        def write(operand: Any) -> Expression:
            if operand.__class__ is not Node:
                return self.operand(operand)
            if id(operand) in titles:
                return formula.atom(titles[id(operand)])
            if operand.is_leaf and operand not in self._folder.number:  # labels
                return formula.atom(((operand.name or "labels", ""),))
            if operand in self._folder.number and operand not in own:
                mentioned.add(operand)
                return self.operand(operand)
            return formula.of_node(operand, [write(each) for each in operand.inputs])

        written = write(made)  # a rule may have looked inside of what has a box of its own
        return written if mentioned <= beside else self.result(node)

    def result(self, node: Node) -> Expression:
        """Return what `node` computes."""
        return formula.of_node(node, [self.operand(each) for each in node.inputs])

    def operand(self, operand: Any) -> Expression:
        """Return what stands for an operand: its name, its number, or its own formula."""
        if operand.__class__ is Node:
            if operand in self._given:
                return self._given[operand]
            if operand in self._inner:
                return self._inner[operand]
            return formula.atom(self._folder.title(operand), operand.shape == ())
        if isinstance(operand, Constant):
            found = self._folder.constant(operand)
            if found is not None:
                return found[1](formula.atom(found[0].title, operand.shape == ()))
            name = self._folder.formula_for(operand)
            if name:
                return formula.atom(((name, ""),), operand.shape == ())
            return formula.of_constant(operand._value)
        return formula.number(operand, self._backward)


def describe(folder: Folder, box: Box) -> None:
    """Write the formula of a step and all there is to say about it."""
    node = box.node
    if isinstance(node, Node) and not node.is_leaf:
        writer = Writer(folder, box)
        steps = (*box.interior, node)
        odd = not folder.full and len(steps) <= _MOST and any(x.op.name in _ODD for x in steps)
        box.formula = (writer.tidied(box) if odd else writer.result(node)).signed
    box.detail = _detail(box)


def operations(box: Box) -> list[str]:
    """Return the names of what a box does, operands first, without what paper does not mention."""
    steps = [step.op.name for step in box.interior if step.op.name not in UNSAID]
    return [*steps, box.op] if box.op else steps


def _detail(box: Box) -> str:
    node = box.node
    lines = [f"{box.name} = {plain(box.formula)}" if box.formula else box.name]
    if node is not None:
        lines.append(f"{box.shape}, {node.dtype}")
    if isinstance(node, Node):
        if box.op:
            lines.append(", ".join(operations(box)))
        if node.scope:
            lines.append(node.scope)
        if node.source is not None:
            lines.append(node.source.short)
    return "\n".join(lines)
