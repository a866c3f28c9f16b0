"""Examine one file in this process: read, find, run on several draws, judge, or say why not."""

from __future__ import annotations

import ast
import re
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nets.homework.drawing import drawing
from nets.homework.finding.anatomy import Anatomy, anatomy
from nets.homework.finding.calls import UnboundError
from nets.homework.finding.draws import ALONE, DRAWS, MOST, Draw, draw_of
from nets.homework.finding.examples import (
    ONE_EXAMPLE,
    adds_inputs,
    counts_examples,
    is_one_neuron,
    makes_a_vector,
    picks_vectors,
    takes_one_example,
)
from nets.homework.finding.guesses import GuessError, handed_gradient, handed_gradients
from nets.homework.finding.options import Options, other_branches, own_options
from nets.homework.finding.parameters import is_bias
from nets.homework.finding.programs import NotFoundError, Program, find_programs
from nets.homework.finding.reach import every_method, own_functions, with_callees
from nets.homework.finding.undefined import undefined
from nets.homework.judging.across import explained
from nets.homework.judging.certain import certain
from nets.homework.judging.edits import with_edits
from nets.homework.judging.failures import failed
from nets.homework.judging.judge import judge
from nets.homework.judging.several import RIGHT_FOR_ONE, SeveralError, judged_with_several
from nets.homework.judging.unfit import unfit
from nets.homework.judging.unseen import unseen
from nets.homework.judging.zeros import idle, nothing_but_zeros, without_zeros
from nets.homework.layouts.apart import with_one_backward
from nets.homework.layouts.completing import completed
from nets.homework.layouts.inherited import with_inherited
from nets.homework.layouts.layered import with_layers
from nets.homework.layouts.loops import with_loops
from nets.homework.layouts.named_layers import with_named_layers
from nets.homework.layouts.nested import with_nested
from nets.homework.layouts.rounds import with_one_round
from nets.homework.layouts.statements import with_statements
from nets.homework.layouts.unrolled import with_unrolled
from nets.homework.reading.cells import with_cells
from nets.homework.reading.data import DataError
from nets.homework.reading.load import load
from nets.homework.reading.names import role_of
from nets.homework.reading.source import Source, SourceError, read
from nets.homework.reading.standins import MissingError
from nets.homework.results import Examination, Failure, Study
from nets.homework.running.run import NoGradientsError
from nets.homework.running.session import Session

__all__ = ["Request", "inspect"]


_OVER_ROWS = r"axis=0|\b(sum|mean)\(0\)|\.shape\[0\]"
"""What shows that a layer has examples in rows."""


@dataclass(frozen=True)
class Request:
    """What is asked of a file.

    Attributes
    ----------
    path : str
    forward, cost, backward, init : str or None
        Names of functions, where a person states them.
    data : str or None
        An ``.npz`` file with ``X`` and ``Y``.
    layers : tuple of int or None
    seed : int
    drawn : bool
        Whether the graph is wanted.
    """

    path: str
    forward: str | None = None
    cost: str | None = None
    backward: str | None = None
    init: str | None = None
    data: str | None = None
    layers: tuple[int, ...] | None = None
    seed: int = 0
    drawn: bool = False


