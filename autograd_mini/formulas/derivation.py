"""From a recorded cost to the formulas of its gradients, step by step."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence, Set
from functools import cached_property, partial
from typing import Any

import numpy as np

from autograd_mini.formulas.constants import as_array, constant_expression
from autograd_mini.formulas.counting import Measure
from autograd_mini.formulas.counts import Count, Ratio
from autograd_mini.formulas.folding import Line
from autograd_mini.formulas.helpers import HELPERS, helpers_for
from autograd_mini.formulas.naming import identifier
from autograd_mini.formulas.notation import latex_name, number_term
from autograd_mini.formulas.polish import broken, call_lines, docstring, polished, returned
from autograd_mini.formulas.precision import Precision
from autograd_mini.formulas.reading import length, whole_size
from autograd_mini.formulas.reasons import OF_LOGITS, rule_of
from autograd_mini.formulas.shown import Folded, Formulas
from autograd_mini.formulas.steps import Step
from autograd_mini.formulas.tidy import TO_READ, is_seed, mark_seed
from autograd_mini.formulas.trial import Trial
from autograd_mini.formulas.writer import Writer, written_out
from autograd_mini.graph.graph import topological
from autograd_mini.graph.index_names import index_name
from autograd_mini.graph.node import Node
from autograd_mini.rewrite.builder import is_given
from autograd_mini.rewrite.simplify import rewritten

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
        Of the rewritten forward graph.
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
    measures : mapping of str to Measure
        What sizes such as m are read from.
    trial : Trial
        Tells for which sizes the formulas hold.
    precision : Precision
        The dtypes that inputs and gradients have.
    data : set of str
        The data with a name that nameless arrays and numbers were made of.
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
        measures: Mapping[str, Measure],
        trial: Trial,
        precision: Precision,
        data: Set[str],
    ) -> None:
        self._trial, self._precision, self._data = trial, precision, data
        if seed is not None:
            mark_seed(seed)
        targets = [node for _, node in gradients]
        replaced = rewritten([cost, *named, *targets], TO_READ)
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
        self._cost = cost.name
        before = set(topological([replaced[node] for node in named]))
        order = topological([node for _, node in self._targets])
        self._measures = {
            name: measures[name]
            for name in dict.fromkeys(
                name for node in order for each in node.inputs for name in _sizes_in(each)
            )
        }
        place = {node: k for k, node in reversed(list(enumerate(inputs)))}
        leaves = [
            node for node in order
            if node.is_leaf and not is_seed(node) and (node in place or is_given(node))
        ]  # fmt: skip
        leaves = [node for node in leaves if written_out(node) is None]
        for measure in self._measures.values():
            leaves += measure.missing(leaves)
        self._place = {node: place.get(node, len(place)) for node in (*leaves, *place)}
        self._leaves = sorted(leaves, key=self._place.__getitem__)
        self._writer = Writer(
            order, [node for _, node in self._targets],
            {"np", *HELPERS, *self._measures}, called_here, suggested,
        )  # fmt: skip
        self._namer = self._writer.namer
        for node in self._leaves:
            self._namer.claim(node, node.name or ("mask" if node.dtype.kind == "b" else None), "x")
        self._writer.like_of = {
            replaced[g]: leaf
            for leaf, g in gradients_of.items()
            if g in replaced and leaf in self._leaves
        }
        self._writer.labels = [leaf for leaf in self._leaves if leaf.dtype.kind in "iu"]
        self._writer.like = {leaf.shape: leaf for leaf in reversed(self._leaves)}
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
            alone = node.value.size == 1 and node.shape
            written = as_array(node.value) if alone else constant_expression(node.value)
            own, formula = polished(written), number_term(node.value).text
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
                if each.__class__ is not Node or node.op.name == "stop_gradient":
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
        rest = [step for step in self.forward if step.name not in mine]
        used = {name for step in rest for name in _names_in(step.expression)}
        for step in reversed(self.forward):
            if step.name in used:
                used |= _names_in(step.expression)
        return [step.line for step in self.forward if step.name not in mine - used]

    @property
    def lines(self) -> list[Line]:
        """The backward formulas, and before them what they share with the forward pass."""
        steps = (*self._between, *self.steps)
        used = {name for step in steps for name in _names_in(step.line.expression)}
        sizes = [self._read(name) for name in self._measures if name in used and name != "m"]
        return [*sizes, *(step.line for step in steps)]

    @property
    def _between(self) -> list[Step]:
        """What the formulas use of the forward pass that the person gave no name."""
        used = {name for step in self.steps for name in _names_in(step.expression)}
        found = []
        for step in reversed(self.forward):
            if step.name in used and not step.node.name:
                found.append(step)
                used |= _names_in(step.expression)
        return found[::-1]

    def fold(self) -> Folded:
        """Return the formulas with layers that repeat written once, as a loop over l."""
        return Folded(self)

    @property
    def folded(self) -> str:
        """The backward formulas with layers that repeat written once, as a loop over l."""
        return self.fold().text

    @cached_property
    def source(self) -> str:
        """A NumPy function that runs on its own and returns the gradients.

        It reads m and other sizes from its arguments, and refuses shapes for which the formulas
        do not hold.

        Raises
        ------
        ValueError
            If NumPy has nothing for one of the operations.
        """
        names: dict[str, Any] = {}
        exec(self._source([]), names)
        given = {self._namer.names[id(node)]: node for node in self._leaves}
        rest = {name: value for name, value in self.constants.items() if name not in given}
        function = partial(names["gradients"], **rest)
        shapes = self._trial.fixed(function, given)
        rounded = self._precision.rounded(function, given)
        self._leaves += [leaf for leaf in shapes if leaf not in self._leaves]
        self._leaves.sort(key=lambda leaf: self._place.get(leaf, len(self._place)))
        expected = {
            self._namer.claim(leaf, leaf.name, "x"): shape for leaf, shape in shapes.items()
        } | {name: index.shape for name, index in self._writer.indices.items()}
        checks = [
            f'expect("{name}", {", ".join([name, *map(str, shape)])})'
            for name, shape in expected.items()
        ]
        checks += [
            f'expect_chosen("{name}", {name}, {np.count_nonzero(index)})'
            for name, index in self._writer.indices.items()
            if index.dtype.kind == "b"
        ]
        return self._source(checks, rounded)

    def _source(self, checks: Sequence[str], rounded: Collection[str] = ()) -> str:
        """Return the function, with these lines in front, and these gradients rounded."""
        arguments = [self._namer.names[id(node)] for node in self._leaves]
        arguments += [name for name in self._writer.constants if name not in arguments]
        body = [str(step) for step in (*self.forward, *self.steps)]
        entries = [
            (name, self._rounded(name, arguments) if name in rounded else self._results[name])
            for name, _ in self._targets
        ]
        used = {name for line in (*checks, *body) for name in _names_in(line)}
        self._refuse_unknown(used, arguments)
        sizes = [str(self._read(name)) for name in self._measures if name in used]
        body = [*checks, *sizes, *body]
        imports, helpers = helpers_for(used)
        inside = [*docstring(self._summary(), self._assumptions()), *body, *returned(entries)]
        inside = [part for line in inside for part in broken(line)]
        lines = "\n".join(f"    {line}" if line else "" for line in inside)
        first = call_lines("gradients", arguments)
        return f"{imports}import numpy as np\n\n\n{helpers}{first}\n{lines}\n"

    def _rounded(self, name: str, arguments: Collection[str]) -> str:
        """Return a gradient in the precision of what it is the gradient of."""
        of = identifier(name[1:])
        dtype = f"{of}.dtype" if of in arguments else f"np.{self._precision.results[name]}"
        return f"{self._results[name]}.astype({dtype})"

    def _refuse_unknown(self, used: set[str], arguments: Sequence[str]) -> None:
        """Raise an error where an operation stands that NumPy has nothing for."""
        known = {"np", *self._measures, "float", "int", "bool", "slice", *HELPERS, *arguments}
        known |= {step.name for step in (*self.forward, *self.steps)}
        for name in sorted(used - known):
            raise ValueError(
                f"no NumPy source for the operation {name}: have the formulas as text, LaTeX or "
                "MathML, or compose it of operations that NumPy has"
            )

    def _summary(self) -> str:
        names = [identifier(name[1:]) for name, _ in self._targets]
        listed = " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)
        cost = identifier(self._cost) if self._cost else "the cost"
        return f"Return the gradients of {cost} by {listed}."

    def _assumptions(self) -> list[str]:
        """Return what has been made use of: shares of one, arrays without a name, and numbers."""
        kinds = {0: "column", 1: "row", -1: "row"}
        told = [
            f"Each {kinds.get(node.extra['shares'], 'group')} of {self._namer.names[id(node)]} "
            "must sum to 1."
            for node in self._leaves
            if node.extra and "shares" in node.extra
        ]
        nameless = [self._told(node) for node in self._leaves if not node.name]
        nameless += [
            name for name, index in self._writer.indices.items()
            if name in self._writer.constants and index_name(index) is None
        ]  # fmt: skip
        known = {node.name for node in self._leaves}.union(*map(_made_of, self._leaves))
        nameless += map(identifier, sorted(self._data - known))
        if nameless:
            told.append(f"As they were when this was recorded: {', '.join(nameless)}.")
        return told

    def _told(self, leaf: Node) -> str:
        """Return what data without a name are called here, and what they were made of."""
        of = ", ".join(map(identifier, _made_of(leaf)))
        return f"{self._namer.names[id(leaf)]}{f' (of {of})' if of else ''}"

    def _read(self, name: str) -> Line:
        """Return how a size is read from the arguments."""
        measure, among = self._measures[name], set(self._leaves)
        whole = measure.leaf_of_all(among)
        if whole is not None:
            read = [whole_size(self._namer.names[id(whole)], whole)]
        else:
            found = [measure.axis_among(k, among) for k in range(len(measure.factors))]
            read = [length(self._namer.names[id(leaf)], leaf, axis) for leaf, axis in found]
        source, formula = zip(*read, strict=True)
        latex = " \\cdot ".join(formula)
        return Line(name, " * ".join(source), f"{latex_name(name)} = {latex}")

    @property
    def constants(self) -> dict[str, Any]:
        """Arrays that :attr:`source` takes beside the tensors, by name."""
        given = {
            self._namer.names[id(node)]: self._precision.as_recorded(node.name, node.value)
            for node in self._leaves
            if is_given(node)
        }
        return {**given, **self._writer.constants}


def _made_of(leaf: Node) -> Sequence[str]:
    """Return the names of the data that an input was made of."""
    names: Sequence[str] = (leaf.extra or {}).get("of", ())
    return names


def _sizes_in(operand: Any) -> list[str]:
    """Return the names of the sizes that an operand is a multiple or a fraction of."""
    known = isinstance(operand, (Count, Ratio))
    return [size.name for size, _ in operand.sizes] if known else []


def _names_in(source: str) -> set[str]:
    return {
        each.id
        for each in ast.walk(ast.parse(source))
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }
