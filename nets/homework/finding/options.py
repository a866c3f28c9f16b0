"""What a file hands to its own network by choice: ``Net(2, 8, activation="tanh")``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nets.homework.finding.programs import Program, methods
from nets.homework.finding.reach import every_method, own_functions, with_callees
from nets.homework.reading.names import role_of
from nets.homework.reading.source import Source

__all__ = ["Options", "other_branches", "own_options"]

_USE = re.compile(r"mode|train|test|eval|infer|predict|return|check", re.IGNORECASE)
"""What tells a network to train or to predict, which the training code sees to."""

_MOST = 3
"""How many ways of calling a network are tried."""


@dataclass(frozen=True)
class Options:
    """What one call hands over by choice.

    Attributes
    ----------
    values : dict
        By the name of the argument.
    line : int or None
        The call; None for what the arguments are by themselves.
    """

    values: dict[str, Any] = field(default_factory=dict)
    line: int | None = None

    def __str__(self) -> str:
        """Return the options as they are written."""
        said = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{said} (line {self.line})"


def own_options(source: Source, written: Source, program: Program) -> list[Options]:
    """Return in which ways a network is called: by itself, and as the file calls it.

    A layer without a network, which no training calls, is called in all ways that it knows.

    Parameters
    ----------
    source, written : Source
        The file as it is run, and as it was read.
    program : Program
    """
    taken = _taken(source, program)
    found: list[Options] = []
    for call, signature in _calls(source, written, program):
        values = {
            name: value
            for name, value in _bound(call, signature)
            if name in taken and value != taken[name]
        }
        if values and all(values != each.values for each in found):
            found.append(Options(values, call.lineno))
    of_layer = program.owner is None and program.cost is None
    for name, word, line in _unchosen(source, program, found) if of_layer else ():
        if all({name: word} != each.values for each in found):
            found.append(Options({name: word}, line))
    return [Options(), *found[: _MOST - 1]]


def other_branches(source: Source, program: Program, tried: Iterable[Options]) -> dict[str, int]:
    """Return comparisons with options that no call has chosen, each with its line.

    Parameters
    ----------
    source : Source
    program : Program
    tried : iterable of Options
    """
    found: dict[str, int] = {}
    for name, word, line in _unchosen(source, program, tried):
        branch = f"{name} == {word!r}"
        found[branch] = min(line, found.get(branch, line))
    return found


def _unchosen(
    source: Source, program: Program, tried: Iterable[Options]
) -> Iterator[tuple[str, str, int]]:
    """Yield the options, their values and lines that comparisons know and no call has chosen."""
    taken = _taken(source, program)
    values = {name: {taken[name]} for name in taken if isinstance(taken[name], str)}
    for each in tried:
        for name, value in each.values.items():
            values.setdefault(name, set()).add(value)
    for function in _steps(source, program):
        for node in ast.walk(function):
            if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq):
                continue
            name = ast.unparse(node.left).rpartition(".")[2].strip("_")
            compared = node.comparators[0]
            word = compared.value if isinstance(compared, ast.Constant) else None
            if name in values and isinstance(word, str) and word not in values[name]:
                yield name, word, node.lineno


def _steps(source: Source, program: Program) -> list[ast.AST]:
    names = [program.forward, program.cost or "", program.backward]
    known = own_functions(source, program)
    plain = [name.removeprefix("::") for name in names]
    methods_called = [
        node.attr
        for name in plain
        for node in (ast.walk(known[name]) if name in known else ())
        if isinstance(node, ast.Attribute)
    ]
    return with_callees([*plain, *methods_called], known, every_method(source))


def _taken(source: Source, program: Program) -> dict[str, Any]:
    """Return the arguments that are a choice, of what a program consists of, with their defaults.

    What is handed over for an activation whatever its default is counts as that.
    """
    known = own_functions(source, program)
    names = [program.forward, program.cost or "", program.backward, program.init or "", "__init__"]
    found: dict[str, Any] = {}
    for name in names:
        function = known.get(name.removeprefix("::"))
        if function is None:
            continue
        own = function.args
        ordered = [*own.posonlyargs, *own.args]
        with_default = ordered[len(ordered) - len(own.defaults) :]
        pairs = [
            *zip(with_default, own.defaults, strict=True),
            *zip(own.kwonlyargs, own.kw_defaults, strict=True),
        ]
        for argument, default in pairs:
            if role_of(argument.arg) == "hidden_activation":
                found[argument.arg] = "relu"
            elif isinstance(default, ast.Constant) and _is_choice(argument.arg, default.value):
                found[argument.arg] = default.value
    return found


def _calls(
    source: Source, written: Source, program: Program
) -> Iterator[tuple[ast.Call, ast.arguments]]:
    """Yield the calls of a file's functions and classes that stand outside the program."""
    signatures = {each.name: each.args for each in source.functions()}
    for owner in source.classes():
        own = methods(owner)
        if "__init__" in own:
            signatures[owner.name] = own["__init__"].args
        if owner.name == program.owner:
            signatures |= {name: each.args for name, each in own.items() if name != "__init__"}
    inside = {each.name for each in _steps(source, program) if isinstance(each, ast.FunctionDef)}
    for call in _outside(written.tree, inside | {"__init__"}):
        name = ast.unparse(call.func).rpartition(".")[2]
        if name in signatures:
            yield call, signatures[name]


def _outside(node: ast.AST, functions: set[str]) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef) and child.name in functions:
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _outside(child, functions)


def _bound(call: ast.Call, signature: ast.arguments) -> Iterator[tuple[str, Any]]:
    """Yield the arguments of a call that are words, fractions or switches."""
    names = [each.arg for each in (*signature.posonlyargs, *signature.args) if each.arg != "self"]
    given: Mapping[str, ast.expr] = dict(zip(names, call.args, strict=False))
    named = {each.arg: each.value for each in call.keywords if each.arg}
    for name, value in {**given, **named}.items():
        word = value.value if isinstance(value, ast.Constant) else None
        if isinstance(word, (str, float, bool)) and _is_choice(name, word):
            yield name, word


def _is_choice(name: str, value: Any) -> bool:
    """Return whether an argument is for the file to choose, and no switch between two uses.

    ``mode="train"`` switches, and ``mode="max"`` chooses.
    """
    if role_of(name) not in (None, "hidden_activation"):
        return False
    chosen = name == "mode" and isinstance(value, str) and not _USE.search(value)
    return chosen or not _USE.search(name)
