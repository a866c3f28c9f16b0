"""From a recorded cost to the formulas of its gradients, step by step."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from autograd_mini.formulas.counting import Count, Ratio, read_from
from autograd_mini.formulas.expressions import constant_expression
from autograd_mini.formulas.folding import Line
from autograd_mini.formulas.helpers import HELPERS, helpers_for
from autograd_mini.formulas.naming import identifier
from autograd_mini.formulas.notation import latex_name, number_term
from autograd_mini.formulas.polish import broken, call_lines, docstring, polished, returned
from autograd_mini.formulas.reasons import OF_LOGITS, rule_of
from autograd_mini.formulas.shown import Folded, Formulas
from autograd_mini.formulas.steps import Step
from autograd_mini.formulas.tidy import TIDY, is_seed, mark_seed
from autograd_mini.formulas.writer import Writer, written_out
from autograd_mini.graph.graph import topological
from autograd_mini.graph.node import Node
from autograd_mini.rewrite.builder import is_given
from autograd_mini.rewrite.simplify import simplified

__all__ = ["Derivation", "Step"]


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
    seed : Node or None
        The leaf dJ/dJ; None where nothing that was asked for depends on it.
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
        seed: Node | None,
        inputs: Sequence[Node],
        gradients_of: Mapping[Node, Node],
        called: Mapping[Node, str],
    ) -> None:
        if seed is not None:
            mark_seed(seed)
        targets = [node for _, node in gradients]
        replaced = simplified([cost, *named, *targets], further=TIDY)
        self._targets = [(name, replaced[node]) for name, node in gradients]
        for name, node in self._targets:
            if is_given(node) and node.name == name:  # an array that happens to be the gradient
                node.name = None
        called_here = {
            replaced[gradients_of[node]]: f"d{name}"
            for node, name in called.items()
            if gradients_of.get(node) in replaced
        }
        suggested = {replaced[node]: name for node, name in called.items() if node in replaced}
        self._gradient_names = {node: f"d{name}" for node, name in called.items()}
        self._cost = cost.name or "the cost"
        before = set(topological([replaced[node] for node in named]))
        order = topological([node for _, node in self._targets])
        place = {node: k for k, node in reversed(list(enumerate(inputs)))}
        leaves = [
            node for node in order
            if node.is_leaf and not is_seed(node) and (node in place or is_given(node))
        ]  # fmt: skip
        leaves = [node for node in leaves if written_out(node) is None]
        self._leaves = sorted(leaves, key=lambda node: place.get(node, len(place)))
        self._m: int | None = None
        for node in order:
            for each in node.inputs:
                self._m = _examples(each) or self._m
        self._writer = Writer(
            order, [node for _, node in self._targets],
            {"np", *HELPERS, *(["m"] if self._m else [])}, called_here, suggested,
        )  # fmt: skip
        self._namer = self._writer.namer
        for node in self._leaves:
            self._namer.claim(node, node.name or ("mask" if node.dtype.kind == "b" else None), "x")
        for name, node in self._targets:
            if not node.is_leaf:
                self._namer.claim(node, node.name or name)
        self.forward: list[Step] = []
        self.steps: list[Step] = []
        for node in order:
            if not node.is_leaf:
                self._writer.write(node, self.forward if node in before else self.steps)
        self._results = {name: self._result(name, node) for name, node in self._targets}
        self._drop_unused_forward()

    # -- writing --------------------------------------------------------------------------------

    def _result(self, name: str, node: Node) -> str:
        """Return what a gradient is called; where it is another one, or a number, add a line."""
        known = self._namer.names.get(id(node))
        if known is not None:
            own, formula = known, latex_name(known)
        elif is_seed(node):
            own, formula = "1.0", "1"
        elif not node.value.any():  # the cost does not depend on it
            own, formula = f"np.zeros({node.shape})", "0"
        else:
            own, formula = polished(constant_expression(node.value)), number_term(node.value).text
        if own == identifier(name):
            return own
        called = self._namer.fresh(name)
        line = f"{latex_name(called)} = {formula}"
        after = [k for k, step in enumerate(self.steps, 1) if step.name == own]
        self.steps.insert(after[0] if after else len(self.steps), Step(called, own, line, node))
        return called

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
            found = [rule for rule in found if rule == OF_LOGITS] or found
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
        arguments += [name for name in self._writer.constants if name not in arguments]
        body = [str(step) for step in (*self.forward, *self.steps)]
        entries = [(name, self._results[name]) for name, _ in self._targets]
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
        known = {"np", "m", "float", "int", "bool", "slice", *HELPERS, *arguments}
        known |= {step.name for step in (*self.forward, *self.steps)}
        for name in sorted(used - known):
            raise ValueError(f"no NumPy source for the operation {name}")

    def _summary(self) -> str:
        names = [name[1:] for name, _ in self._targets]
        listed = " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
        return f"Return the gradients of {self._cost} by {listed}."

    def _assumptions(self) -> list[str]:
        """Return what has been made use of: shares of one, and arrays nobody has named."""
        kinds = {0: "column", 1: "row", -1: "row"}
        told = [
            f"Each {kinds.get(node.extra['shares'], 'group')} of {node.name} must sum to 1."
            for node in self._leaves
            if node.extra and "shares" in node.extra
        ]
        nameless = [self._namer.names[id(node)] for node in self._leaves if not node.name]
        if nameless:
            told.append(f"As they were when this was recorded: {', '.join(nameless)}.")
        return told

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
        return {**given, **self._writer.constants}


def _examples(operand: Any) -> int | None:
    """Return m where an operand is a multiple or a fraction of it."""
    counts = isinstance(operand, Count) or (isinstance(operand, Ratio) and operand.power)
    return operand.examples if counts else None


def _names_in(source: str) -> set[str]:
    return {
        each.id
        for each in ast.walk(ast.parse(source))
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }
