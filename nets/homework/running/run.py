"""Run a person's program on one network: on arrays with backward, on Tensors without."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.finding.anatomy import Anatomy
from nets.homework.finding.costs import assumed, likeness
from nets.homework.finding.draws import LEARNING_RATE, Draw, spread
from nets.homework.finding.keys import unpacked
from nets.homework.finding.parameters import gradient_beside, is_bias
from nets.homework.finding.programs import Program
from nets.homework.reading import spelling
from nets.homework.reading.load import load
from nets.homework.reading.names import described, role_of
from nets.homework.reading.source import Source
from nets.homework.running import gradients, steps
from nets.homework.running.chains import chain_forward
from nets.homework.running.direction import written_rate
from nets.homework.running.gradients import Manual
from nets.homework.running.in_order import zips_with_gradients
from nets.homework.running.namesakes import namesakes
from nets.homework.running.session import Session
from nets.homework.running.trace import Assigned, Tracer

__all__ = [
    "Case",
    "NoGradientsError",
    "Plain",
    "Recording",
    "ResistsError",
    "made_by_hand",
    "run_plain",
    "run_recorded",
]


class NoGradientsError(Exception):
    """Backward made nothing that is recognised as a gradient of a parameter."""


class ResistsError(Exception):
    """The person's forward pass or cost does not run on Tensors."""


@dataclass
class Case:
    """A person's program, and the network it is to be judged on.

    Attributes
    ----------
    notes : list of str
        What was assumed or worked around so far.
    spelled : dict
        What the person calls gradients: ``{"dZ1": "delta2"}``.
    assumed : str or None
        Which of the usual costs to take where the file has none; None for the likeliest.
    values : dict
        Gradients, parameters and values of the forward pass: ``{"dZ1": …, "A1": …}``.
    trace : list of Assigned
        What happened in backward.
    """

    source: Source
    program: Program
    draw: Draw
    about: Anatomy
    notes: list[str] = field(default_factory=list)
    spelled: dict[str, str] = field(default_factory=dict)
    assumed: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    trace: list[Assigned] = field(default_factory=list)

    def session(self, *, tensors: bool = False, guards: bool = True) -> Session:
        """Return a fresh session, on arrays or Tensors."""
        loaded = load(self.source, tensors=tensors, guards=guards)
        return Session(self.source, loaded, self.program, self.draw, self.about, tensors)

    def name(self, function: str) -> str:
        """Return a function's name as the person would say it."""
        if function.startswith(("::", "self.")):
            return function.removeprefix("::")
        return f"{self.program.owner}.{function}" if self.program.owner else function


@dataclass
class Plain:
    """What running the person's code on arrays gave.

    Attributes
    ----------
    values : dict
        The parameters by path, as they were before.
    after : dict
        The parameters after backward.
    cost : float or None
    result
        What backward returned.
    returned : list of list of str
        The names in its return statements.
    trace : list of Assigned
        What happened in it.
    beside : dict
        Gradients kept beside the parameters, by the path of those: how they are reached, values.
    forward_trace, cost_trace : list of Assigned
        What happened in forward and in the cost.
    """

    values: dict[str, Any]
    after: dict[str, Any]
    cost: Any
    result: Any
    returned: list[list[str]]
    trace: list[Assigned]
    beside: dict[str, tuple[str, Any]]
    forward_trace: list[Assigned] = field(default_factory=list)
    cost_trace: list[Assigned] = field(default_factory=list)

    @property
    def names(self) -> dict[str, str]:
        """The canonical name of each parameter by its path."""
        return spelling.of_parameters(list(self.values))

    @property
    def kept(self) -> dict[str, Any] | None:
        """The parameters by canonical name, if backward left them as they were."""
        if any(np.any(value != self.after[path]) for path, value in self.values.items()):
            return None
        return {self.names[path]: value for path, value in self.values.items()}


@dataclass
class Recording:
    """What running forward and cost on Tensors gave.

    Attributes
    ----------
    cost : Tensor
    tensors : dict
        The parameters by canonical name.
    forward : dict
        Values on the way by canonical name: how they are spelled, the Tensor, the line.
    assumed : str or None
        What the cost is called, where the file has none.
    chain : dict
        The shapes of those values that a loop over layers hands on, in order.
    namesakes : frozenset of str
        Those values that only have a name because a step of backward is called after them.
    of_layer : bool
        Whether it is of one layer, which is handed a gradient: there is no cost to be mistaken.
    """

    cost: ag.Tensor
    tensors: dict[str, ag.Tensor]
    forward: dict[str, tuple[str, ag.Tensor, int]]
    assumed: str | None = None
    chain: dict[str, tuple[int, ...]] = field(default_factory=dict)
    namesakes: frozenset[str] = frozenset()
    of_layer: bool = False

    @property
    def depth(self) -> int:
        """The number of layers."""
        return _depth(self.tensors)


def run_plain(case: Case) -> Plain:
    """Run forward, cost and backward on arrays, watching backward."""
    session = case.session()
    rng = np.random.default_rng([case.draw.seed, 77])
    values = {place.path: spread(place.value, rng) for place in session.places}
    if not values:
        raise NoGradientsError(
            f"{case.name(case.program.forward)} has no weights: what makes them, --init NAME?"
        )
    for place in session.places:
        place.value = _copied(values[place.path])
    in_one = case.program.forward == case.program.backward
    with Tracer(session.loaded.files) as forward:
        made = None if in_one else session.forward()
    with Tracer(session.loaded.files) as costing:
        cost = None if in_one else session.cost(made)
    with Tracer(session.loaded.files) as tracer:
        result = session.backward()
    after = {place.path: np.array(place.value, dtype=float) for place in session.places}
    backward = case.program.backward.removeprefix("::")
    stated = session.returned(case.program.backward)
    names = [unpacked(case.source, backward, each) for each in stated]
    kept = {place.path: gradient_beside(place) for place in session.places}
    beside = {path: each for path, each in kept.items() if each is not None}
    traces = tracer.found, beside, forward.found, costing.found
    return Plain(values, after, cost, result, names, *traces)


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def run_recorded(
    case: Case, plain: Plain, manual: Mapping[str, Manual], guards: bool = True
) -> Recording:
    """Run forward and cost on Tensors, and name what they make.

    Raises
    ------
    ResistsError
        If they do not run, or the cost comes out as a plain number.
    """
    session = case.session(tensors=True, guards=guards)
    names, tensors = plain.names, {}
    for place in session.places:
        if place.path in plain.values:
            value = np.array(plain.values[place.path], dtype=float)
            tensor = ag.tensor(value, requires_grad=True, name=names[place.path])
            place.value = tensors[names[place.path]] = tensor
    try:
        with Tracer(session.loaded.files) as tracer:
            made = session.forward()
            of_cost = len(tracer.found)
            cost = session.cost(made)
    except Exception as error:
        first = str(error).partition("\n")[0]
        raise ResistsError(f"{type(error).__name__}: {first}") from error
    called = None
    if session.incoming:
        layer = case.name(case.program.forward)
        called = f"the sum of what {layer} returns, times {', '.join(session.incoming)}"
    if cost is None:
        output = session.known.roles.get("AL")
        if not isinstance(output, ag.Tensor):
            output = _output_on_the_way(tracer.found, case.draw.one_hot.size)
        cost, called = _assumed(case, output, manual, tensors)
    cost = _summed(case, cost)
    if not cost.requires_grad:
        raise ResistsError("the cost came out as a plain number")
    weights = {each.shape for name, each in tensors.items() if not is_bias(name)}
    versions = steps.forward_names(tracer.found, _depth(tensors), of_cost, weights)
    forward = {}
    twice = {name for name, each in manual.items() if _times_made(each.name, case, plain) > 1}
    for name, chosen in _chosen(versions, manual, cost, twice).items():
        if chosen.value.name is None:
            chosen.value.name = name
            forward[name] = (chosen.name, chosen.value, chosen.line)
    chain = {}
    for name, each in chain_forward(tracer.found).items():
        if each.value.name is None and name not in forward:
            each.value.name = name
            forward[name] = (each.name, each.value, each.line)
            chain[name] = each.value.shape
    alone = set()
    for name, each in namesakes(tracer.found[:of_cost], plain.trace, cost).items():
        if each.value.name is None and name not in forward and name not in tensors:
            each.value.name = name
            forward[name] = (each.name, each.value, each.line)
            alone.add(name)
    of_layer = bool(session.incoming)
    return Recording(cost, tensors, forward, called, chain, frozenset(alone), of_layer)


def _summed(case: Case, cost: Any) -> ag.Tensor:
    """Return a cost as one number, where it is numbers at all."""
    try:
        total: ag.Tensor = np.sum(cost if isinstance(cost, ag.Tensor) else ag.asarray(cost))
        return total
    except (TypeError, ValueError) as error:
        raise NoGradientsError(
            f"{case.name(str(case.program.cost))} gives {type(cost).__name__}, which is no cost: "
            "say which function computes it with --cost NAME"
        ) from error


def _chosen(
    versions: Mapping[str, list[Assigned]],
    manual: Mapping[str, Manual],
    cost: ag.Tensor,
    twice: Collection[str],
) -> dict[str, Assigned]:
    """Return one value for each name: of several, that whose gradient is the person's.

    Where a mask changes A, ``dA`` may be meant before or after it; both are right.  Where it is
    neither, it is meant before if the person changes dA as well (`twice`).
    """
    several = {name: many for name, many in versions.items() if len(many) > 1 and name in manual}
    chosen = {name: many[-1] for name, many in versions.items()}
    if several:
        for many in several.values():
            for each in many:
                each.value.retain_grad()
        cost.backward()
        for name, many in several.items():
            scores = [likeness(manual[name].value, _grad(each.value)) for each in many]
            best = int(np.argmax(scores))
            meant = 0 if name in twice else -1
            chosen[name] = many[best if scores[best] > 1.25 else meant]
    return chosen


def _times_made(name: str, case: Case, plain: Plain) -> int:
    """Return how often backward gives a name a value, also on one line."""
    lines = [each.line for each in plain.trace if each.name == name and not each.given]
    on_lines = [
        node.lineno
        for node in ast.walk(case.source.tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    ]
    return sum(max(on_lines.count(line), 1) for line in lines)


def _grad(tensor: ag.Tensor) -> Any:
    return np.zeros(()) if tensor.grad is None else tensor.grad.numpy()


def _depth(names: Iterable[str]) -> int:
    return max(sum(name[:1] in "Ww" or described(name) == "W" for name in names), 1)


def _output_on_the_way(trace: Sequence[Assigned], size: int) -> ag.Tensor | None:
    """Return the network's output where a function keeps it to itself: ``A`` in ``propagate``."""
    made = [each for each in trace if role_of(spelling.last_part(each.name)) == "AL"]
    fitting = [e.value for e in made if isinstance(e.value, ag.Tensor) and e.value.size == size]
    return fitting[-1] if fitting else None


def _assumed(
    case: Case,
    output: ag.Tensor | None,
    manual: Mapping[str, Manual],
    tensors: Mapping[str, ag.Tensor],
) -> tuple[ag.Tensor, str]:
    """Return the cost whose gradients are likest to the person's, and what it is called."""
    if output is None:
        raise ResistsError("the file has no cost function, and forward's output was not found")
    if output.size != case.draw.one_hot.size:
        raise ResistsError(
            f"the file has no cost function, and forward's output has shape {output.shape}, which "
            f"is not that of the labels"
        )
    target = case.draw.one_hot.reshape(output.shape)
    given = {name: each.value for name, each in manual.items()}
    known = [each for name, each in manual.items() if name in tensors]
    descends = len(known) == 1 and known[0].of_update
    found = assumed(
        output, target, case.draw.m, given, tensors, descends=descends, called=case.assumed
    )
    if found is None:
        raise ResistsError("no cost that is known here fits the output")
    return found


def made_by_hand(case: Case, plain: Plain) -> dict[str, Manual]:
    """Return the gradients that backward returned, left behind or used, by canonical name.

    Raises
    ------
    NoGradientsError
        If none of a parameter is recognised.
    """
    shapes = {plain.names[path]: np.shape(value) for path, value in plain.values.items()}
    zipped = zips_with_gradients(case.source.tree)
    given = plain.result, plain.returned, plain.trace, shapes
    manual = gradients.returned(*given, zipped, plain.kept)
    if not set(manual) & set(shapes):
        manual |= {
            plain.names[path]: gradients.manual(spelled, value, plain.trace)
            for path, (spelled, value) in plain.beside.items()
        }
    if not set(manual) & set(shapes):
        manual |= _updates(case, plain)
    if not set(manual) & set(shapes):
        unmade = ", ".join(gradients.empty(plain.result, plain.returned, shapes).values())
        returned = "; it returns nothing" if plain.result is None else ""
        raise NoGradientsError(
            "nothing that it makes is recognised as a gradient of "
            f"{', '.join(plain.values) or 'any parameter'}"
            f"{f'; still None when it ends: {unmade}' if unmade else returned}"
        )
    manual = {name: _at_return(case, each, plain.trace) for name, each in manual.items()}
    return {name: _fitted(each, shapes.get(name)) for name, each in manual.items()}


def _at_return(case: Case, manual: Manual, trace: Sequence[Assigned]) -> Manual:
    """Return a gradient with the line of the return statement, where that makes it: ``-dW``."""
    if manual.line is None:
        line = _entry_of(case, manual.name)
        return replace(manual, line=_last_return(case) if line is None else line)
    of_name = [each for each in trace if each.name == manual.name and not each.given]
    if not of_name or np.array_equal(of_name[-1].value, manual.value, equal_nan=True):
        return manual
    lines = [
        part.lineno
        for node in _inside_backward(case)
        if isinstance(node, ast.Return) and node.value is not None
        for part in (node.value.elts if isinstance(node.value, ast.Tuple) else [node.value])
        if manual.name in {ast.unparse(each) for each in ast.walk(part)} - {ast.unparse(part)}
    ]
    return replace(manual, line=lines[-1]) if lines else manual


def _inside_backward(case: Case) -> Iterator[ast.AST]:
    """Yield all that stands in the functions that are called like backward."""
    called = case.program.backward.removeprefix("::")
    for function in ast.walk(case.source.tree):
        if isinstance(function, ast.FunctionDef) and function.name == called:
            yield from ast.walk(function)


def _last_return(case: Case) -> int | None:
    """Return the line of the last statement by which backward returns something."""
    lines = [
        node.lineno
        for node in _inside_backward(case)
        if isinstance(node, ast.Return) and node.value is not None
    ]
    return max(lines, default=None)


def _entry_of(case: Case, name: str) -> int | None:
    """Return the line of an entry of a dict that backward returns: ``{"W1": dW1 / m}``."""
    keys = spelling.KEY.findall(name)
    lines = [
        value.lineno
        for node in _inside_backward(case)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value in (*keys, name)
    ]
    return lines[-1] if lines else None


def _fitted(manual: Manual, shape: tuple[int, ...] | None) -> Manual:
    """Return a gradient in its parameter's shape, where an update would broadcast it to that."""
    given = np.shape(manual.value)
    if shape is None or given == shape or np.size(manual.value) != np.prod(shape, dtype=int):
        return manual
    leading = len(given) < len(shape) and shape[len(shape) - len(given) :] == given
    return replace(manual, value=np.reshape(manual.value, shape)) if leading else manual


def _updates(case: Case, plain: Plain) -> dict[str, Manual]:
    """Return gradients read off an update: (old - new) / rate."""
    found = {}
    written = written_rate(case.source, list(plain.values))
    rate = written * (LEARNING_RATE if _has_rate(case.source) else 1.0)
    for path, before in plain.values.items():
        moved = (np.asarray(before) - plain.after[path]) / rate
        if np.any(moved):
            line = _parallel_at(moved, plain.trace) or _changed_at(path, plain)
            found[plain.names[path]] = Manual(f"update of {path}", moved, line, of_update=True)
    if found:
        of_rate = " / learning rate" if rate != 1 else ""
        case.notes.append(f"gradients were read off the update: (old - new){of_rate}")
    return found


def _has_rate(source: Source) -> bool:
    """Return whether the file has a learning rate."""
    spelled = (
        getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
        for node in ast.walk(source.tree)
    )
    return any(role_of(name) == "learning_rate" for name in spelled if isinstance(name, str))


def _parallel_at(moved: Any, trace: list[Assigned]) -> int | None:
    """Return the line that made what an update is a multiple of."""
    made = [each for each in trace if not each.given]
    for each in made if np.size(moved) > 1 else ():
        same_shape = np.shape(each.value) == np.shape(moved)
        if same_shape and likeness(np.asarray(each.value), moved) > 1 - 1e-12:
            return each.line
    # One number is parallel to any other; a sum over everything broadcasts.
    return next((each.line for each in made if _fills(each.value, moved)), None)


def _fills(value: Any, moved: Any) -> bool:
    """Return whether an update subtracts just this value, once or from every entry."""
    if np.ndim(value) > np.ndim(moved) or np.size(value) != 1:
        return False
    return bool(np.allclose(moved, value, rtol=1e-9, atol=0))


def _changed_at(path: str, plain: Plain) -> int | None:
    """Return the line that gave a parameter the value it has after the update."""
    after = plain.after[path]
    lines = [
        each.line
        for each in plain.trace
        if not each.given and np.shape(each.value) == np.shape(after)
        if each.name == path or np.array_equal(each.value, after)
    ]
    return lines[-1] if lines else None
