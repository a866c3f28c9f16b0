"""A graph written down whole: as a NumPy function, and as LaTeX."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd_mini.formulas.constants import as_array, constant_expression, is_known_matrix
from autograd_mini.formulas.expressions import expression, repeats
from autograd_mini.formulas.helpers import HELPERS, helpers_for
from autograd_mini.formulas.naming import identifier
from autograd_mini.formulas.notation import latex_name, latex_of, name_term, number_term
from autograd_mini.formulas.templates import name_expression
from autograd_mini.formulas.terms import SIGN, SUM, Term, transposed
from autograd_mini.graph.graph import BaseGraph
from autograd_mini.graph.node import Constant, Node

__all__ = ["arguments", "latex", "source"]

_LONG = 160
"""LaTeX of more characters is given a line of its own."""

_DEEP = 30
"""An expression of more operations inside each other is given a line of its own."""

_SHORT = 8
"""Arrays of more entries are not written down but named."""

_RESERVED = frozenset(("np", "graph", "float", "int", "bool", "slice", *HELPERS))


class _Way(NamedTuple):
    """What is made of data, and how that is written in Python and in LaTeX."""

    make: Callable[[Any], Any]
    source: str
    latex: Callable[[Term], Term]


_MADE = (
    _Way(lambda value: 1 - value, "1 - {}", lambda x: Term(f"1 - {x.text}", SUM)),
    _Way(lambda value: -value, "-{}", lambda x: Term(f"-{x.text}", SIGN)),
    _Way(lambda value: value, "{}", lambda x: x),
    _Way(lambda value: value.T, "{}.T", transposed),
)
"""What is most often made of data that are not recorded."""


def _formulas(constants: Sequence[Constant]) -> tuple[dict[int, tuple[_Way, str]], set[str]]:
    """Return how nameless constants are made of named ones, by id, and names not to be used.

    Where part of what was computed from named data can only be written as numbers, the data are
    numbers too: an argument would change one and not the other.
    """
    named = {each.name: each for each in constants if each.name is not None}
    formulas: dict[int, tuple[_Way, str]] = {}
    names: set[str] = set()
    for each in constants:
        if each.name is not None or each.origin is None or not each.origin.names:
            continue
        for name in sorted(each.origin.names & named.keys()):
            value = named[name].value
            ways = _MADE if value.ndim > 1 else _MADE[:-1]
            found = [way for way in ways if _same(way.make(value), each.value)]
            if len(found) == 1 and len(each.origin.names) == 1:  # else it is a coincidence
                formulas[id(each)] = found[0], name
        if id(each) not in formulas:
            names |= each.origin.names
    return formulas, names


def _same(one: Any, other: Any) -> bool:
    return one.dtype == other.dtype and np.array_equal(one, other)


class _Names:
    """Gives inputs, long constants, and values that stand on a line of their own a name."""

    def __init__(self, graph: BaseGraph, to_read: bool = False) -> None:
        uses = Counter(parent for node in graph.nodes for parent in node.parents)
        uses.update(graph.outputs)
        self.graph = graph
        self.taken = set(_RESERVED)
        self.of: dict[int, str] = {}
        for k, node in enumerate(graph.inputs, 1):
            self.of[id(node)] = self._fresh(node.name, f"x{k}")
        self.given = [
            node for node in graph.nodes
            if node.is_leaf and id(node) not in self.of and not _is_zero(node)
        ]  # fmt: skip
        for node in self.given:
            self.of[id(node)] = self._fresh(node.name, "x")
        formulas, baked = _formulas(graph.constants)
        baked = set() if to_read else baked
        self.constants = {
            id(each): each
            for each in graph.constants
            if id(each) not in formulas
            and (
                (each.name is not None and each.name not in baked)
                or each.is_made
                or (each.value.size > _SHORT and not is_known_matrix(each.value))
            )
        }
        for key, each in self.constants.items():
            name = None if each.name in baked else each.name
            self.of[key] = (name and self._twin(each)) or self._fresh(name, "c")
        called = {each.name: self.of[key] for key, each in self.constants.items() if each.name}
        self.formulas = {key: (way, called[name]) for key, (way, name) in formulas.items()}
        self.lines = []
        for node in graph.nodes:
            several = node.has_several
            if not node.is_leaf and (node.name or uses[node] > 1 or several):
                self.lines.append(node)
                self.of[id(node)] = self._fresh(node.name, "t")

    def _twin(self, constant: Constant) -> str | None:
        """Return what an array of this name and these values is already called."""
        for key, each in self.constants.items():
            alike = constant.name and each.name == constant.name and key in self.of
            if alike and np.array_equal(each.value, constant.value):
                return self.of[key]
        return None

    def arguments(self) -> dict[str, Any]:
        """Return what a function of the graph takes beside its inputs, by name."""
        given = {self.of[id(node)]: node.value for node in self.given}
        return given | {self.of[key]: each.value for key, each in self.constants.items()}

    def claim(self, node: Node) -> None:
        """Give a value a line of its own."""
        self.of[id(node)] = self._fresh(node.name, "t")

    def _fresh(self, wanted: str | None, prefix: str) -> str:
        base = identifier(wanted) if wanted else ""
        name, count = base or (prefix if prefix[-1].isdigit() else ""), 1
        while not name or name in self.taken:
            name = f"{base}_{count}" if base else f"{prefix.rstrip('0123456789')}{count}"
            count += 1
        self.taken.add(name)
        return name


def _each(
    names: _Names,
    write: Callable[[Node, list[Any]], Any],
    named: Callable[[str], Any],
    plain: Callable[[Any], Any],
    array: Callable[[Any], Any],
    zeros: Callable[[Node], Any],
    made_of: Callable[[_Way, str], Any],
    is_long: Callable[[Any], bool] = lambda _: False,
) -> tuple[list[tuple[str, Any]], dict[int, Any]]:
    """Write every node over what its operands were written as; return lines and expressions."""
    made: dict[int, Any] = {}
    depths: dict[Node, int] = {}
    lines = []

    def operand(node: Node, each: Any) -> Any:
        if each.__class__ is Node:
            return made[id(each)]
        if id(each) in names.formulas:
            way, name = names.formulas[id(each)]
            return made_of(way, name)
        if each.__class__ is Constant:
            if id(each) in names.of:
                return named(names.of[id(each)])
            alone = each.value.size == 1 and each.value.shape and not repeats(node, each)
            return array(each.value) if alone else plain(each.value)
        return plain(each)

    for node in names.graph.nodes:
        if node.is_leaf:
            made[id(node)] = named(names.of[id(node)]) if id(node) in names.of else zeros(node)
            continue
        written = write(node, [operand(node, each) for each in node.inputs])
        depth = 1 + max((depths.get(each, 0) for each in node.parents), default=0)
        if id(node) not in names.of and (depth > _DEEP or is_long(written)):
            names.claim(node)
        depths[node] = 0 if id(node) in names.of else depth
        if id(node) in names.of:
            lines.append((names.of[id(node)], written))
            written = named(names.of[id(node)])
        made[id(node)] = written
    return lines, made


def _is_zero(leaf: Node) -> bool:
    """Return whether a leaf is the gradient of what nothing depends on."""
    return leaf.name is None and not np.any(leaf.value)


def _zeros(leaf: Node) -> ast.expr:
    dtype = "" if leaf.dtype == np.float64 else f", dtype=np.{leaf.dtype}"
    return ast.parse(f"np.zeros({leaf.shape}{dtype})", mode="eval").body


def source(graph: BaseGraph) -> str:
    """Return a NumPy function that computes what `graph` does, and needs nothing but NumPy.

    Parameters
    ----------
    graph : BaseGraph

    Raises
    ------
    ValueError
        If there is no NumPy source for an operation.
    """
    names = _Names(graph)
    lines, made = _each(
        names, expression, name_expression, constant_expression, as_array, _zeros,
        lambda way, name: ast.parse(way.source.format(name), mode="eval").body,
    )  # fmt: skip
    arguments = [*(names.of[id(node)] for node in graph.inputs), *names.arguments()]
    body = [f"{name} = {ast.unparse(value)}" for name, value in lines]
    results = ", ".join(ast.unparse(made[id(node)]) for node in graph.outputs)
    body.append(f"return {results}")
    used = {
        each.id for line in body for each in ast.walk(_parsed(line)) if isinstance(each, ast.Name)
    }
    unknown = used - _RESERVED - {*arguments, *(name for name, _ in lines)}
    if unknown:
        raise ValueError(f"no NumPy source for the operation {min(unknown)}")
    imports, helpers = helpers_for(used)
    inner = "\n".join(f"    {line}" for line in body)
    return (
        f"{imports}import numpy as np\n\n\n{helpers}def graph({', '.join(arguments)}):\n{inner}\n"
    )


def arguments(graph: BaseGraph) -> dict[str, Any]:
    """Return what the function that :func:`source` writes takes beside the inputs, by name."""
    return _Names(graph).arguments()


def _parsed(line: str) -> ast.AST:
    return ast.parse(line.removeprefix("return "))


def latex(graph: BaseGraph) -> str:
    """Return what `graph` computes as LaTeX, aligned at the equal signs."""
    names = _Names(graph, to_read=True)
    lines, made = _each(
        names, latex_of, name_term, number_term, number_term,
        lambda _: number_term(0.0), lambda way, name: way.latex(name_term(name)),
        lambda term: len(term.text) > _LONG,
    )  # fmt: skip
    written = {name for name, _ in lines}
    texts = [f"{latex_name(name)} &= {formula.text}" for name, formula in lines]
    for k, node in enumerate(graph.outputs, 1):
        if names.of.get(id(node)) in written or node.is_leaf:
            continue
        single = "J" if "y" in names.taken and "J" not in names.taken else "y"
        name = f"y_{{{k}}}" if len(graph.outputs) > 1 else single
        texts.append(f"{name} &= {made[id(node)].text}")
    return "\\begin{aligned}\n" + " \\\\\n".join(texts) + "\n\\end{aligned}"
