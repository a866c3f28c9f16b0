"""Find the fewest mistakes that reproduce the person's gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd_mini.check.diagnose.activations import activation_mistakes, overwritten
from autograd_mini.check.diagnose.case import Case
from autograd_mini.check.diagnose.dropout import dropout_mistakes
from autograd_mini.check.diagnose.forward import forward_mistakes, stale
from autograd_mini.check.diagnose.mistake import Mistake, everywhere
from autograd_mini.check.diagnose.numbers import factor_text, informative, is_meant, multiple, same
from autograd_mini.check.diagnose.output import output_mistakes
from autograd_mini.check.diagnose.paths import Suspicion
from autograd_mini.check.diagnose.products import (
    layer_lines,
    product_mistakes,
    summed_from_weight,
)
from autograd_mini.check.diagnose.terminal import alone
from autograd_mini.check.diagnosis import Diagnosis
from autograd_mini.check.rerun import Jump
from autograd_mini.graph.node import Node

__all__ = ["Explanation", "Search"]

Array = NDArray[Any]
Arrays = dict[str, Array]

_DEPTH = 4
_BREADTH = 6


@dataclass
class Explanation:
    """What explains some of the wrong gradients.

    Attributes
    ----------
    names : list of str
        The gradients explained, in the order of backward.
    findings : list of Diagnosis
        What fits; empty where nothing does.
    made_at : set of str
        Those of `names` that are wrong on their own, not only because of others.
    error : float
        How closely the numbers are reproduced.
    """

    names: list[str]
    findings: list[Diagnosis]
    made_at: set[str] = field(default_factory=set)
    error: float = 0.0


@dataclass
class _Trial:
    """A mistake, what the gradients would be with it, and which wrong ones those explain."""

    mistake: Mistake
    predicted: Arrays
    explained: set[str]
    unexplained: set[str]


class Search:
    """The search for an explanation of one :class:`Case`."""

    def __init__(self, case: Case) -> None:
        self.case, self.anatomy = case, case.anatomy
        plain = case.sweep()
        self.right = plain.found
        self.parts = plain.by_edge()
        self.base = case.predict()
        self.failing = [
            name
            for name in case.manual
            if not case.agrees(name, self.base[name]) and not case.agrees_with_truth(name)
        ]
        passing = [name for name in case.manual if name not in self.failing]
        self.suspicion = Suspicion(case, self.failing, passing)

    @cached_property
    def explanations(self) -> list[Explanation]:
        """What explains all that is wrong on its own, in the order of backward."""
        return self.explain()

    def explain(self, depth: int = 0) -> list[Explanation]:
        """Return explanations of all that is wrong on its own, in the order of backward.

        Where no single mistake explains a gradient and what is made from it, those that explain
        the first wrong ones are assumed in turn, and the rest is explained on top.
        """
        tried = self._tried()
        best = self._independent(tried)
        if depth < _DEPTH and _cost(best) > (0, 1):
            for trial in self._beginnings(tried):
                if self.case.budget.spent:
                    break
                on_top = Search(self.case.assuming(trial.mistake)).explain(depth + 1)
                whole = [self._explained(trial, list(self.failing)), *on_top]
                if _cost(whole) < _cost(best):
                    best = whole
        order = list(self.case.manual)
        return sorted(best, key=lambda each: order.index(each.names[0]))

    def _beginnings(self, tried: Sequence[_Trial]) -> list[_Trial]:
        """Return mistakes that explain the first wrong gradient and leave later ones open."""
        found = [each for each in tried if self.failing[0] in each.explained and each.unexplained]
        return sorted(found, key=lambda each: -len(each.explained))[:_BREADTH]

    def _independent(self, tried: Sequence[_Trial]) -> list[Explanation]:
        """Return explanations by mistakes that have nothing to do with each other."""
        left = list(self.failing)
        found: list[Explanation] = []
        while left:
            best = self._best(tried, left)
            if best is None:
                break
            found.extend(best)
            done = {name for each in best for name in each.names}
            left = [name for name in left if name not in done]
        return found + [self._single(name, self.base[name]) for name in left]

    def _explained(self, trial: _Trial, left: Sequence[str]) -> Explanation:
        names = [name for name in left if name in trial.explained]
        gaps = [_gap(trial.predicted[name], self.case.manual[name]) for name in names]
        mistake = trial.mistake
        at = {name for name in names if self._label(name) in mistake.at} or {names[0]}
        return Explanation(names, [mistake.diagnosis()], at, max(gaps))

    # -- mistakes of the backward pass --------------------------------------------------------

    @cached_property
    def divided(self) -> bool:
        """Whether the person divides by m in dW and db, not before."""
        return self.case.units.inner != 1 and self.case.units.outer == 1

    def _mistakes(self) -> Iterator[Mistake]:
        anatomy = self.anatomy
        last = anatomy.layers[-1].activation if anatomy.layers else None
        single: list[Mistake] = []
        shown = {node for name in self.case.manual for node in self.case.nodes[name]}
        for activation in anatomy.activations:
            if activation.z in self.right:
                single += activation_mistakes(activation, anatomy, activation is last)
                if activation.a in shown and activation.op.kind == "elementwise":
                    single.append(overwritten(activation, anatomy))
        for layer in anatomy.layers:
            if layer.z in self.right:
                single += product_mistakes(layer, anatomy, self.divided)
        single += dropout_mistakes(anatomy)
        yield from self.case.extra
        yield from single
        yield from everywhere(single)
        yield from output_mistakes(anatomy, self.case.rerun.backward())
        yield from forward_mistakes(anatomy)
        yield from self._scales()
        yield from self._stale()
        yield from self._sums_of_weights()

    def _scales(self) -> Iterator[Mistake]:
        """Yield factors that several gradients show, at each step that could have made them.

        Of one gradient alone it is said that it has the factor, not where that comes from.
        """
        if len(self.failing) < 2:
            return
        given = self.case.given()
        ratios = [
            multiple(self.case.manual[name], self.base[name], self.case.exact)
            for name in self.failing
            if informative(self.case.manual[name])
        ]
        targets = [
            node
            for layer in reversed(self.anatomy.layers)
            for node in dict.fromkeys((layer.a, layer.z))
            if node not in given and node in self.right
        ]
        sizes = self.anatomy.examples, self.anatomy.outputs
        for factor in dict.fromkeys(filter(None, ratios)):
            if not is_meant(factor, *sizes, self.case.exact):
                continue
            code = "sign" if abs(factor + 1) <= 10 * self.case.exact else "scale"
            text = factor_text(factor, self.anatomy.numbers, self.case.exact)
            what = (
                "{at} has the other sign."
                if code == "sign"
                else f"{{at}} is off by the factor {text}."
            )
            steps = [
                Mistake(
                    code,
                    what,
                    (self.anatomy.gradient_label(node),),
                    kind="scaled " + self.anatomy.label(node)[:1],
                    jumps={node: _scaled(factor)},
                )
                for node in targets
            ]
            yield from steps
            yield from everywhere(steps)

    def _stale(self) -> Iterator[Mistake]:
        """Yield weights updated too early, at the rate that the first wrong gradient shows."""
        updates: dict[Node, Array] = {
            self.case.nodes[name][0]: self.case.manual[name]
            for name in self.case.outer
            if self.case.manual[name].shape == self.case.right[name].shape
        }
        if not updates or not self.failing:
            return
        each_alone = [{node: update} for node, update in updates.items()]
        for some in [updates, *each_alone]:
            yield from self._stale_weights(some)

    def _stale_weights(self, updates: dict[Node, Array]) -> Iterator[Mistake]:
        """Yield these weights updated too early, at the rate that the gradients show."""
        predicted = self.case.predict(stale(self.anatomy, updates, 1.0))
        for name in self.failing:
            manual, base = self.case.manual[name], self.base[name]
            if manual.shape != base.shape:
                continue
            rate = multiple(manual - base, predicted[name] - base, 1e-3)
            if rate is not None:
                yield stale(self.anatomy, updates, _plain_rate(rate))
            if not same(predicted[name], base):
                return

    def _sums_of_weights(self) -> Iterator[Mistake]:
        """Yield db summed from dW, as the person has it, in place of dZ."""
        if self.anatomy.examples == 1:  # dZ and any sum of dZ @ A.T have one ratio then
            return
        manual = {self.case.nodes[name][0]: each for name, each in self.case.manual.items()}
        for layer in self.anatomy.layers:
            if layer.bias is not None and layer.weight in manual and layer.bias in manual:
                weight = manual[layer.weight]
                penalty = self._penalty(layer.weight, self.case.units.outer)
                without = [] if penalty is None else [weight - penalty]  # L2 is added after that
                for each in [weight, *without]:
                    total = np.sum(each, axis=1 if layer.in_columns else 0)
                    yield summed_from_weight(layer, self.anatomy, total, self.divided)

    # -- trying them --------------------------------------------------------------------------

    def _tried(self) -> list[_Trial]:
        """Return the mistakes that explain something and contradict nothing that is right."""
        if not self.failing:
            return []
        found = []
        for mistake in filter(self.suspicion.allows, self._mistakes()):
            if self.case.assumed and self.case.budget.spent:
                break  # what fits without assuming anything is known by now
            with np.errstate(all="ignore"):
                predicted = self.case.predict(mistake)
                trial = self._trial(mistake, predicted)
            if trial is not None:
                found.append(trial)
        return found

    def _trial(self, mistake: Mistake, predicted: Arrays) -> _Trial | None:
        case, exact = self.case, self.case.exact
        affected = [
            name
            for name, each in predicted.items()
            if each is not self.base[name] and not same(each, self.base[name], 10 * exact)
        ]
        if mistake.any_scale:
            scaled = self._scaled(mistake, predicted, affected)
            if scaled is None:
                return None
            mistake, predicted = scaled
        explained, unexplained = set(), set()
        for name in affected:
            if same(predicted[name], case.manual[name], exact):
                if name in self.failing:
                    explained.add(name)
            elif name in self.failing:
                unexplained.add(name)
            else:
                return None
        proves = _informative_mask if mistake.by_zeros else informative
        if not any(proves(case.manual[name]) for name in explained):
            return None
        return _Trial(mistake, predicted, explained, unexplained)

    def _scaled(
        self, mistake: Mistake, predicted: Arrays, affected: Sequence[str]
    ) -> tuple[Mistake, Arrays] | None:
        """Return a mistake with the factor that the first wrong gradient shows, and its result."""
        case, exact = self.case, self.case.exact
        first = next((name for name in affected if name in self.failing), None)
        if first is None or case.manual[first].shape != predicted[first].shape:
            return None
        nothing = case.predict(_with_factor(mistake, 0.0))  # an L2 term stays as it is
        part, rest = predicted[first] - nothing[first], case.manual[first] - nothing[first]
        if multiple(part, self.base[first] - nothing[first], exact) is not None:
            return None
        factor = multiple(rest, part, exact)
        if factor is None:
            return None
        mistake = replace(_with_factor(mistake, factor), any_scale=False)
        return mistake, case.predict(mistake)

    def _best(self, tried: Sequence[_Trial], left: Sequence[str]) -> list[Explanation] | None:
        """Return what explains most of the gradients in `left`, with all that ties."""
        ranked: list[tuple[int, int, list[Explanation]]] = []
        for trial in tried:
            if not trial.explained | trial.unexplained <= set(left):
                continue
            rest = [self._single(n, trial.predicted[n]) for n in left if n in trial.unexplained]
            if all(each.findings for each in rest):
                whole = [self._explained(trial, left), *rest]
                ranked.append((len(trial.explained), -len(rest), whole))
        if not ranked:
            return None
        most = max(each[:2] for each in ranked)
        chosen = [each[2] for each in ranked if each[:2] == most]
        first, others = chosen[0], chosen[1:]
        if most[0] == 1 and len(first) == 1:
            first[0].findings += self._single(
                first[0].names[0], self.base[first[0].names[0]]
            ).findings
        for other in others:
            if other[0].names == first[0].names:
                known = {(each.code, each.message) for each in first[0].findings}
                first[0].findings += [
                    each for each in other[0].findings if (each.code, each.message) not in known
                ]
        return first

    def _label(self, name: str) -> str:
        return self.anatomy.gradient_label(self.case.nodes[name][0])

    # -- one gradient on its own --------------------------------------------------------------

    def _single(self, name: str, right: Array) -> Explanation:
        """Return what is wrong with one gradient, if it alone is wrong."""
        node = self.case.nodes[name][0]
        findings = list(
            alone(
                name,
                self.case.manual[name],
                right,
                exact=self.case.exact,
                numbers=self.anatomy.numbers,
                fix=self._line(node),
                incoming=self._incoming(node),
                value=self._value(node),
                penalty=self._penalty(node, self.case.factor(name)),
                decay=self._decay(self.case.factor(name)),
            )
        )
        return Explanation([name], findings, {name})

    def _line(self, node: Node) -> str:
        for layer in self.anatomy.layers:
            lines = layer_lines(layer, self.anatomy, self.divided)
            for key, each in (("W", layer.weight), ("b", layer.bias), ("A", layer.input)):
                if each is node and key in lines:
                    return lines[key]
        return ""

    def _incoming(self, node: Node) -> tuple[str, Array] | None:
        for layer in self.anatomy.layers:
            if layer.bias is node and layer.z in self.right:
                g = self.case.given().get(layer.z, self.right[layer.z])
                return self.anatomy.gradient_label(layer.z), np.asarray(g)
        return None

    def _value(self, node: Node) -> tuple[str, Array] | None:
        if not (isinstance(node, Node) and node.is_leaf):
            return None
        return self.anatomy.label(node), np.asarray(self.case.rerun.values[node])

    def _penalty(self, node: Node, factor: float) -> Array | None:
        """Return the part of a parameter's gradient that is a multiple of the parameter."""
        if not (isinstance(node, Node) and node.is_leaf):
            return None
        value = np.asarray(self.case.rerun.values[node])
        parts = [self.parts[edge] for edge in self.anatomy.uses.get(node, []) if edge in self.parts]
        own = [part for part in parts if _decays(np.asarray(part), value)]
        own = own or _entry_by_entry(parts, value)
        if not own or len(own) == len(parts):
            return None
        return np.asarray(sum(own[1:], own[0]) * factor)

    def _decay(self, factor: float) -> float | None:
        """Return what the L2 term of the cost multiplies weights by, None where it has none."""
        for layer in self.anatomy.layers:
            penalty = self._penalty(layer.weight, factor)
            if penalty is not None:
                return multiple(penalty, np.asarray(self.case.rerun.values[layer.weight]), 1e-6)
        return None


def _decays(part: Array, value: Array) -> bool:
    """Return whether a part is a multiple of a value, or of all but some columns."""
    if multiple(part, value, 1e-6) is not None:
        return True
    some = part != 0 if part.shape == value.shape else np.zeros(value.shape, dtype=bool)
    whole = some.any(axis=0, keepdims=True) if some.ndim else some
    columns = bool((some == np.broadcast_to(whole, some.shape)).all())
    return columns and informative(part) and multiple(part[some], value[some], 1e-6) is not None


def _entry_by_entry(parts: Sequence[Array], value: Array) -> list[Array]:
    """Return the parts of one entry each that together are a multiple of a value: ``w[j]**2``."""
    alone = [part for part in parts if value.size > 1 and np.count_nonzero(part) == 1]
    together = sum(alone, np.zeros_like(value))
    return alone if multiple(together, value, 1e-6) is not None else []


def _scaled(factor: float) -> Jump:
    return lambda used, arrived: arrived * factor


def _informative_mask(values: Array) -> bool:
    """Return whether an array can prove anything where its zeros count: they are not by chance."""
    zeros = int(np.sum(values == 0))
    return informative(values) or min(zeros, values.size - zeros) >= 3


def _with_factor(mistake: Mistake, factor: float) -> Mistake:
    jumps = {node: _times(jump, factor) for node, jump in mistake.jumps.items()}
    return replace(mistake, jumps=jumps)


def _times(jump: Jump, factor: float) -> Jump:
    return lambda used, arrived: jump(used, arrived) * factor


def _cost(explanations: Sequence[Explanation]) -> tuple[int, int]:
    """Return how much is left unexplained, and how many mistakes explain the rest."""
    open_ = sum(len(each.names) for each in explanations if not each.findings)
    return open_, len(explanations)


def _gap(a: Array, b: Array) -> float:
    scale = max(float(np.max(np.abs(a), initial=0.0)), float(np.max(np.abs(b), initial=0.0)))
    return float(np.max(np.abs(a - b), initial=0.0)) / scale if scale else 0.0


def _plain_rate(rate: float) -> float:
    """Return a fitted learning rate without the last, uncertain digits where it is a plain one."""
    rounded = float(f"{rate:.4g}")
    return rounded if abs(rate - rounded) <= 1e-7 * abs(rate) else rate