def inspect(request: Request) -> Examination:
    """Examine a file in this process, running its definitions; see ``nets.homework.examine``."""
    began = time.perf_counter()
    path = Path(request.path)
    text = ""
    try:
        source = written = read(path)
        text = source.text
        source, added = completed(source)
        source = _with_functions(source)
        programs = find_programs(
            source,
            forward=request.forward,
            cost=request.cost,
            backward=request.backward,
            init=request.init,
        )
    except SourceError as error:
        unread = Failure("SyntaxError", str(error), error.line, theirs=error.line is not None)
        seconds = time.perf_counter() - began
        return with_cells(Examination(request.path, (), unread, error.text, seconds), error.cells)
    except NotFoundError as error:
        unknown = Failure("NotFound", str(error), theirs=False)
        return Examination(request.path, (), unknown, text, time.perf_counter() - began)
    studies: list[Study] = []
    failures: list[tuple[Program, Failure]] = []
    own = [program for program in programs if program.backward not in added]
    for program in own or programs:
        try:
            study, failure = _study(source, written, program, request)
        except DataError as error:
            study, failure = None, Failure("Data", str(error), theirs=False)
        if study is not None and added:
            study = _with_note(study, added)
        if study is not None:
            lacking = undefined(written.tree, _as_written(written, program))
            study = replace(study, notes=(*source.notes, *study.notes, *lacking))
        if study is not None:
            studies.append(study)
        elif failure is not None:
            failures.append((program, failure))
    # Beside other networks only what no arguments would have avoided counts: the rest is told of.
    serious = [each for _, each in failures if each.certain or not studies]
    failure = min(serious, key=lambda each: not each.theirs, default=None)
    told = [_unexamined(program, each) for program, each in failures if each is not failure]
    if studies:
        if failure is None and request.backward is None:
            told += unseen(written, frozenset().union(*(each.ran for each in studies)))
        studies[-1] = replace(studies[-1], notes=(*studies[-1].notes, *told))
    seconds = time.perf_counter() - began
    found = Examination(request.path, tuple(studies), failure, text, seconds)
    return with_cells(found, source.cells)


def _with_functions(source: Source) -> Source:
    """Return a file with functions made of lines that stand in loops."""
    source = with_named_layers(with_layers(with_loops(with_nested(with_unrolled(source)))))
    source = with_statements(source)
    return with_inherited(with_one_round(with_one_backward(source)))


def _as_written(source: Source, program: Program) -> list[ast.AST]:
    """Return the functions of a program that the file has, and those of it that they call."""
    names = [each for each in (program.forward, program.cost, program.backward) if each]
    if program.owner and all(each.name != program.owner for each in source.classes()):
        return []
    return with_callees([name.removeprefix("::") for name in names], own_functions(source, program))


def _with_note(study: Study, added: Sequence[str]) -> Study:
    """Say what was not in the file; what the file was judged by is then assumed."""
    note = f"not in the file, so the usual one was used: {', '.join(added)}"
    kind = "categorical" if study.cost == "cross_entropy_error" else "binary"
    cost = f"assumed: {kind} cross-entropy, mean over m" if study.cost in added else study.cost
    return replace(study, cost=cost, notes=(*study.notes, note))


def _unexamined(program: Program, failure: Failure) -> str:
    """Say why a backward function beside others was not examined."""
    at = f" in line {failure.line}" if failure.line is not None else ""
    kind = f"{failure.type}{at}: " if failure.line is not None else ""
    reason = failure.message.removeprefix(f"{_name(program)}: ")
    return f"{_name(program).removeprefix('::')} was not examined: {kind}{reason}"


def _study(
    source: Source, written: Source, program: Program, request: Request
) -> tuple[Study | None, Failure | None]:
    """Judge one program in every way that its file calls it, and keep what shows most."""
    ways = own_options(source, written, program)
    study, failure = _study_of(source, written, program, request, ways[0])
    if study is None:
        return None, failure
    notes: list[str] = []
    for options in ways[1:]:
        other, reason = _study_of(source, written, program, request, options)
        if other is None and reason is not None:
            if reason.certain and reason.theirs:
                return None, reason
            at = f" in line {reason.line}" if reason.line is not None else ""
            notes.append(f"with {options} it was not examined: {reason.type}{at}: {reason.message}")
        elif other is not None and _shown(other) > _shown(study):
            study = replace(other, notes=(*other.notes, f"judged with {options}"))
    for branch, line in other_branches(source, program, ways).items():
        notes.append(f"not examined: what is done where {branch} (line {line})")
    return replace(study, notes=(*study.notes, *notes)), None


def _study_of(
    source: Source, written: Source, program: Program, request: Request, options: Options
) -> tuple[Study | None, Failure | None]:
    """Judge one program on every draw, and keep the draw that shows most."""
    found: list[Study] = []
    examples: list[int] = []
    failure: Failure | None = None
    guessed: Failure | None = None
    stopped = False  # by an error in backward: forward has shown that the layout is right
    for about in _layouts(source, program):
        for plain in _draws(source, program, about, request, found):
            draws = tuple(replace(e, named={**options.values, **e.named}) for e in plain)
            try:
                found.append(_judged(source, written, program, draws, about))
                examples.append(draws[0].m)
            except SeveralError as error:
                return None, _surest(None, source, written, error.__cause__ or error)
            except GuessError as error:
                if (cause := error.__cause__) is not None and certain(written, cause):
                    failure = _surest(failure, source, written, cause)
                guessed = guessed or Failure("Data", str(error), theirs=False)
            except (UnboundError, NoGradientsError, MissingError) as error:
                if failure is None or not failure.certain:  # of a layout that got further
                    failure = Failure("NotFound", f"{_name(program)}: {error}", theirs=False)
            except (KeyboardInterrupt, DataError):
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001 - theirs, whatever it is
                guessed = guessed or unfit(source, program, error)
                stopped = stopped or _reached_backward(program, error)
                own = stopped and _is_handed_all(source, program)
                failure = _surest(failure, source, written, error, own=own)
        if found or stopped:
            break  # of one layout only: what others make of the same code is another network
    if not found:
        sure = failure if failure is not None and failure.certain else None
        return None, sure or guessed or failure
    best = max(explained(found, examples), key=_shown)
    if nothing_but_zeros(best) and all(map(nothing_but_zeros, found)):
        reason = f"all gradients of {_name(program)} are zero on the data made up here"
        return None, Failure("Data", f"{reason}: --data FILE.npz gives other data", theirs=False)
    best = with_edits(without_zeros(best, found))
    graph = drawing(best.comparison) if request.drawn else ""
    limits = [note for each in found for note in each.notes if note.startswith(RIGHT_FOR_ONE)]
    limits = limits if best.ok else []
    counted = counts_examples(source, program) or is_one_neuron(source, program)
    if set(examples) == {1} and counted:
        limits.append(ONE_EXAMPLE)
    notes = tuple(dict.fromkeys((*best.notes, *limits)))
    return replace(best, notes=notes, graph=graph, comparison=None, case=None), None


def _judged(
    source: Source, written: Source, program: Program, draws: tuple[Draw, ...], about: Anatomy
) -> Study:
    """Judge a program on a draw, or on one of two: with one output, and with several."""
    if len(draws) == 1:
        return judge(source, program, draws[0], about)
    return judged_with_several(source, written, program, (draws[0], draws[1]), about)


def _surest(
    before: Failure | None,
    source: Source,
    written: Source,
    error: BaseException,
    *,
    own: bool = False,
) -> Failure:
    """Return the first failure, unless another one can only be the person's `own`."""
    made = replace(failed(source, error), certain=own or certain(written, error))
    surer = made.certain and made.theirs and not (before is not None and before.certain)
    return made if before is None or surer else before


def _reached_backward(program: Program, error: BaseException) -> bool:
    """Return whether an error was raised in backward, or in what that calls."""
    names = [frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)]
    return program.forward != program.backward and program.backward in names


def _is_handed_all(source: Source, program: Program) -> bool:
    """Return whether backward is handed gradients, and what forward kept, and nothing made up."""
    backward = own_functions(source, program).get(program.backward)
    if backward is None or program.cost is not None:
        return False
    handed = handed_gradients(backward)
    rest = [each.arg for each in backward.args.args if each.arg not in handed]
    return bool(handed) and [role_of(each) for each in rest] == ["cache"]


def _shown(study: Study) -> tuple[int, ...]:
    """Return how much a study shows: wrong gradients, those explained, factors, right ones."""
    wrong = [row for row in study.rows if row.verdict == "wrong"]
    named = [row for row in wrong if row.diagnosis and row.diagnosis.code != "other"]
    factors = [row for row in study.rows if row.verdict == "convention"]
    right = [row for row in study.rows if row.verdict == "ok"]
    return len(wrong), len(named), len(factors), len(right)


def _layouts(source: Source, program: Program) -> list[Anatomy]:
    """Return what the networks may look like: the likeliest first, then the others."""
    about = _about(source, program)
    if program.owner and _keeps_a_vector(source, program, about):
        about = replace(about, vector=True)
    other = replace(about, columns=not about.columns)
    vectors = []
    if is_one_neuron(source, program):
        number = about.number and not adds_inputs(source, program)
        vectors = [replace(about, columns=False, single=True, vector=True, number=number)]
    elif takes_one_example(source, program) and picks_vectors(source, program):
        vectors = [replace(about, single=True)]
    return [
        *vectors,
        about,
        replace(about, bare_bias=True),
        other,
        replace(about, softmax=not about.softmax),
        replace(about, integers=not about.integers),
        replace(other, softmax=not other.softmax),
        replace(about, transposed=not about.transposed),
    ]


def _draws(
    source: Source, program: Program, about: Anatomy, request: Request, found: Sequence[Study]
) -> Iterator[tuple[Draw, ...]]:
    """Yield networks and data of one layout; one with several outputs too, if that is open.

    There are more where those before show too little: one example alone, or units that are off.
    """
    own = [request.layers] * DRAWS
    if request.layers is None:
        own = [_own_sizes(source, program, about, request, k) for k in range(DRAWS)]
    fixed = own[0] is not None and len(set(own)) == 1
    alone = not about.tokens and takes_one_example(source, program)
    given = Path(request.data) if request.data and not alone else None
    for number in range(MOST):
        if number >= (ALONE if alone else DRAWS) and not idle(found):
            return
        layers = own[number % DRAWS]
        draw = draw_of(
            about,
            number,
            layers=layers,
            data=given,
            fixed=fixed,
            seed=request.seed,
            examples=1 if alone else None,
        )
        if given is not None:
            yield (draw,)
            return
        free = not fixed and draw.sizes[-1] == 1 and not (about.vector or about.tokens)
        if not free or number != DRAWS - 1:
            yield (draw,)
            continue
        several = draw_of(
            about,
            number,
            layers=_own_sizes(source, program, about, request, number, several=True),
            seed=request.seed,
            examples=1 if alone else None,
            several=True,
        )
        yield draw, several


def _own_sizes(
    source: Source,
    program: Program,
    about: Anatomy,
    request: Request,
    number: int,
    *,
    several: bool = False,
) -> tuple[int, ...] | None:
    """Return the sizes that the file itself makes of those of a draw; None where it takes them."""
    draw = draw_of(about, number, seed=request.seed, several=several)
    try:
        sizes = Session(source, load(source), program, draw, about).sizes()
    except Exception:  # noqa: BLE001 - judging runs into it again, and says what it is
        return None
    return sizes if sizes is not None and sizes != draw.sizes else None


def _keeps_a_vector(source: Source, program: Program, about: Anatomy) -> bool:
    """Return whether the weights that an object holds are one vector, which labels go with."""
    try:
        kept = Session(source, load(source), program, draw_of(about, 0), about).places
    except Exception:  # noqa: BLE001 - judging runs into it again, and says what it is
        return False
    return [np.ndim(each.value) for each in kept if not is_bias(each.path)] == [1]


def _about(source: Source, program: Program) -> Anatomy:
    known = own_functions(source, program)
    others = every_method(source)
    forward = with_callees([program.forward], known, others)
    names = [name.removeprefix("::") for name in (program.cost, program.backward) if name]
    labelled = with_callees(names, known, others)
    found = anatomy(forward, labelled)
    backward = known.get(program.backward.removeprefix("::"))
    if program.cost is None and backward is not None and handed_gradient(backward):
        text = " ".join(ast.unparse(each) for each in (*forward, *labelled))
        columns = found.columns and not re.search(_OVER_ROWS, text)
        found = replace(found, columns=columns, softmax=True)  # several outputs hide less
    if program.owner:
        return replace(found, vector=False, number=False)
    one = found.depth == 1 and program.forward in known
    return replace(
        found, vector=found.vector or (one and makes_a_vector(source, known[program.forward]))
    )


def _name(program: Program) -> str:
    return f"{program.owner}.{program.backward}" if program.owner else program.backward
