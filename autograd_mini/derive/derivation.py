"""From a recorded cost to the formulas of its gradients, step by step."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.derive.expressions import (
    HELPERS,
    constant_expression,
    expression,
    name_expression,
)
from autograd_mini.derive.folding import Line
from autograd_mini.derive.mathml import mathml
from autograd_mini.derive.notation import latex_name, latex_number, latex_of
from autograd_mini.derive.reasons import rule_of
from autograd_mini.derive.shown import Folded, Formulas
from autograd_mini.derive.tidy import TIDY, mark_seed
from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Constant, Node, value_of
from autograd_mini.rewrite.builder import is_given, is_number, made_by, shape_of
from autograd_mini.rewrite.simplify import simplified

__all__ = ["Derivation", "Step"]


_TIGHT = 5
"""How tightly a name binds: more than any operation."""


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


class Namer:
    """Gives every node, constant and size the name it has in the formulas."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        self.taken: set[str] = {"np", "m"}

    def claim(self, key: object, wanted: str | None, prefix: str = "t") -> str:
        """Return the name of `key`: `wanted` made a fresh identifier, or a number."""
        known = self.names.get(id(key))
        if known is not None:
            return known
        base = re.sub(r"\W", "_", wanted) if wanted else ""
        if base and not base.isidentifier():
            base = f"_{base}"
        name, count = base, 1
        while not name or name in self.taken:
            name = f"{base or prefix}{'_' if base else ''}{count}"
            count += 1
        self.taken.add(name)
        self.names[id(key)] = name
        return name


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
        What was asked for, with the names.
    seed : Node
        The leaf dJ/dJ.
    """

    def __init__(
        self,
        cost: Node,
        named: Sequence[Node],
        gradients: Sequence[tuple[str, Node]],
        seed: Node,
    ) -> None:
        mark_seed(seed)
        targets = [node for _, node in gradients]
        roots = [*named, *targets]
        replaced = simplified([cost, *roots], further=TIDY)
        self._targets = [(name, replaced[node]) for name, node in gradients]
        self._namer = Namer()
        self._uses: dict[Node, int] = {}
        before = set(topological([replaced[node] for node in named]))
        order = topological([node for _, node in self._targets])
        leaves = [node for node in order if node.is_leaf and not _is_seed(node)]
        self._leaves = sorted(leaves, key=is_given)  # what is differentiated by, then the data
        for node in order:
            for parent in node.parents:
                self._uses[parent] = self._uses.get(parent, 0) + 1
        self._wanted = {id(node) for _, node in self._targets}
        self._m = self._examples(order, before)
        self._constants: dict[str, Any] = {}
        for node in self._leaves:
            self._namer.claim(node, node.name, "x")
        for name, node in self._targets:
            if not node.is_leaf:
                self._namer.claim(node, node.name or name)
        self._expressions: dict[int, ast.expr] = {}
        self._formulas: dict[int, tuple[str, int]] = {}
        self.forward: list[Step] = []
        self.steps: list[Step] = []
        for node in order:
            if not node.is_leaf:
                self._write(node, self.forward if node in before else self.steps)
        self._drop_unused_forward()

    # -- writing --------------------------------------------------------------------------------

    def _examples(self, order: Sequence[Node], before: set[Node]) -> int | None:
        """Return the number m by which sums over examples are divided, if there is one."""
        for node in order:
            if node not in before and made_by(node, "divide") and is_number(node.second):
                m = int(np.real(np.asarray(value_of(node.second)).reshape(())))
                if len(node.shape) == 2 and node.shape[1] == m > 1:
                    return m
        return None

    def _write(self, node: Node, lines: list[Step]) -> None:
        made = self._filled_with(node) or expression(
            node, [self._operand(node, each) for each in node.inputs]
        )
        formula = latex_of(node, [self._formula(node, each) for each in node.inputs])
        plain = made_by(node, "transpose") or made_by(node, "negative")
        shared = self._uses.get(node, 0) > 1 and not plain
        if id(node) in self._wanted or node.name or shared:
            name = self._namer.claim(node, node.name)
            line = f"{latex_name(name)} = {formula[0]}"
            lines.append(Step(name, ast.unparse(made), line, node))
            made, formula = name_expression(name), (latex_name(name), _TIGHT)
        self._expressions[id(node)] = made
        self._formulas[id(node)] = formula

    def _filled_with(self, node: Node) -> ast.expr | None:
        """Return ``np.full(shape, s)`` for a scalar that is repeated to a shape."""
        if node.op.name not in ("broadcast_to", "reshape"):
            return None
        scalar = node.first
        while made_by(scalar, "reshape"):
            scalar = scalar.first
        if shape_of(scalar) != ():
            return None
        shape = constant_expression(node.shape)
        return ast.Call(
            ast.parse("np.full", mode="eval").body, [shape, self._operand(node, scalar)], []
        )

    def _formula(self, node: Node, operand: Any) -> tuple[str, int]:
        """Return the LaTeX of one operand."""
        if operand.__class__ is Node and not operand.is_leaf:
            return self._formulas[id(operand)]
        named = self._operand(node, operand)
        if isinstance(named, ast.Name):
            return latex_name(named.id), _TIGHT
        return latex_number(1.0 if operand.__class__ is Node else value_of(operand))

    def _operand(self, node: Node, operand: Any) -> ast.expr:
        if operand.__class__ is Node:
            if operand.is_leaf:
                if _is_seed(operand):
                    return constant_expression(1.0)
                return name_expression(self._namer.claim(operand, operand.name, "x"))
            return self._expressions[id(operand)]
        if isinstance(operand, Constant):
            if operand.name is None and operand.value.size == 1:
                return constant_expression(operand.value)
            return self._constant(operand)
        if self._m is not None and node.op.name == "divide" and operand == self._m:
            return name_expression("m")
        return constant_expression(operand)

    def _constant(self, operand: Constant) -> ast.expr:
        if operand.name is None and operand.value.size <= 8:
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
                if each.__class__ is Node and each.name:
                    uses.setdefault(f"d{each.name}", []).append(rule_of(node, position))
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
        return [step.line for step in self.forward]

    @property
    def lines(self) -> list[Line]:
        """The backward formulas."""
        return [step.line for step in self.steps]

    def fold(self) -> Folded:
        """Return the formulas with layers that repeat written once, as a loop over l."""
        return Folded(self)

    @property
    def folded(self) -> str:
        """The backward formulas with layers that repeat written once, as a loop over l."""
        return self.fold().text

    @property
    def source(self) -> str:
        """A NumPy function that runs on its own and returns the gradients."""
        arguments = [self._namer.names[id(node)] for node in self._leaves]
        arguments += [name for name in self._constants if name not in arguments]
        body = [str(step) for step in (*self.forward, *self.steps)]
        if self._m is not None and any("m" in _names_in(line) for line in body):
            body.insert(0, self._line_of_m())
        results = ", ".join(f"{name!r}: {self._result(node)}" for name, node in self._targets)
        lines = "\n".join(f"    {line}" for line in body)
        helpers = [HELPERS[name] for name in HELPERS if any(name in _names_in(e) for e in body)]
        return (
            "import numpy as np\n\n\n"
            + "".join(f"{helper}\n\n" for helper in helpers)
            + f"def gradients({', '.join(arguments)}):\n{lines}\n    return {{{results}}}\n"
        )

    def _result(self, node: Node) -> str:
        if not node.is_leaf:
            return self._namer.names[id(node)]
        if _is_seed(node):
            return "1.0"
        return f"np.zeros({node.shape})" if node.name is None else self._namer.names[id(node)]

    def _line_of_m(self) -> str:
        for name, value in self._constants.items():
            if value.ndim == 2 and value.shape[1] == self._m:
                return f"m = {name}.shape[1]"
        for node in self._leaves:
            if len(node.shape) == 2 and node.shape[1] == self._m:
                return f"m = {self._namer.names[id(node)]}.shape[1]"
        return f"m = {self._m}"

    @property
    def constants(self) -> dict[str, Any]:
        """Arrays that :attr:`source` takes beside the tensors, by name."""
        given = {self._namer.names[id(node)]: node.value for node in self._leaves if is_given(node)}
        return {**given, **self._constants}


def _is_seed(node: Node) -> bool:
    return node.extra is not None and "seed" in node.extra


def _names_in(source: str) -> set[str]:
    return {
        each.id
        for each in ast.walk(ast.parse(source))
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }
