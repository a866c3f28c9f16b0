"""Judge the gradients of a person's program on one network."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

import autograd_mini as ag
from autograd_mini.check.diagnosis import Diagnosis
from autograd_mini.check.row import Row
from nets.homework.finding.anatomy import Anatomy
from nets.homework.finding.draws import Draw
from nets.homework.finding.keys import stored_at
from nets.homework.finding.programs import Program
from nets.homework.judging.ascent import with_direction
from nets.homework.judging.clipping import before_clipping, with_clipping
from nets.homework.judging.comparing import (
    changed_in_place,
    compared,
    is_named,
    numbered_by_layer,
    with_steps,
)
from nets.homework.judging.decay import explain_scaled_data_terms
from nets.homework.judging.elsewhere import with_forward_mistakes
from nets.homework.judging.fixes import in_their_words, under_key
from nets.homework.judging.inside import data_part, names_inside
from nets.homework.judging.lacking import with_lacking
from nets.homework.judging.otherwise import (
    meant_cost,
    with_meant_cost,
    with_other_cost,
    with_own_rate,
    without_guards,
)
from nets.homework.judging.repeating import with_sums_over_calls
from nets.homework.judging.slopes import with_helpers
from nets.homework.judging.terms import with_own_terms
from nets.homework.judging.trying import with_tried_lines
from nets.homework.judging.whereabouts import Step, before_scaling, step_behind, with_callers
from nets.homework.layouts.completing import BEYOND
from nets.homework.reading.source import Source
from nets.homework.results import Finding, GradientRow, Study
from nets.homework.running.gradients import Manual
from nets.homework.running.run import (
    Case,
    NoGradientsError,
    Plain,
    Recording,
    ResistsError,
    made_by_hand,
    run_plain,
    run_recorded,
)

__all__ = ["judge"]

_OF_DATA = ("scale", "sign", "wrong_cache", "transpose", "missing_activation_derivative")
"""Mistakes that concern a gradient before an L2 term is added to it."""
_STEP = 1e-6
"""Of finite differences."""


def judge(source: Source, program: Program, draw: Draw, about: Anatomy) -> Study:
    """Run a program on arrays and on Tensors, and compare.

    Raises
    ------
    NoGradientsError
        If backward made no gradient of a parameter that is recognised.
    Exception
        Whatever the person's code raises.
    """
    case = Case(source, program, draw, about)
    study, plain = _judged(case)
    return replace(study, ran=frozenset(each.line for each in plain.trace), case=case)


def _judged(case: Case) -> tuple[Study, Plain]:
    """Return the study of a case, and what happened on arrays."""
    source = case.source
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        plain = run_plain(case)
        given = made_by_hand(case, plain)
        manual: Mapping[str, Manual]
        manual, clipped = before_clipping(given, plain.trace, source)
        try:
            recording = run_recorded(case, plain, manual)
        except ResistsError as error:
            case.notes.append(
                f"the forward pass does not run on Tensors ({error}); the right gradients were "
                "computed by finite differences"
            )
            study = _by_differences(case, plain, manual)
            return with_lacking(case, plain, manual, None, with_clipping(study, clipped)), plain
        study = _compared(case, plain, manual, recording)
        manual, study = with_own_rate(_compared, case, plain, manual, recording, study)
        if not study.ok and not recording.of_layer:
            case, recording, study = with_other_cost(
                _compared, case, plain, manual, recording, study
            )
            study = without_guards(_compared, case, plain, manual, recording, study)
            study = with_meant_cost(_compared, case, plain, manual, recording, study)
            study = with_forward_mistakes(study, plain, recording, source)
        study = with_direction(
            case,
            plain,
            manual,
            study,
            steps=lambda: _compared(case, plain, manual, recording, deep=True),
            meant=lambda: meant_cost(_compared, case, plain, manual),
        )
        study = with_lacking(case, plain, manual, recording, with_clipping(study, clipped))
        return with_sums_over_calls(case, plain, manual, study), plain


def _compared(
    case: Case,
    plain: Plain,
    manual: Mapping[str, Manual],
    recording: Recording,
    deep: bool = False,
) -> Study:
    """Compare what backward returned; where something is wrong, or it is to be, its steps too."""
    known = {name: tensor.shape for name, (_, tensor, _) in recording.forward.items()}
    wanted = {*recording.tensors, *known, "A0", "X"} - changed_in_place(plain, recording)
    given = {name: each for name, each in manual.items() if name in wanted}
    comparison = compared(case, given, recording)
    where = {f"d{name}": each.line for name, each in given.items()}
    steps: Mapping[str, Manual] = {}
    if deep or not comparison.ok:
        steps, again = with_steps(case, plain, given, recording, known)
        where |= {f"d{name}": each.line for name, each in steps.items() if each.line is not None}
        if again is not None and (is_named(again) or not is_named(comparison)):
            comparison, given = again, {**steps, **numbered_by_layer(given, known)}
    explain_scaled_data_terms(comparison.rows, recording.tensors, case.draw.m)
    case.spelled = {f"d{name}": each.name for name, each in {**steps, **given}.items()}
    case.spelled |= {name: path for path, name in plain.names.items()}
    case.spelled |= {name: each[0] for name, each in recording.forward.items()}
    case.values = {f"d{name}": each.value for name, each in {**steps, **given}.items()}
    case.values |= {name: plain.values[path] for path, name in plain.names.items()}
    case.values |= {name: each[1].detach().numpy() for name, each in recording.forward.items()}
    case.trace = plain.trace
    rows = tuple(
        with_own_terms(_row(case, row, given, recording, where), case, plain, recording)
        for row in comparison.rows
    )
    due = {
        case.spelled.get(row.name, row.name): row.diagnosis.fix
        for row in comparison.rows
        if row.diagnosis is not None
    }
    rows = with_callers(with_tried_lines(rows, case, due), plain.trace)
    rows = before_scaling(with_helpers(rows, plain.trace), case.source, plain.trace)
    rows = tuple(replace(row, diagnosis=_spelled_out(case, row.diagnosis)) for row in rows)
    cost = case.name(str(case.program.cost))
    return Study(
        case.name(case.program.forward),
        f"assumed: {recording.assumed}" if recording.assumed else cost,
        case.name(case.program.backward),
        rows,
        (*case.notes, *comparison.notes),
        comparison=comparison,
    )


# -- in the person's terms -------------------------------------------------------------------------


def _row(
    case: Case,
    row: Row,
    manual: Mapping[str, Manual],
    recording: Recording,
    where: Mapping[str, int | None],
) -> GradientRow:
    """Return a row under the person's names; `where` has the line that makes each gradient."""
    key = row.name.removeprefix("d")
    mine = manual.get(key)
    line = mine.line if mine is not None else None
    verdict: Any = row.verdict
    return GradientRow(
        mine.name if mine is not None else row.name,
        recording.forward[key][0] if key in recording.forward else row.wrt,
        tuple(row.shape),
        float(row.max_abs_error),
        float(row.rel_error),
        verdict,
        line,
        case.source.cell(line),
        _finding(case, row, line, recording, where) if row.diagnosis is not None else None,
        row.inherited,
        row.manual,
        row.automatic,
        row.numerical,
        row.worst,
    )


