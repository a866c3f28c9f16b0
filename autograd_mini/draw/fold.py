"""From a graph to what a person would draw: unnamed steps become part of the formulas of others.

A step stays visible if it has a name, if it is an input or an output, if several visible steps
share it, or where its scope ends; everything else is folded into the one step that uses it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini.draw import formula
from autograd_mini.draw.formula import UNSAID, Expression
from autograd_mini.draw.notation import Rich, name_runs, shape_text
from autograd_mini.draw.view import Box, View, title_of
from autograd_mini.formulas.naming import before_activation
from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Constant, Node
from autograd_mini.ops.operation import registry
from autograd_mini.rewrite.builder import Builder

__all__ = ["Folder", "fold", "unnamed_cost"]

LARGEST_STEP = 30
"""How many operations one formula may hold."""

LARGEST_COPY = 2
"""How many operations may be written out in several formulas rather than shown once."""

DATA = {"X", "Y", "x", "y"}
_MOVES = UNSAID | {"transpose", "swapaxes", "moveaxis"}


class Folder:
    """Builds the view of one graph."""

    def __init__(self, graph: BaseGraph, full: bool) -> None:
        self.graph, self.full = graph, full
        self.forward: Any = getattr(graph, "forward_nodes", None) or set(graph.nodes)
        self.outputs = set(graph.outputs)
        self.twins = _twins(graph)
        self.called = _called(graph)
        self.cost = unnamed_cost(graph)
        self.number = {node: k for k, node in enumerate(graph.nodes)}
        self.homes: dict[Node, tuple[Node, ...]] = {}
        self.of: dict[Node, Node] = {}
        self.visible = set(graph.nodes) if full else self._visible_with_gradients()
        self.interiors = self._interiors()
        self.constants: dict[str, list[tuple[Constant, Box]]] = {}
        self.written: dict[str, Constant] = {}
        self.seen: dict[int, tuple[Box, Callable[[Expression], Expression]] | None] = {}
        self.boxes: dict[str, Box] = {}
        self.edges: dict[tuple[str, str], None] = {}

    def view(self) -> View:
        """Return the boxes and edges; formulas come later."""
        for node in self.graph.nodes:
            for each in node.inputs:
                if isinstance(each, Constant) and _is_named(each):
                    self._constant_box(each)
                elif isinstance(each, Constant) and each.name:
                    self.written.setdefault(each.name, each)
        self._show_unnamed()
        for node in self.graph.nodes:
            if node in self.visible:
                box = self._node_box(node)
                self.boxes[box.key] = box
                for step in (*box.interior, node):
                    for operand in step.inputs:
                        self._connect(operand, box)
        return View(self.boxes, self.edges)

    # -- what is visible ----------------------------------------------------------------------

    def _visible_with_gradients(self) -> set[Node]:
        """Return what is visible, and of each step in the forward lane its gradient below it."""
        visible = self._visible()
        gradients: dict[Node, Node] = getattr(self.graph, "gradients", {})
        for node, g in gradients.items():
            if node in visible and node in self.forward and not node.is_leaf:
                self.of.setdefault(g, node)
        return visible if visible.issuperset(self.of) else self._visible()

    def _visible(self) -> set[Node]:
        nodes = self.graph.nodes
        sizes: dict[Node, int] = {}
        for node in nodes:
            inner = sum(sizes[each] for each in node.parents if not self._stands_out(each))
            sizes[node] = inner + (node.op.name not in _MOVES)
        users: dict[Node, list[Node]] = {node: [] for node in nodes}
        for node in nodes:
            for each in node.parents:
                users[each].append(node)
        visible = {node for node in nodes if self._stands_out(node)}
        for node in reversed(nodes):
            if node in visible:
                continue
            homes = tuple(
                dict.fromkeys(
                    home
                    for user in users[node]
                    for home in ((user,) if user in visible else self.homes[user])
                )
            )
            small = node.op.name in _MOVES or sizes[node] <= LARGEST_COPY
            together = all(home.scope == node.scope for home in homes)
            if homes and (together or node.op.name in _MOVES) and (len(homes) == 1 or small):
                self.homes[node] = homes
            else:
                visible.add(node)
        return self._without_giants(visible)

    def _stands_out(self, node: Node) -> bool:
        named = node.name is not None
        return named or node.is_leaf or node in self.outputs or node in self.of

    def _without_giants(self, visible: set[Node]) -> set[Node]:
        """Show further steps where a formula would grow too long."""
        grown: dict[Node, int] = {}
        for node in self.graph.nodes:
            inner = sum(grown[each] for each in node.parents if each not in visible)
            grown[node] = 1 + inner
            if grown[node] > LARGEST_STEP:
                visible.add(node)
        return visible

    def _interiors(self) -> dict[Node, list[Node]]:
        """Return for each visible node what is folded into it, operands first."""
        found: dict[Node, list[Node]] = {node: [] for node in self.visible}
        homes: dict[Node, dict[Node, None]] = {}
        for node in reversed(self.graph.nodes):
            mine = {node: None} if node in self.visible else homes.pop(node, {})
            if node not in self.visible:
                for home in mine:
                    found[home].append(node)
            for each in node.parents:
                if each not in self.visible:
                    homes.setdefault(each, {}).update(mine)
        for inner in found.values():
            inner.reverse()
        return found

    # -- boxes and edges ----------------------------------------------------------------------

    def _node_box(self, node: Node) -> Box:
        k = self.number[node]
        backward = node not in self.forward
        kind = "step"
        if node.is_leaf:
            kind = "data" if backward or node.name in DATA else "parameter"
        return Box(
            f"n{k}", kind, backward, node.scope, self.title(node),
            shape=shape_text(node.shape), op="" if node.is_leaf else node.op.name, node=node,
            interior=self.interiors[node], is_output=node in self.outputs,
            twins=self.twins.get(node, ()),
        )  # fmt: skip

    def title(self, node: Node) -> Rich:
        """Return what a node is called: by its name, by what it is a gradient of, or a number."""
        k = self.number[node]
        fallback = f"input {k}" if node.is_leaf else f"t{k}"
        if node is self.cost:
            fallback = "J"  # as in dJ
        elif node in self.of and not node.is_leaf:
            fallback = f"dt{self.number[self.of[node]]}"
        return title_of(node.name or self.called.get(node), fallback)

    def _show_unnamed(self) -> None:
        """Give arrays without a name boxes, so that formulas can mention them: x1, x2, …."""
        taken = {node.name for node in self.graph.nodes} | set(self.constants)
        fresh = (f"x{k}" for k in range(1, 1000) if f"x{k}" not in taken)
        for node in self.graph.nodes:
            for each in node.inputs if node in self.forward else ():
                if not isinstance(each, Constant) or not _is_shown(each) or len(self.boxes) > 99:
                    continue
                if self.formula_for(each) is None and self.constant(each) is None:
                    self.seen.clear()
                    self._constant_box(each, next(fresh))

    def _constant_box(self, constant: Constant, called: str = "") -> Box:
        """Return the box of an array, the same for each use of the same values."""
        name = called or constant.name or ""
        known = self.constants.setdefault(name, [])
        for other, box in known:
            if other._value is constant._value or _equal(other._value, constant._value):
                return box
        box = Box(
            f"c{sum(map(len, self.constants.values()))}", "data", False, "",
            name_runs(name), shape=shape_text(constant.shape), node=constant,
        )  # fmt: skip
        known.append((constant, box))
        self.boxes[box.key] = box
        return box

    def _connect(self, operand: Any, target: Box) -> None:
        source: str | None = None
        if operand.__class__ is Node and operand in self.visible:
            source = f"n{self.number[operand]}"
        elif isinstance(operand, Constant):
            found = self.constant(operand)
            source = found[0].key if found else None
        if source is not None and source != target.key:
            self.edges.setdefault((source, target.key))

    def constant(self, constant: Constant) -> tuple[Box, Callable[[Expression], Expression]] | None:
        """Return the named array that an array is, or is made of, and how.

        What NumPy did before anything was recorded (``X.T``, ``1 - Y``) left only its values, so
        it is recognised by them.
        """
        if _is_named(constant):
            return self._constant_box(constant), lambda x: x
        if id(constant) not in self.seen:
            self.seen[id(constant)] = self._recognised(np.asarray(constant._value))
        return self.seen[id(constant)]

    def made_of(self, constant: Constant) -> tuple[str, Any, Callable[[Builder, Node], Any]] | None:
        """Return the box of the array that an array is made of, its values, and how."""
        found = self.constant(constant)
        if found is None:
            return None
        box, write = found
        value = np.asarray(box.node._value)  # type: ignore[union-attr]
        return box.key, value, _BUILT.get(write, lambda _, x: x)

    def arrays(self) -> dict[str, Any]:
        """Return the values of the arrays that have boxes."""
        return {
            box.key: np.asarray(constant._value)
            for known in self.constants.values()
            for constant, box in known
        }

    def formula_for(self, constant: Constant) -> str | None:
        """Return the formula that the user gave these values as their name, if any."""
        return constant.name or next(
            (
                name for name, other in self.written.items()
                if _equal(other._value, constant._value) and constant._value.size > 1
            ),
            None,
        )  # fmt: skip

    def _recognised(self, array: Any) -> tuple[Box, Callable[[Expression], Expression]] | None:
        if array.size < 2:
            return None
        flat = bool((array == array.flat[0]).all())  # zeros could be anything: take a sole match
        found = []
        for known in list(self.constants.values())[-8:]:
            for constant, box in known[-4:]:
                value = constant._value
                for made, write in _MADE[:2] if flat else _MADE:
                    shape = value.T.shape if made is _transposed else value.shape
                    if array.shape == shape and _equal(array, made(value)):
                        found.append((box, write))
                        break
        return found[0] if len(found) == 1 or (found and not flat) else None


def unnamed_cost(graph: BaseGraph) -> Node | None:
    """Return the scalar without a name that all gradients are of."""
    names = {node.name for node in graph.nodes}
    nodes = getattr(graph, "forward_nodes", None) or graph.nodes
    costs = [node for node in graph.outputs if node in nodes and node.shape == ()]
    known = getattr(graph, "gradients", {}) and costs and costs[0].name is None
    return costs[0] if known and "J" not in names else None


def _called(graph: BaseGraph) -> dict[Node, str]:
    """Return names for gradients of what activations were applied to: ``dz2`` for ``h2``."""
    gradients: dict[Node, Node] = getattr(graph, "gradients", {})
    inner = before_activation(node for node in gradients)
    return {gradients[node]: f"d{name}" for node, name in inner.items() if node in gradients}


def _twins(graph: BaseGraph) -> dict[Node, tuple[Rich, ...]]:
    """Return the further names of gradients that are those of several tensors."""
    found: dict[Node, tuple[Rich, ...]] = {}
    gradients: dict[Node, Node] = getattr(graph, "gradients", {})
    for node, g in reversed(gradients.items()):
        if node.name and g.name and not g.is_leaf and f"d{node.name}" != g.name:
            found[g] = (*found.get(g, ()), name_runs(f"d{node.name}"))
    return found


def _is_named(constant: Constant) -> bool:
    """Return whether an array has a name of its own, rather than a formula such as (1 - Y)."""
    return bool(constant.name) and not set(constant.name or "") & set("()+−*/@")


def _is_shown(constant: Constant) -> bool:
    """Return whether an array without a name is worth a box: real numbers, not all alike."""
    array = np.asarray(constant._value)
    several = array.size > 1 and array.dtype.kind in "fc"
    return several and not bool((array == array.flat[0]).all())


def _equal(a: Any, b: Any) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and bool((a == b).all())


def _transposed(value: Any) -> Any:
    return value.T


def _rest(x: Expression) -> Expression:
    return formula.total(formula.number(1.0), formula.opposite(x))


_MADE: tuple[tuple[Callable[[Any], Any], Callable[[Expression], Expression]], ...] = (
    (lambda value: value, lambda x: x),
    (_transposed, formula.transposed),
    (lambda value: 1 - value, _rest),
    (lambda value: -value, formula.opposite),
)
_BUILT: dict[Callable[[Expression], Expression], Callable[[Builder, Node], Any]] = {
    formula.transposed: lambda build, x: build.make(
        registry["transpose"], (x,), {}, x.shape[::-1], x.dtype
    ),
    _rest: lambda build, x: build.call("subtract", 1.0, x),
    formula.opposite: lambda build, x: build.call("negative", x),
}


def fold(graph: BaseGraph, full: bool = False) -> tuple[View, Folder]:
    """Return the view of a graph; `full` shows every single node."""
    folder = Folder(graph, full)
    return folder.view(), folder
