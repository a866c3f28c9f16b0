"""Writes the nodes of a graph as expressions and formulas, on lines of their own where needed."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_mini.formulas.constants import (
    as_array,
    constant_expression,
    index_expression,
    is_known_matrix,
)
from autograd_mini.formulas.expressions import expression, repeats
from autograd_mini.formulas.naming import Namer
from autograd_mini.formulas.notation import Term, latex_name, latex_of, name_term, number_term
from autograd_mini.formulas.polish import polished
from autograd_mini.formulas.steps import Step
from autograd_mini.formulas.templates import name_expression
from autograd_mini.formulas.tidy import is_seed
from autograd_mini.graph.index_names import index_name
from autograd_mini.graph.node import Constant, Node, Written, value_of
from autograd_mini.rewrite.builder import is_given, made_by, only_new_axes, shape_of

__all__ = ["Writer", "written_out"]

_LONG = 76
"""Expressions of more characters are given a line of their own."""

_SHORT = 10
"""Expressions of so few characters are rather written twice than given a name."""

_FEW = 8
"""Arrays of so few entries are written down where nobody has named them."""


class Writer:
    """Writes nodes, operands first.

    Parameters
    ----------
    order : sequence of Node
        What will be written.
    wanted : collection of Node
        What must have a line.
    taken : collection of str
        Names that mean something else.
    called, suggested : mapping of Node to str
        Names of what has none: with a line whatever it is, and where it needs one.

    Attributes
    ----------
    namer : Namer
    constants : dict of str to numpy.ndarray
        Arrays that have been given a name, and were not written down.
    like : dict of tuple to Node
        Arguments by their shape, which formulas can then refer to.
    like_of : dict of Node to Node
        Arguments by what has their shape whatever it is: their gradients.
    indices : dict of str to numpy.ndarray
        Arguments that others are indexed with.
    labels : list of Node
        Arguments that may be among them.
    """

    def __init__(
        self,
        order: Sequence[Node],
        wanted: Collection[Node],
        taken: Collection[str],
        called: Mapping[Node, str],
        suggested: Mapping[Node, str],
    ) -> None:
        self.namer = Namer(taken)
        self.constants: dict[str, Any] = {}
        self.like: dict[tuple[int, ...], Node] = {}
        self.like_of: dict[Node, Node] = {}
        self._wanted = frozenset(wanted)
        self._called, self._suggested = called, suggested
        self._uses = Counter(parent for node in order for parent in node.parents)
        self.indices: dict[str, Any] = {}
        self.labels: list[Node] = []
        self._expressions: dict[int, ast.expr] = {}
        self._formulas: dict[int, Term] = {}

    def write(self, node: Node, lines: list[Step]) -> None:
        """Write a node, and add a line where it has one."""
        made = self._expression(node)
        formula = self._latex(node)
        if len(polished(made)) > _LONG:
            made, formula = self._parted(node, lines)
        self._expressions[id(node)] = made
        self._formulas[id(node)] = formula
        if self._has_line(node, made):
            if _is_view(node) and not self._is_asked_for(node) and not node.first.is_leaf:
                self._name_the_viewed(node, lines)
                return
            wanted = node.name or self._called.get(node) or self._suggested.get(node)
            self._name(node, lines, wanted)

    def _is_asked_for(self, node: Node) -> bool:
        return node in self._wanted or bool(node.name) or node in self._called

    def _name_the_viewed(self, node: Node, lines: list[Step]) -> None:
        """Give what a value shows with new axes a line, rather than the value itself."""
        if not isinstance(self._expressions[id(node.first)], ast.Name):
            self._name(node.first, lines, self._suggested.get(node.first))
        self._expressions[id(node)] = self._expression(node)
        self._formulas[id(node)] = self._latex(node)

    def _parted(self, node: Node, lines: list[Step]) -> tuple[ast.expr, Term]:
        """Return a long expression with the longest of its parts on lines of their own."""
        parts = [each for each in node.inputs if each.__class__ is Node and not each.is_leaf]
        for part in sorted(set(parts), key=self._length, reverse=True):
            made = self._expression(node)
            if len(polished(made)) <= _LONG or self._length(part) <= 2 * _SHORT:
                break
            self._name(part, lines, None)
        made = self._expression(node)
        return made, self._latex(node)

    def _latex(self, node: Node) -> Term:
        formulas = [self._formula(each) for each in node.inputs]
        return latex_of(node, formulas, self._index_argument)

    def _expression(self, node: Node) -> ast.expr:
        operands = [self.operand(each) for each in node.inputs]
        for k, each in enumerate(node.inputs):
            alone = isinstance(each, Constant) and each.name is None and each.value.size == 1
            if alone and each.value.shape and not repeats(node, each):
                operands[k] = as_array(each.value)
        return self._in_short(node) or expression(node, operands, self._index)

    def _length(self, node: Node) -> int:
        return len(polished(self._expressions[id(node)]))

    def _name(self, node: Node, lines: list[Step], wanted: str | None) -> None:
        """Give a value a line of its own, and its name to what comes after."""
        name = self.namer.claim(node, wanted)
        made, formula = self._expressions[id(node)], self._formulas[id(node)]
        line = f"{latex_name(name)} = {formula.text}"
        lines.append(Step(name, polished(made), line, node))
        self._expressions[id(node)] = name_expression(name)
        self._formulas[id(node)] = name_term(name)

    def _has_line(self, node: Node, made: ast.expr) -> bool:
        """Return whether a value is given a name, rather than written where it is used."""
        if self._is_asked_for(node):
            return True
        text = ast.unparse(made)
        if node.op.name in ("transpose", "negative") and _is_atom(node.first):
            return False
        if isinstance(made, ast.Subscript) and isinstance(made.value, ast.Name) and _is_view(node):
            return False
        shared = self._uses.get(node, 0) > 1
        several = node.has_several
        short = len(text) <= _SHORT and node.op.kind in ("elementwise", "linear")
        return several or len(text) > _LONG or (shared and not short)

    def _in_short(self, node: Node) -> ast.expr | None:
        """Return an expression that says what several operations do together."""
        return self._filled_with(node) or self._outer(node) or self._placed(node)

    def _filled_with(self, node: Node) -> ast.expr | None:
        """Return ``np.full(shape, s)`` for a scalar that is repeated to a shape."""
        if node.op.name not in ("broadcast_to", "reshape"):
            return None
        scalar = node.first
        while made_by(scalar, "reshape"):
            scalar = scalar.first
        if shape_of(scalar) != ():
            return None
        shape = self._shape(node.shape)
        filling = self.operand(scalar)
        if ast.unparse(filling) == "1":
            return ast.Call(ast.parse("np.ones", mode="eval").body, [shape], [])
        return ast.Call(ast.parse("np.full", mode="eval").body, [shape, filling], [])

    def _shape(self, shape: tuple[int, ...]) -> ast.expr:
        """Return a shape as that of an argument, where one has it: it then holds for others."""
        like = self.like.get(shape)
        if like is not None and shape:
            return self._shape_of(like)
        return constant_expression(shape[0] if len(shape) == 1 else shape)

    def _shape_of(self, leaf: Node) -> ast.expr:
        named = name_expression(self.namer.claim(leaf, leaf.name, "x"))
        return ast.Attribute(named, "shape", ast.Load())

    def _outer(self, node: Node) -> ast.expr | None:
        """Return ``np.outer(v, w)`` for ``v[:, None] * w``."""
        if not made_by(node, "multiply") or len(node.shape) != 2:
            return None
        rows, columns = node.shape
        v, w = _vector(node.first, (rows, 1)), _vector(node.second, (1, columns))
        if v is None or w is None:
            return None
        pair = [self.operand(v), self.operand(w)]
        return ast.Call(ast.parse("np.outer", mode="eval").body, pair, [])

    def _placed(self, node: Node) -> ast.expr | None:
        """Return ``placed(x.shape, …)`` where an argument has the shape of what is put together."""
        like = self.like_of.get(node) or self.like.get(node.shape)
        if node.op.name != "scatter_add" or like is None:
            return None
        made = expression(node, [self.operand(each) for each in node.inputs], self._index)
        assert isinstance(made, ast.Call)
        return ast.Call(made.func, [self._shape_of(like), *made.args[1:]], [])

    def _formula(self, operand: Any) -> Term:
        """Return the LaTeX of one operand."""
        if operand.__class__ is Node and not operand.is_leaf:
            return self._formulas[id(operand)]
        named = self.operand(operand)
        if isinstance(named, ast.Name) and not isinstance(operand, Written):
            return name_term(named.id)
        return number_term(1.0 if is_seed(operand) else value_of(operand))

    def operand(self, operand: Any) -> ast.expr:
        """Return what is written for an operand."""
        if operand.__class__ is Node:
            if not operand.is_leaf:
                return self._expressions[id(operand)]
            if is_seed(operand):
                return constant_expression(1.0)
            known = written_out(operand)
            if known is not None:
                return known
            return name_expression(self.namer.claim(operand, operand.name, "x"))
        if isinstance(operand, Constant):
            if operand.name is None and operand.value.size == 1:
                return constant_expression(operand.value)
            return self._constant(operand)
        return constant_expression(operand)

    def _index(self, part: Any) -> ast.expr:
        """Return what is written for part of an index."""
        name = self._index_argument(part)
        if name is not None:
            return name_expression(name)
        if _counts_up(part) and len(part) > _FEW:
            return ast.parse(f"np.arange({len(part)})", mode="eval").body
        return index_expression(part)

    def _index_argument(self, part: Any) -> str | None:
        """Return the argument that part of an index is, since others may have another one."""
        if not (isinstance(part, np.ndarray) and part.ndim and part.dtype.kind in "iub"):
            return None
        written = part.dtype.kind != "b" and (part.size <= _FEW or _counts_up(part))
        return None if written and index_name(part) is None else self._name_of_index(part)

    def _name_of_index(self, part: Any) -> str:
        """Return the argument that holds an index; data of two names are two, though they equal."""
        wanted = index_name(part)
        known = {self.namer.names[id(leaf)]: leaf.value for leaf in self.labels
                 if wanted and leaf.name == wanted}  # fmt: skip
        known |= {name: each for name, each in self.indices.items() if index_name(each) == wanted}
        name = next((name for name, each in known.items() if np.array_equal(each, part)), None)
        if name is None:
            name = self.namer.fresh(wanted or ("mask" if part.dtype.kind == "b" else "index"))
            self.constants[name] = part
        self.indices[name] = part
        return name

    def _constant(self, operand: Constant) -> ast.expr:
        if operand.name is None and (operand.value.size <= _FEW or is_known_matrix(operand.value)):
            return constant_expression(operand.value)
        name = self.namer.claim(operand, operand.name, "c")
        self.constants[name] = operand.value
        return name_expression(name)


def written_out(leaf: Node) -> ast.expr | None:
    """Return how data without a name is written down, where that is short."""
    if leaf.name or not is_given(leaf) or leaf.dtype.kind not in "fi":
        return None
    if leaf.extra.get("made"):  # other inputs would make other values of it
        return None
    if leaf.value.size > _FEW and not is_known_matrix(leaf.value):
        return None
    made = constant_expression(leaf.value)
    return made if len(ast.unparse(made)) <= _LONG // 2 else None


def _counts_up(part: Any) -> bool:
    """Return whether an index takes the first entries in their order."""
    vector = isinstance(part, np.ndarray) and part.ndim == 1 and part.dtype.kind in "iu"
    return vector and np.array_equal(part, np.arange(len(part)))


def _is_atom(operand: Any) -> bool:
    return operand.__class__ is not Node or operand.is_leaf or operand.name is not None


def _is_view(node: Node) -> bool:
    """Return whether a value is another one with axes of length 1 put in."""
    inner = node.first
    if not _with_new_axes(node) or inner.__class__ is not Node or node.shape == inner.shape:
        return False
    return [n for n in node.shape if n != 1] == [n for n in inner.shape if n != 1]


def _with_new_axes(operand: Any) -> bool:
    """Return whether an operand has the entries of another one in their order, axes apart."""
    if made_by(operand, "getitem"):
        return only_new_axes(operand.params["index"])
    return made_by(operand, "reshape") and operand.params.get("order", "C") == "C"


def _vector(operand: Any, shape: tuple[int, int]) -> Any:
    """Return the vector that an operand is the column, or row, of; None if it is none."""
    if shape_of(operand) == shape and _with_new_axes(operand):
        return operand.first if len(shape_of(operand.first)) == 1 else None
    return operand if shape[0] == 1 and shape_of(operand) == shape[1:] else None
