"""Judge the gradients of a person's program on one network."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import autograd_mini as ag
from autograd_mini.check.comparison import Comparison, Row
from autograd_mini.check.diagnosis import Diagnosis
from nets.homework import gradients
from nets.homework.anatomy import Anatomy
from nets.homework.calls import returned_names
from nets.homework.costs import ASSUMED
from nets.homework.draws import Draw, spread
from nets.homework.gradients import Manual
from nets.homework.load import load
from nets.homework.programs import Program
from nets.homework.results import Finding, GradientRow, Study
from nets.homework.session import Session
from nets.homework.source import Source
from nets.homework.trace import Assigned, Tracer

__all__ = ["NoGradients", "Resists", "judge"]


class NoGradients(Exception):
    """Backward made nothing that is recognised as a gradient of a parameter."""


class Resists(Exception):
    """The person's forward pass or cost does not run on Tensors."""


@dataclass
class _Plain:
    """What running the person's code on arrays gave."""

    values: dict[str, Any]
    cost: Any
    result: Any
    backward: list[Assigned]
    names: list[list[str]]
    after: dict[str, Any]


@dataclass
class _Recorded:
    """What running forward and cost on Tensors gave."""

    cost: ag.Tensor
    tensors: dict[str, ag.Tensor]
    forward: dict[str, tuple[str, ag.Tensor, int]]
    assumed: str | None = None


@dataclass
class _Case:
    source: Source
    program: Program
    draw: Draw
    about: Anatomy
    notes: list[str] = field(default_factory=list)

    def session(self, *, tensors: bool = False, guards: bool = True) -> Session:
        """Return a fresh session, on arrays or Tensors."""
        loaded = load(self.source, tensors=tensors, guards=guards)
        return Session(self.source, loaded, self.program, self.draw, self.about, tensors)


def judge(source: Source, program: Program, draw: Draw, about: Anatomy) -> Study:
    """Run a program on arrays and on Tensors, and compare.

    Raises
    ------
    NoGradients
        If backward made no gradient of a parameter that is recognised.
    Exception
        Whatever the person's code raises.
    """
    case = _Case(source, program, draw, about)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        plain = _run_plain(case)
        manual, steps = _manual(case, plain)
        try:
            recorded = _run_recorded(case, plain, manual)
        except Resists as error:
            case.notes.append(
                f"the forward pass does not run on Tensors ({error}); its gradients were computed by finite differences"
            )
            return _numerical(case, plain, manual)
        study = _compared(case, plain, manual, steps, recorded)
        if not study.ok:
            study = _without_guards(case, plain, manual, steps, study)
    return study


# -- running -----------------------------------------------------------------------------------


def _run_plain(case: _Case) -> _Plain:
    """Run forward, cost and backward on arrays, watching backward."""
    session = case.session()
    values = _values(session, case.draw)
    for place in session.places:
        place.value = _copied(values[place.path])
    result = session.forward()
    cost = session.cost(result)
    with Tracer(session.loaded.files) as tracer:
        made = session.backward()
    after = {place.path: np.array(place.value, dtype=float) for place in session.places}
    tree = session._function(case.program.backward)[1]
    return _Plain(values, cost, made, tracer.found, returned_names(tree), after)


def _values(session: Session, draw: Draw) -> dict[str, Any]:
    rng = np.random.default_rng([draw.seed, 77])
    return {place.path: spread(place.value, rng) for place in session.places}


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _run_recorded(
    case: _Case, plain: _Plain, manual: Mapping[str, Manual], guards: bool = True
) -> _Recorded:
    """Run forward and cost on Tensors, and name what they make."""
    session = case.session(tensors=True, guards=guards)
    names = gradients.of_parameters(list(plain.values))
    tensors = {}
    for place in session.places:
        if place.path in plain.values:
            value = np.array(plain.values[place.path], dtype=float)
            tensor = ag.tensor(value, requires_grad=True, name=names[place.path])
            place.value = tensors[names[place.path]] = tensor
    try:
        with Tracer(session.loaded.files) as tracer:
            result = session.forward()
            cost = session.cost(result)
        assumed = None
        depth = _depth(names.values())
        forward = gradients.forward_names(tracer.found, depth)
        for name, (_, tensor, _) in forward.items():
            if tensor.name is None:
                tensor.name = name
        if cost is None:
            cost, assumed = _assumed(case, session, manual, tensors)
        cost = cost if isinstance(cost, ag.Tensor) else ag.asarray(cost)
    except (NoGradients, Resists):
        raise
    except Exception as error:
        raise Resists(
            f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        ) from error
    if not cost.requires_grad:
        raise Resists("the cost came out as a plain number")
    if cost.shape != ():
        cost = np.sum(cost)
    return _Recorded(cost, tensors, forward, assumed)


def _depth(names: Any) -> int:
    return max(sum(name[:1] in "Ww" for name in names), 1)


def _assumed(
    case: _Case, session: Session, manual: Mapping[str, Manual], tensors: Mapping[str, ag.Tensor]
) -> tuple[ag.Tensor, str]:
    """Return the cost whose gradients are likest to the person's, and what it is called."""
    output = session.known.roles.get("AL")
    if not isinstance(output, ag.Tensor):
        raise Resists("the file has no cost function, and the output of forward was not found")
    best: tuple[float, int, ag.Tensor, str] | None = None
    for order, (called, cost) in enumerate(ASSUMED):
        value = cost(output, case.draw.one_hot.reshape(output.shape), case.draw.m)
        if not np.isfinite(value.item()):
            continue
        found = _gradients(value, tensors)
        score = sum(_likeness(manual[name].value, found[name]) for name in manual if name in found)
        if best is None or score > best[0] + 1e-6:
            best = score, order, value, called
    if best is None:
        raise Resists("no cost fits the output")
    return best[2], best[3]


def _gradients(cost: ag.Tensor, tensors: Mapping[str, ag.Tensor]) -> dict[str, Any]:
    cost.backward()
    found = {}
    for name, tensor in tensors.items():
        if tensor.grad is not None:
            found[name] = tensor.grad.numpy().copy()
        tensor.zero_grad()
    return found


def _likeness(a: Any, b: Any) -> float:
    """Return 1 where two arrays are alike up to a factor, less where they are not."""
    if np.shape(a) != np.shape(b):
        return 0.0
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return abs(float(np.vdot(a, b))) / norm if norm > 0 else 0.0


# -- what backward made --------------------------------------------------------------------------


def _manual(case: _Case, plain: _Plain) -> tuple[dict[str, Manual], dict[str, Manual]]:
    """Return gradients of parameters, and of steps on the way, by canonical name."""
    names = gradients.of_parameters(list(plain.values))
    shapes = {names[path]: np.shape(value) for path, value in plain.values.items()}
    manual = gradients.returned(plain.result, plain.names, plain.backward, shapes)
    if not set(manual) & set(shapes):
        manual |= _updates(case, plain, names)
    if not set(manual) & set(shapes):
        raise NoGradients(
            f"{case.program.backward} made nothing that is recognised as a gradient of "
            f"{', '.join(plain.values) or 'any parameter'}"
        )
    return manual, {}


def _updates(case: _Case, plain: _Plain, names: Mapping[str, str]) -> dict[str, Manual]:
    """Return gradients read off an update: (old - new) / rate."""
    found = {}
    for path, before in plain.values.items():
        moved = (np.asarray(before) - plain.after[path]) / session_rate()
        if np.any(moved):
            line = next((each.line for each in reversed(plain.backward) if each.name == path), None)
            found[names[path]] = Manual(f"update of {path}", moved, line)
    if found:
        case.notes.append("gradients were read off the update: (old - new) / learning rate")
    return found


def session_rate() -> float:
    """Return the learning rate that sessions pass."""
    from nets.homework.draws import LEARNING_RATE

    return LEARNING_RATE


# -- comparing -----------------------------------------------------------------------------------


def _compared(
    case: _Case,
    plain: _Plain,
    manual: Mapping[str, Manual],
    steps: Mapping[str, Manual],
    recorded: _Recorded,
) -> Study:
    depth = _depth(recorded.tensors)
    known = {name: tensor.shape for name, (_, tensor, _) in recorded.forward.items()}
    of_parameters = {name: each for name, each in manual.items() if name in recorded.tensors}
    comparison = _compare(of_parameters, recorded)
    chosen: Mapping[str, Manual] = of_parameters
    if not comparison.ok:
        between = gradients.intermediates(plain.backward, depth, known)
        between |= {
            name: each
            for name, each in manual.items()
            if name not in recorded.tensors and name in known
        }
        if between:
            chosen = {**of_parameters, **between}
            finer = _compare(chosen, recorded)
            comparison = _better(comparison, finer)
            if comparison is not finer:
                chosen = of_parameters
    rows = [_row(case, row, chosen, recorded) for row in comparison.rows]
    rows = _in_order(rows, chosen, plain)
    notes = [*case.notes, *map(str, getattr(comparison, "notes", ()))]
    cost = f"assumed: {recorded.assumed}" if recorded.assumed else str(case.program.cost)
    return Study(
        _qualified(case.program, case.program.forward),
        cost if recorded.assumed else _qualified(case.program, cost),
        _qualified(case.program, case.program.backward),
        tuple(rows),
        tuple(notes),
        comparison=comparison,
    )


def _compare(manual: Mapping[str, Manual], recorded: _Recorded) -> Comparison:
    given = {f"d{name}": each.value for name, each in manual.items()}
    return ag.compare(given, recorded.cost)


def _better(coarse: Comparison, fine: Comparison) -> Comparison:
    """Return the comparison that says more: a fault is named, and where it is made."""

    def named(comparison: Comparison) -> bool:
        roots = [row for row in comparison.rows if row.verdict == "wrong" and not row.inherited]
        return bool(roots) and all(
            row.diagnosis is not None and row.diagnosis.code != "other" for row in roots
        )

    return coarse if named(coarse) and not named(fine) else fine


def _qualified(program: Program, name: str) -> str:
    if name.startswith("::"):
        return name[2:]
    return f"{program.owner}.{name}" if program.owner else name


def _row(case: _Case, row: Row, manual: Mapping[str, Manual], recorded: _Recorded) -> GradientRow:
    key = row.name.removeprefix("d")
    mine = manual.get(key)
    line = mine.line if mine is not None else None
    finding = _finding(case, row.diagnosis, line, row, recorded) if row.diagnosis else None
    verdict: Any = row.verdict
    return GradientRow(
        mine.name if mine is not None else row.name,
        recorded.forward[key][0] if key in recorded.forward else row.wrt,
        tuple(row.shape),
        float(row.max_abs_error),
        float(row.rel_error),
        verdict,
        line,
        case.source.cell(line),
        finding,
        row.inherited,
        row.manual,
        row.automatic,
        row.numerical,
        row.worst,
    )


def _finding(
    case: _Case, found: Diagnosis, line: int | None, row: Row, recorded: _Recorded
) -> Finding:
    at = line
    if found.code == "forward_bug":
        at = _forward_line(found, recorded) or line
    others = tuple(Finding(each.code, each.message, line, each.fix) for each in found.alternatives)
    return Finding(found.code, found.message, at, found.fix, others)


def _forward_line(found: Diagnosis, recorded: _Recorded) -> int | None:
    """Return the line of the forward step that a finding is about."""
    for text in (found.fix, found.message):
        for name in re.findall(r"\b[ZA]\d+\b", text):
            if name in recorded.forward:
                return recorded.forward[name][2]
    return None


def _in_order(
    rows: Sequence[GradientRow], manual: Mapping[str, Manual], plain: _Plain
) -> list[GradientRow]:
    return list(rows)


# -- other ways ----------------------------------------------------------------------------------


def _without_guards(
    case: _Case,
    plain: _Plain,
    manual: Mapping[str, Manual],
    steps: Mapping[str, Manual],
    study: Study,
) -> Study:
    """Compare again without what guards logarithms, and say so if that explains everything."""
    try:
        recorded = _run_recorded(case, plain, manual, guards=False)
    except Resists:
        return study
    again = _compared(case, plain, manual, steps, recorded)
    better = again.ok or _worst(again) < _worst(study) * 1e-2
    if not better:
        return study
    note = "the guard inside the cost's logarithm (such as + 1e-8) was left out to compare"
    rows = tuple(
        replace(
            row,
            verdict="convention" if row.verdict == "ok" else row.verdict,
            diagnosis=row.diagnosis
            or Finding(
                "convention",
                "Right but for the guard inside the cost's logarithm, which the gradient leaves out, as usual.",
                row.line,
            ),
        )
        if row.verdict == "ok"
        else row
        for row in again.rows
    )
    return replace(again, rows=rows, notes=(*again.notes, note))


def _worst(study: Study) -> float:
    return float(np.nanmax([row.rel_error for row in study.rows] or [np.inf]))


def _numerical(case: _Case, plain: _Plain, manual: Mapping[str, Manual]) -> Study:
    """Compare with finite differences of the person's own cost."""
    names = gradients.of_parameters(list(plain.values))
    right = {}
    for path, value in plain.values.items():
        if names[path] in manual:
            right[f"d{names[path]}"] = _differences(case, plain, path, np.array(value, dtype=float))
    given = {f"d{name}": each.value for name, each in manual.items() if f"d{name}" in right}
    comparison = ag.compare(given, right, rtol=1e-5, atol=1e-7)
    empty = _Recorded(ag.tensor(0.0), {}, {})
    rows = tuple(_row(case, row, manual, empty) for row in comparison.rows)
    return Study(
        _qualified(case.program, case.program.forward),
        _qualified(case.program, str(case.program.cost)),
        _qualified(case.program, case.program.backward),
        rows,
        tuple(case.notes),
    )


def _differences(case: _Case, plain: _Plain, path: str, value: Any) -> Any:
    """Return central differences of the person's cost by one parameter."""

    def cost(moved: Any) -> float:
        session = case.session()
        for place in session.places:
            place.value = _copied(plain.values[place.path])
            if place.path == path:
                place.value = moved if np.ndim(moved) else float(moved)
        found = session.cost(session.forward())
        if found is None:
            raise NoGradients(
                "the file has no cost function, and its forward pass does not run on Tensors"
            )
        return float(np.sum(found))

    estimates = np.zeros(value.shape)
    step = 1e-6
    for entry in np.ndindex(value.shape):
        up, down = value.copy(), value.copy()
        up[entry] += step
        down[entry] -= step
        estimates[entry] = (cost(up) - cost(down)) / (2 * step)
    return estimates
