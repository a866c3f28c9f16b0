"""Judge networks that leave the number of their outputs open with more than one."""

from __future__ import annotations

from dataclasses import replace

from nets.homework.finding.anatomy import Anatomy
from nets.homework.finding.draws import Draw
from nets.homework.finding.guesses import GuessError
from nets.homework.finding.programs import Program
from nets.homework.judging.judge import judge
from nets.homework.judging.outputs import is_binary, said_outputs, takes_several
from nets.homework.reading.source import Source
from nets.homework.results import Study

__all__ = ["RIGHT_FOR_ONE", "SeveralError", "judged_with_several"]

RIGHT_FOR_ONE = "right for one output"
"""Begins the note on what would be wrong with several."""


class SeveralError(Exception):
    """Backward raises with several outputs, which the file's own network has: see its cause."""


def judged_with_several(
    source: Source, written: Source, program: Program, draws: tuple[Draw, Draw], about: Anatomy
) -> Study:
    """Judge a program with several outputs where it is meant for them, else with one.

    Parameters
    ----------
    source, written : Source
        The file as it is run, and as it was read.
    program : Program
    draws : tuple of Draw
        With one output, and with several.
    about : Anatomy

    Raises
    ------
    SeveralError
        If the person's code raises with as many outputs as it has by itself.
    """
    one, several = draws
    said = said_outputs(source, written, program, about)
    if said == 1 or not takes_several(source, program, several, about):
        return judge(source, program, one, about)
    try:
        study = judge(source, program, several, about)
    except (GuessError, KeyboardInterrupt):
        return judge(source, program, one, about)
    except (Exception, SystemExit) as error:
        if said is not None:
            raise SeveralError from error
        reason = f"{program.backward} would raise {type(error).__name__}"
        return _right_for_one(judge(source, program, one, about), several, reason)
    if said is not None:
        return study
    if study.ok and any(row.verdict == "convention" for row in study.rows):
        return judge(source, program, one, about)  # what a mean is over is of no account with one
    if study.ok:
        return study
    if _may_be_of_another_cost(study):
        alone = judge(source, program, one, about)
        if not alone.ok and _wrong(alone) < _wrong(study):
            return alone  # what is right with one output is not accused for the guess
    if not is_binary(source, program, study.cost):
        return study
    wrong = [row for row in study.rows if row.verdict == "wrong"]
    first = next((row for row in wrong if not row.inherited), wrong[0] if wrong else None)
    if first is None:
        return judge(source, program, one, about)
    at = f" (line {first.line})" if first.line is not None else ""
    reason = f"{first.name}{at} would be wrong"
    return _right_for_one(judge(source, program, one, about), several, reason)


def _may_be_of_another_cost(study: Study) -> bool:
    """Return whether the cost is a guess that fits none of the gradients: all follow from it."""
    return study.cost.startswith("assumed") and all(row.verdict != "ok" for row in study.rows)


def _wrong(study: Study) -> set[str]:
    """Return the names of what is wrong."""
    return {row.name for row in study.rows if row.verdict == "wrong"}


def _right_for_one(study: Study, several: Draw, reason: str) -> Study:
    """Say what holds of one output only, of which nothing in the file says that there is one."""
    if not study.ok:
        return study
    note = f"{RIGHT_FOR_ONE}; with {several.sizes[-1]} outputs, {reason}"
    return replace(study, notes=(*study.notes, note))
