"""A person's own function, ``FILE.py:function``, recorded with example arguments."""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import click
import numpy as np

import autograd_mini as ag
from nets.cli.arguments import (
    by_default,
    chosen_by,
    given_in,
    is_recorded,
    named_leaves,
    tensors_of,
)
from nets.cli.examples import examples
from nets.cli.problems import BadInput, suggestion
from nets.homework.reading.source import SourceError, read
from nets.homework.reading.standins import run_definitions

__all__ = ["Recording", "is_function", "of_a_function", "recorded"]

F = TypeVar("F", bound=Callable[..., Any])

_NO_FLOATS = "no argument is a float to differentiate by: write 1.0 rather than 1"


def of_a_function(command: F) -> F:
    """Give a command the options of ``FILE.py:function``."""
    for option in (
        click.option(
            "--wrt", metavar="NAME,…",
            help="Arguments to differentiate by; if not given, those with names of parameters "
            "(w, W1, b, theta, …) where there are others beside them, else all.",
        ),
        click.option(
            "--args", "arguments", metavar="EXPRESSION|FILE.npz",
            help="Example arguments of the function, such as '(np.ones((3, 2)), 2.0)'.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def is_function(target: str) -> bool:
    """Return whether an argument reads like ``FILE.py:function``."""
    return ".py:" in target or ".ipynb:" in target


@dataclass
class Recording:
    """A function that ran on tensors.

    Attributes
    ----------
    result : Tensor
    names : list of str
        Of its arguments.
    wrt : dict of str to Tensor
        Those to differentiate by.
    made_up : dict of str to tuple
        Shapes of the arguments that nobody gave.
    chosen : bool
        Whether `wrt` was chosen here.
    branch : str or None
        Where what it does depends on values, if it does: with others it may do something else.
    """

    result: ag.Tensor
    names: list[str]
    wrt: dict[str, ag.Tensor]
    made_up: dict[str, tuple[int, ...]]
    chosen: bool
    branch: str | None

    def told(self) -> list[str]:
        """Return what the person should know about the example."""
        lines = []
        if self.made_up:
            shapes = ", ".join(f"{name} {_shape_text(n)}" for name, n in self.made_up.items())
            lines.append(f"Example arguments made up: {shapes}; --args gives others.")
        if self.chosen:
            lines.append(f"Differentiated by {', '.join(self.wrt)}; --wrt chooses others.")
        if self.branch is not None:
            lines.append(
                f"What runs depends on values{self.branch}. Shown is what runs with the example "
                "arguments; others may take another branch."
            )
        return lines


def _shape_text(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})" if shape else "a number"


def recorded(
    target: str,
    arguments: str | None,
    seed: int,
    wrt: str | None = None,
    *,
    whole: bool = False,
) -> Recording:
    """Run a function of a file on tensors, and return its recorded result.

    What it prints goes to standard error, and so does what the person should know.

    Parameters
    ----------
    target : str
        ``FILE.py:function``; the definitions in the file are executed.
    arguments : str or None
        A Python expression, or an ``.npz`` file with an array for each argument; found by trying
        if not given.
    seed : int
        Of example arguments.
    wrt : str, optional
        Which arguments to differentiate by, with commas between, the others being data; if not
        given, those that are named like parameters, where there are others.
    whole : bool
        Whether what is done to data is recorded too, so that formulas can say it.

    Raises
    ------
    BadInput
        If there is no such function, or it does not run on the arguments.
    """
    with redirect_stdout(sys.stderr):
        by = wrt.split(",") if wrt else None
        found = _likeliest(_recordings(target, arguments, seed, by, whole))
    for line in found.told():
        click.echo(line, err=True)
    return found


def _likeliest(found: Iterator[Recording]) -> Recording:
    """Return the first recording, or where that says little the first of one number."""
    first = next(found)
    if first.result.shape != () and _is_blind(list(first.made_up.values())):
        with suppress(BadInput):  # no other example runs, or is a number
            return next(each for each in found if each.result.shape == ())
    return first


def _recordings(
    target: str, arguments: str | None, seed: int, wrt: Sequence[str] | None, whole: bool
) -> Iterator[Recording]:
    """Yield what a function does with the arguments given, or with each example that it runs on.

    Raises
    ------
    BadInput
        After the last of them.
    """
    file, _, name = target.rpartition(":")
    function = _loaded(Path(file), name)
    parameters = [
        each
        for each in _signature(function, target).parameters.values()
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    names = [each.name for each in parameters]
    if not names:
        raise BadInput(
            f"{target} takes no positional arguments: there is nothing to differentiate by"
        )
    given_dict = arguments is not None and "{" in arguments  # whose keys are names as well
    for each in wrt or ():
        if each not in names and not given_dict:
            raise BadInput(f"{target} has no argument {each!r}{suggestion(each, names)}")
    chosen = wrt is None
    free = [each.name for each in parameters if each.default is each.empty or arguments]
    wrt = by_default(free) if wrt is None else wrt
    if arguments is None:
        given = examples(parameters, seed)
    else:
        values = given_in(arguments, names)
        if len(values) > len(names):
            raise BadInput(f"{target} takes {len(names)} arguments, --args gives {len(values)}")
        given = iter([values])
    problem: BaseException | None = None
    for values in given:
        by = chosen_by(values, parameters, wrt)
        tensors = [
            tensors_of(value, each.name, by, whole=whole)
            for value, each in zip(values, parameters, strict=False)
        ]
        own = [
            name
            for each, t in zip(parameters, tensors, strict=False)
            for name, _ in named_leaves(t, each.name)
        ]
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings(), _named_locals(function, own):
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", ag.GradientLostWarning)
                result = function(*tensors)
        except ag.GradientLostWarning as lost:  # a term of the formulas would be missing
            what, _, _ = str(lost).partition(" Write ")
            raise BadInput(
                f"{target}: {what} Leave float() out, write np.sin for math.sin and the like, and "
                "x.item() where the value alone is meant, as to print it"
            ) from lost
        except (Exception, SystemExit) as error:  # noqa: BLE001 - theirs; other arguments may do
            problem = _likelier(problem, error)
            continue
        if isinstance(result, ag.Tensor) and result.requires_grad:
            if result.name is None:
                result.name = name if "J" in names else "J"
            inputs = dict(
                pair
                for each, given in zip(parameters, tensors, strict=False)
                for pair in named_leaves(given, each.name)
                if each.name in by or pair[0] in by
            )
            targets = {n: t for n, t in inputs.items() if is_recorded(t)}
            if not targets:
                raise BadInput(f"{target}: nothing called {' or '.join(by)} is a float argument")
            made_up = {
                each.name: np.shape(value)
                for each, value in zip(parameters, values, strict=False)
                if arguments is None and value is not each.default
            }
            yield Recording(
                result, names, targets, made_up, chosen and wrt is not None,
                branch=_branch(function, values),
            )  # fmt: skip
            continue
        given_floats = any(is_recorded(t) for each in tensors for _, t in named_leaves(each, ""))
        unusable = _UnusableError(_kind(result)) if given_floats else TypeError(_NO_FLOATS)
        problem = _likelier(problem, unusable)
    if isinstance(problem, _UnusableError):
        raise BadInput(f"{target} returns {problem}")
    wanted = arguments is None and names
    hint = '; give some with --args "(np.ones((3, 2)), 2.0)"' if wanted else ""
    raise BadInput(f"{target} does not run on example arguments: {_first_line(problem)}{hint}")


def _is_blind(shapes: Sequence[tuple[int, ...]]) -> bool:
    """Return whether all arguments are matrices of one shape, where some may be meant as vectors.

    ``w @ Sigma @ w`` runs on them, and is no number.
    """
    return len(shapes) > 1 and len(set(shapes)) == 1 and len(shapes[0]) == 2


def _branch(function: Callable[..., Any], values: Sequence[Any]) -> str | None:
    """Return where a function looks at values to decide what to do; None if it does not."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            ag.trace(function, *values)
    except ag.DataDependentError as error:
        place = re.search(r"\(([^()]*):(\d+)\)$", str(error))
        return f" ({Path(place[1]).name}, line {place[2]})" if place else ""
    except (Exception, SystemExit):  # noqa: BLE001 - it ran on tensors, which is what counts
        return None
    return None


class _UnusableError(TypeError):
    """A function returns what has no gradient; the message says what."""


def _signature(function: Callable[..., Any], target: str) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError) as error:
        raise BadInput(f"{target}: nothing is known about its arguments") from error


def _likelier(before: BaseException | None, error: BaseException) -> BaseException:
    """Return which of two problems says more: shapes that do not fit are no fault of theirs."""
    guess = isinstance(before, (ValueError, IndexError)) and not isinstance(
        error, (ValueError, IndexError)
    )
    return error if before is None or guess else before


def _kind(result: Any) -> str:
    if isinstance(result, ag.Tensor):
        return "a tensor that does not depend on its arguments"
    kind = type(result).__name__
    if isinstance(result, (float, int, np.generic, np.ndarray)):
        return (
            f"a {kind}, of which nothing is recorded: it must be made of the arguments, without "
            "float() and .item()"
        )
    what = "None" if result is None else f"a {kind}"
    return f"{what}: it must return one number or array, the cost alone"


def _first_line(problem: BaseException | None) -> str:
    if isinstance(problem, SystemExit):
        return "it ends the program"
    if isinstance(problem, RecursionError):
        return "it calls itself without end"
    lines = str(problem).strip().splitlines()
    kind = type(problem).__name__
    if isinstance(problem, KeyError):  # which says the key alone
        return f"{kind}: {problem}"
    return lines[0] if lines else kind


@contextmanager
def _named_locals(function: Callable[..., Any], own: Iterable[str]) -> Iterator[None]:
    """Call recorded tensors what the variables of the function are called that hold them.

    Names of inputs are their `own`: what is assigned to one of them is another value.
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    named = set(own)

    def returned(frame: FrameType, event: str, _: Any) -> None:
        if event != "return" or code is None or frame.f_code.co_filename != code.co_filename:
            return
        for name, value in frame.f_locals.items():
            if is_recorded(value) and value.name is None and name not in named:
                value.name = name
                named.add(name)

    before = sys.getprofile()
    sys.setprofile(returned)
    try:
        yield
    finally:
        sys.setprofile(before)


def _loaded(path: Path, name: str) -> Callable[..., Any]:
    try:
        source = read(path)
    except SourceError as error:
        line = f"line {error.line}: " if error.line else ""
        raise BadInput(f"{path}: {line}{error}") from error
    click.echo(f"Executing the definitions in {path}.", err=True)
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    run_definitions(source.tree, str(path), names)
    function = names.get(name)
    if isinstance(names.get(name.partition(".")[0]), type):
        raise BadInput(f"{path}:{name}: a function is needed here; write one that calls the method")
    if not callable(function):
        known = [each.name for each in source.functions()]
        there = suggestion(name, known) if known else "; the file defines none"
        raise BadInput(f"{path} has no function {name!r}{there}")
    return function  # type: ignore[no-any-return]