def _finding(
    case: Case,
    row: Row,
    line: int | None,
    recording: Recording,
    where: Mapping[str, int | None],
) -> Finding | None:
    """Return what is wrong, at the line that is to change."""
    if row.diagnosis is None:
        return None
    if row.verdict == "unchecked" and row.automatic is None:
        wanted = row.name.removeprefix("d")
        reason = f"Not checked: the cost depends on nothing that forward calls {wanted}."
        return Finding("other", reason, line)
    found, others = _in_known_names(case, row.diagnosis)
    at = where.get(found.target, line) if row.verdict == "wrong" else line
    if found.code == "forward_bug":
        at = _forward_line(found, recording)
    made = row.manual
    step = _behind(case, row, found, where, at, recording)
    if step is not None:
        said = f"{found.message} It shows in line {step.shown}; look at what makes `{step.name}`."
        found, at = replace(found, message=said), step.line
    if found.code in _OF_DATA and not row.inherited and row.wrt in case.values:
        part = data_part(row.manual, case.values[row.wrt], case.trace)
        made, at = (part.value, part.line) if part is not None else (made, at)
    if found.facts.holds and not row.inherited:
        return _under_its_key(case, row, found, at if at is not None else line)
    spelled = case.spelled | names_inside(at, made, case.values, case.spelled, case.trace)
    alternatives = tuple(
        Finding(each.code, each.message, at, in_their_words(each.fix, at, case.source, spelled))
        for each in others
    )
    at = at if at is not None else line
    own = in_their_words(found.fix, at, case.source, spelled)
    sayable = not found.target or found.target.isidentifier()  # not "the gradient of add(…)"
    fix = _fed(case, found, at, recording) or (own if sayable else "")
    return Finding(found.code, found.message, at, fix, alternatives, found.facts)


_USUAL = re.compile(r"d([WwbBZzAaXY]\d*|AL)")
"""What everybody calls gradients."""


def _spelled_out(case: Case, found: Finding | None) -> Finding | None:
    """Return a finding with gradients as the person spells them: ``grad_h_relu`` for dh_relu."""
    if found is None:
        return None
    own = {
        name: spelled
        for name, spelled in case.spelled.items()
        if name.startswith("d") and name.isidentifier() and not _USUAL.fullmatch(name)
        if not re.search(rf"\b{name}\b", case.source.text)
    }
    if not own:
        return found
    names = re.compile(rf"\b({'|'.join(map(re.escape, own))})\b")
    message, fix = (names.sub(lambda n: own[n[1]], each) for each in (found.message, found.fix))
    return replace(found, message=message, fix=fix)


def _behind(
    case: Case,
    row: Row,
    found: Diagnosis,
    where: Mapping[str, int | None],
    line: int | None,
    recording: Recording,
) -> Step | None:
    """Return the step before a gradient where that is what is wrong, and no row is about it."""
    target = found.target or next(iter(found.facts.at), "")
    step = re.fullmatch(r"d[AZ]\d*", target) is not None or not (target or "_").isidentifier()
    of_step = step and target not in where
    of_parameter = row.name.removeprefix("d") in recording.tensors
    if row.verdict != "wrong" or row.inherited or not of_step or not of_parameter:
        return None
    start = target[2:] == str(recording.depth)
    # A layer is handed dZ: the line of a dA, or of a derivative left out, is before that.
    handed = start or (target[:2] == "dZ" and found.code == "wrong_activation_derivative")
    return step_behind(line, row.manual, case.source, case.trace, handed=handed)


def _under_its_key(case: Case, row: Row, found: Diagnosis, line: int | None) -> Finding:
    """Return a finding about a key at the line that stores something under it."""
    backward = case.program.backward.removeprefix("::")
    name, wanted = case.spelled.get(row.name, row.name), found.facts.holds
    stored = stored_at(case.source, backward, name, wanted, line)
    fix = ""
    if stored is not None and _ran(case, stored.line):
        line, fix = stored.line, stored.fix
    moved = "" if found.facts.twice else under_key(wanted, line, case.source)
    fix = fix or moved or found.fix
    return Finding(found.code, found.message, line, fix, facts=found.facts)


def _ran(case: Case, line: int) -> bool:
    """Return whether a line is in a function that ran in backward: not where W is made."""
    ran = {case.program.backward.removeprefix("::"), *(each.function for each in case.trace)}
    return any(
        isinstance(node, ast.FunctionDef) and node.name in ran
        for node in ast.walk(case.source.tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    )


def _fed(case: Case, found: Diagnosis, line: int | None, recording: Recording) -> str:
    """Return the line of forward with what is to be fed in, where something else is."""
    text, facts = case.source.line(line), found.facts
    if not (facts.fed and text):
        return ""
    old, new = (
        recording.forward[name][0] if name in recording.forward else name
        for name in (facts.fed, facts.due)
    )
    changed, count = re.subn(rf"(?<![\w.]){re.escape(old)}(?!\w)", lambda _: new, text)
    return changed if count == 1 else ""


def _in_known_names(case: Case, found: Diagnosis) -> tuple[Diagnosis, tuple[Diagnosis, ...]]:
    """Return a finding and the others that fit, without those about steps that are not theirs.

    Who writes ``dZ2 = A2 - Y`` has no dA2 that could be wrong.
    """
    names = {node.id for node in ast.walk(case.source.tree) if isinstance(node, ast.Name)}
    steps = re.compile(r"\bd[AZ]\d+\b")
    if not any(steps.fullmatch(name) for name in names):
        return found, found.alternatives  # theirs have no numbers: they may be any
    every = (found, *found.alternatives)
    theirs = [
        each
        for each in every
        if all(
            name in names or not steps.fullmatch(name)
            for name in (*each.facts.at, *each.facts.made_from)
        )
    ]
    if not theirs:
        return found, found.alternatives
    return theirs[0], tuple(theirs[1:])


def _forward_line(found: Diagnosis, recording: Recording) -> int | None:
    """Return the line of the forward step that a finding is about."""
    made = recording.forward.get(found.facts.forward)
    return made[2] if made is not None and made[2] < BEYOND else None


def _by_differences(case: Case, plain: Plain, manual: Mapping[str, Manual]) -> Study:
    """Compare with finite differences of the person's own cost."""
    right = {
        f"d{plain.names[path]}": _differences(case, plain, path, np.array(value, dtype=float))
        for path, value in plain.values.items()
    }
    given = {f"d{name}": each.value for name, each in manual.items() if f"d{name}" in right}
    comparison = ag.compare(given, right, rtol=1e-5, atol=1e-7)
    nothing = Recording(ag.tensor(0.0), {}, {})
    return Study(
        case.name(case.program.forward),
        case.name(str(case.program.cost)),
        case.name(case.program.backward),
        tuple(_row(case, row, manual, nothing, {}) for row in comparison.rows),
        (*case.notes, *comparison.notes),
    )


def _differences(case: Case, plain: Plain, path: str, value: Any) -> Any:
    """Return central differences of the person's cost by one parameter."""
    session = case.session()

    def cost(moved: Any) -> float:
        for place in session.places:
            before = plain.values[place.path]
            place.value = np.array(before) if np.ndim(before) else before
            if place.path == path:
                place.value = moved.copy() if np.ndim(moved) else float(moved)
        found = session.cost(session.forward())
        if found is None:
            raise NoGradientsError(
                "the file has no cost function, and its forward pass does not run on Tensors: "
                "say which computes the cost with --cost NAME"
            )
        return float(np.sum(found))

    estimates = np.zeros(value.shape)
    for entry in np.ndindex(value.shape):
        up, down = value.copy(), value.copy()
        up[entry] += _STEP
        down[entry] -= _STEP
        estimates[entry] = (cost(up) - cost(down)) / (2 * _STEP)
    return estimates
