"""From a recorded cost to the formulas of its gradients, step by step."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_mini.derive.counting import Count, Ratio, read_from
from autograd_mini.derive.expressions import (
    constant_expression,
    expression,
    is_known_matrix,
    name_expression,
)
from autograd_mini.derive.folding import Line
from autograd_mini.derive.helpers import HELPERS, helpers_for
from autograd_mini.derive.mathml import mathml
from autograd_mini.derive.naming import Namer
from autograd_mini.derive.notation import Term, latex_name, latex_of, name_term, number_term
from autograd_mini.derive.polish import broken, call_lines, docstring, polished, returned
from autograd_mini.derive.reasons import rule_of
from autograd_mini.derive.shown import Folded, Formulas
from autograd_mini.derive.tidy import TIDY, is_seed, mark_seed
from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Constant, Node, value_of
from autograd_mini.rewrite.builder import is_given, made_by, shape_of
from autograd_mini.rewrite.simplify import simplified

__all__ = ["Derivation", "Step"]

_LONG = 76
"""Expressions of more characters are given a line of their own."""

_SHORT = 10
"""Expressions of so few characters are rather written twice than given a name."""


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
        return Line(self.name, self.expression, self.latex, shape, *said)

    def __str__(self) -> str:
        return f"{self.name} = {self.expression}"

    def __repr__(self) -> str:
        return f"Step({str(self)!r})"


class Derivation(Formulas):
    """The gradients of a cost as formulas, in the order in which backward computes them.

    Attributes
    ----------
    steps : list of Step
        The backward formulas, from the output to the inputs.
    forward : list of Step
        What of the forward pass they use.

    Parameters
    ----------
    cost : Node
        Of the simplified forward graph.
    named : sequence of Node
        Results of the forward pass that have a name.
    gradients : sequence of (str, Node)
        What was asked for, with the names, in the order in which backward comes to it.
    seed : Node
        The leaf dJ/dJ.
    inputs : sequence of Node
        Inputs in the order in which a function should take them.
    gradients_of : mapping of Node to Node
        The gradients of the nodes of the forward pass.
    called : mapping of Node to str
        Names for nodes of the forward pass that have none.
    """

    def __init__(
        self,
        cost: Node,
        named: Sequence[Node],
        gradients: Sequence[tuple[str, Node]],
        seed: Node,
        inputs: Sequence[Node],
        gradients_of: Mapping[Node, Node],
        called: Mapping[Node, str],
    ) -> None:
        mark_seed(seed)
        targets = [node for _, node in gradients]
        replaced = simplified([cost, *named, *targets], further=TIDY)
        self._targets = [(name, replaced[node]) for name, node in gradients]
        self._called = {
            replaced[gradients_of[node]]: f"d{name}"
            for node, name in called.items()
            if gradients_of.get(node) in replaced
        }
        self._suggested = {
            replaced[node]: name for node, name in called.items() if node in replaced
        }
        self._gradient_names = {node: f"d{name}" for node, name in called.items()}
        self._cost = cost.name or "the cost"
        before = set(topological([replaced[node] for node in named]))
        order = topological([node for _, node in self._targets])
        leaves = [node for node in order if node.is_leaf and not is_seed(node)]
        place = {node: k for k, node in reversed(list(enumerate(inputs)))}
        self._known = {id(node): made for node in leaves if (made := _written_out(node))}
        leaves = [node for node in leaves if id(node) not in self._known]
        self._leaves = sorted(leaves, key=lambda node: place.get(node, len(place)))
        self._m: int | None = None
        for node in order:
            for each in node.inputs:
                self._m = _examples(each) or self._m
        self._namer = Namer({"np", *HELPERS, *(["m"] if self._m else [])})
        self._uses: dict[Node, int] = {}
        for node in order:
            for parent in node.parents:
                self._uses[parent] = self._uses.get(parent, 0) + 1
        self._wanted = {id(node) for _, node in self._targets}
        self._constants: dict[str, Any] = {}
        for node in self._leaves:
            self._namer.claim(node, node.name or ("mask" if node.dtype.kind == "b" else None), "x")
        for name, node in self._targets:
            if not node.is_leaf:
                self._namer.claim(node, node.name or name)
        self._expressions: dict[int, ast.expr] = {}
        self._formulas: dict[int, Term] = {}
        self.forward: list[Step] = []
        self.steps: list[Step] = []
        for node in order:
            if not node.is_leaf:
                self._write(node, self.forward if node in before else self.steps)
        self._drop_unused_forward()

    # -- writing --------------------------------------------------------------------------------

    def _write(self, node: Node, lines: list[Step]) -> None:
        made = self._in_short(node) or expression(
            node, [self._operand(each) for each in node.inputs]
        )
        formula = latex_of(node, [self._formula(each) for each in node.inputs])
        if len(polished(made)) > _LONG:
            made, formula = self._parted(node, lines)
        self._expressions[id(node)] = made
        self._formulas[id(node)] = formula
        if self._has_line(node, made):
            wanted = node.name or self._called.get(node) or self._suggested.get(node)
            self._name(node, lines, wanted)

    def _parted(self, node: Node, lines: list[Step]) -> tuple[ast.expr, Term]:
        """Return a long expression with the longest of its parts on lines of their own."""
        parts = [each for each in node.inputs if each.__class__ is Node and not each.is_leaf]
        for part in sorted(set(parts), key=self._length, reverse=True):
            made = self._in_short(node) or expression(node, [self._operand(x) for x in node.inputs])
            if len(polished(made)) <= _LONG or self._length(part) <= 2 * _SHORT:
                break
            self._name(part, lines, None)
        made = self._in_short(node) or expression(node, [self._operand(x) for x in node.inputs])
        return made, latex_of(node, [self._formula(x) for x in node.inputs])

    def _length(self, node: Node) -> int:
        return len(polished(self._expressions[id(node)]))

    def _name(self, node: Node, lines: list[Step], wanted: str | None) -> None:
        """Give a value a line of its own, and its name to what comes after."""
        name = self._namer.claim(node, wanted)
        made, formula = self._expressions[id(node)], self._formulas[id(node)]
        line = f"{latex_name(name)} = {formula.text}"
        lines.append(Step(name, polished(made), line, node))
        self._expressions[id(node)] = name_expression(name)
        self._formulas[id(node)] = name_term(name)

    def _has_line(self, node: Node, made: ast.expr) -> bool:
        """Return whether a value is given a name, rather than written where it is used."""
        if id(node) in self._wanted or node.name or node in self._called:
            return True
        text = ast.unparse(made)
        if node.op.name in ("transpose", "negative") and _is_atom(node.first):
            return False
        shared = self._uses.get(node, 0) > 1
        several = bool(node.shape) and isinstance(node.shape[0], tuple)
        short = len(text) <= _SHORT and node.op.kind in ("elementwise", "linear")
        return several or len(text) > _LONG or (shared and not short)

    def _in_short(self, node: Node) -> ast.expr | None:
        """Return an expression that says what several operations do together."""
        return self._filled_with(node) or self._outer(node)

    def _filled_with(self, node: Node) -> ast.expr | None:
        """Return ``np.full(shape, s)`` for a scalar that is repeated to a shape."""
        if node.op.name not in ("broadcast_to", "reshape"):
            return None
        scalar = node.first
        while made_by(scalar, "reshape"):
            scalar = scalar.first
        if shape_of(scalar) != ():
            return None
        shape = constant_expression(node.shape[0] if len(node.shape) == 1 else node.shape)
        filling = self._operand(scalar)
        if ast.unparse(filling) == "1":
            return ast.Call(ast.parse("np.ones", mode="eval").body, [shape], [])
        return ast.Call(ast.parse("np.full", mode="eval").body, [shape, filling], [])

    def _outer(self, node: Node) -> ast.expr | None:
        """Return ``np.outer(v, w)`` for ``v[:, None] * w``."""
        if not made_by(node, "multiply") or len(node.shape) != 2:
            return None
        v, w = node.inputs
        if not made_by(v, "getitem") or repr(v.params["index"]) != "(Ellipsis, None)":
            return None
        if made_by(w, "getitem") and repr(w.params["index"]) in _ROWS:
            w = w.first
        if len(shape_of(v.first)) != 1 or len(shape_of(w)) != 1:
            return None
        pair = [self._operand(v.first), self._operand(w)]
        return ast.Call(ast.parse("np.outer", mode="eval").body, pair, [])

    def _formula(self, operand: Any) -> Term:
        """Return the LaTeX of one operand."""
        if operand.__class__ is Node and not operand.is_leaf:
            return self._formulas[id(operand)]
        named = self._operand(operand)
        if isinstance(named, ast.Name) and named.id != "m":
            return name_term(named.id)
        return number_term(1.0 if is_seed(operand) else value_of(operand))

    def _operand(self, operand: Any) -> ast.expr:
        if operand.__class__ is Node:
            if not operand.is_leaf:
                return self._expressions[id(operand)]
            if is_seed(operand):
                return constant_expression(1.0)
            if id(operand) in self._known:
                return self._known[id(operand)]
            return name_expression(self._namer.claim(operand, operand.name, "x"))
        if isinstance(operand, Constant):
            if operand.name is None and operand.value.size == 1:
                return constant_expression(operand.value)
            return self._constant(operand)
        return constant_expression(operand)

    def _constant(self, operand: Constant) -> ast.expr:
        if operand.name is None and (operand.value.size <= 8 or is_known_matrix(operand.value)):
            return constant_expression(operand.value)
        name = self._namer.claim(operand, operand.name, "c")
        self._constants[name] = operand.value
        return name_expression(name)

    def _drop_unused_forward(self) -> None:
        """Keep of the forward pass only the lines that later lines use."""
        kept: list[Step] = []
        needed = {name for step in self.steps for name in _names_in(step.expression)}
        for step in reversed(self.forward):
            if step.name in needed:
                kept.append(step)
                needed |= _names_in(step.expression)
        self.forward = kept[::-1]

    def explain(self, forward: Sequence[Node]) -> None:
        """Give each gradient among the steps its rule and reason.

        Parameters
        ----------
        forward : sequence of Node
            The forward pass.
        """
        uses: dict[str, list[tuple[str, str, str]]] = {}
        for node in forward:
            for position, each in enumerate(node.inputs):
                if each.__class__ is not Node:
                    continue
                name = f"d{each.name}" if each.name else self._gradient_names.get(each)
                if name:
                    uses.setdefault(name, []).append(rule_of(node, position))
        for step in self.steps:
            found = list(dict.fromkeys(uses.get(step.name, [])))
            if len(found) > 1:
                found.insert(0, ("sum over paths", "", "it is used in several places"))
            step.rule, step.local, step.reason = (
                "; ".join(part for part in parts if part)
                for parts in (zip(*found, strict=True) if found else ((), (), ()))
            )

    # -- reading ----------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What was derived."""
        return f"Gradients: {', '.join(name for name, _ in self._targets)}"

    @property
    def given(self) -> list[Line]:
        """The formulas of the forward pass that are used."""
        mine = {step.name for step in self._between}
        used = {name for step in self.forward for name in _names_in(step.expression)}
        return [step.line for step in self.forward if step.name not in mine - used]

    @property
    def lines(self) -> list[Line]:
        """The backward formulas, and before them what they share with the forward pass."""
        return [step.line for step in (*self._between, *self.steps)]

    @property
    def _between(self) -> list[Step]:
        """What the formulas use of the forward pass that the person gave no name."""
        used = {name for step in self.steps for name in _names_in(step.expression)}
        return [step for step in self.forward if step.name in used and not step.node.name]

    def fold(self) -> Folded:
        """Return the formulas with layers that repeat written once, as a loop over l."""
        return Folded(self)

    @property
    def folded(self) -> str:
        """The backward formulas with layers that repeat written once, as a loop over l."""
        return self.fold().text

    @property
    def source(self) -> str:
        """A NumPy function that runs on its own and returns the gradients.

        Raises
        ------
        ValueError
            If NumPy has nothing for one of the operations.
        """
        arguments = [self._namer.names[id(node)] for node in self._leaves]
        arguments += [name for name in self._constants if name not in arguments]
        body = [str(step) for step in (*self.forward, *self.steps)]
        entries = [(name, self._result(node)) for name, node in self._targets]
        used = {name for line in body for name in _names_in(line)}
        self._refuse_unknown(used, arguments)
        if "m" in used and self._m is not None:
            body.insert(0, self._line_of_m(self._m))
        imports, helpers = helpers_for(used)
        inside = [*docstring(self._summary(), self._assumptions()), *body, *returned(entries)]
        inside = [part for line in inside for part in broken(line)]
        lines = "\n".join(f"    {line}" if line else "" for line in inside)
        first = call_lines("gradients", arguments)
        return f"{imports}import numpy as np\n\n\n{helpers}{first}\n{lines}\n"

    def _refuse_unknown(self, used: set[str], arguments: Sequence[str]) -> None:
        """Raise an error where an operation stands that NumPy has nothing for."""
        known = {"np", "m", "float", "slice", *HELPERS, *arguments}
        known |= {step.name for step in (*self.forward, *self.steps)}
        for name in sorted(used - known):
            raise ValueError(f"no NumPy source for the operation {name}")

    def _summary(self) -> str:
        names = [name[1:] for name, _ in self._targets]
        listed = " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
        return f"Return the gradients of {self._cost} by {listed}."

    def _assumptions(self) -> list[str]:
        """Return what has been made use of: that labels are shares of one."""
        kinds = {0: "column", 1: "row", -1: "row"}
        return [
            f"Each {kinds.get(node.extra['shares'], 'group')} of {node.name} must sum to 1."
            for node in self._leaves
            if node.extra and "shares" in node.extra
        ]

    def _result(self, node: Node) -> str:
        if not node.is_leaf:
            return self._namer.names[id(node)]
        if is_seed(node):
            return "1.0"
        if node.name is None or re.fullmatch(r"d.*", node.name):
            return (
                polished(constant_expression(node.value))
                if node.shape == ()
                else (
                    f"np.full({node.shape}, {node.value.flat[0]!r})"
                    if node.value.size and (node.value == node.value.flat[0]).all()
                    else polished(constant_expression(node.value))
                )
            )
        return self._namer.names[id(node)]

    def _line_of_m(self, m: int) -> str:
        found = read_from(self._leaves, m)
        if found is None:
            return f"m = {m}"
        node, axis = found
        name = self._namer.names[id(node)]
        return f"m = len({name})" if len(node.shape) == 1 else f"m = {name}.shape[{axis}]"

    @property
    def constants(self) -> dict[str, Any]:
        """Arrays that :attr:`source` takes beside the tensors, by name."""
        given = {self._namer.names[id(node)]: node.value for node in self._leaves if is_given(node)}
        return {**given, **self._constants}


def _examples(operand: Any) -> int | None:
    """Return m where an operand is a multiple or a fraction of it."""
    counts = isinstance(operand, Count) or (isinstance(operand, Ratio) and operand.power)
    return operand.examples if counts else None


def _written_out(leaf: Node) -> ast.expr | None:
    """Return how data without a name is written down, where that is short."""
    if leaf.name or not is_given(leaf) or leaf.dtype.kind not in "fi":
        return None
    if leaf.value.size > 8 and not is_known_matrix(leaf.value):
        return None
    made = constant_expression(leaf.value)
    return made if len(ast.unparse(made)) <= _LONG // 2 else None


def _is_atom(operand: Any) -> bool:
    return operand.__class__ is not Node or operand.is_leaf or operand.name is not None


_ROWS = ("(Ellipsis, None, slice(None, None, None))", "(None, slice(None, None, None))")


def _names_in(source: str) -> set[str]:
    return {
        each.id
        for each in ast.walk(ast.parse(source))
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }
