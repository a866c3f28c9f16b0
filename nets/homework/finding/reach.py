"""Which functions of a file a program consists of."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from nets.homework.finding.held import held_class
from nets.homework.finding.programs import Program, methods
from nets.homework.reading.source import Source

__all__ = ["every_method", "own_functions", "with_callees"]


def own_functions(source: Source, program: Program) -> dict[str, ast.FunctionDef]:
    """Return the functions that a program may call by name, its methods before others.

    Parameters
    ----------
    source : Source
    program : Program
    """
    functions = {each.name: each for each in source.functions()}
    if program.owner is None:
        return functions
    classes = {each.name: methods(each) for each in source.classes()}
    own = classes[program.owner]
    held = held_class(program.cost or "", own, classes)
    if held is not None and program.cost is not None:
        functions[program.cost] = classes[held][program.cost.rpartition(".")[2]]
    return {**functions, **own}


def every_method(source: Source) -> list[ast.FunctionDef]:
    """Return the methods of all classes of a file."""
    return [each for node in source.classes() for each in methods(node).values()]


def with_callees(
    names: Sequence[str],
    known: Mapping[str, ast.FunctionDef],
    others: Sequence[ast.FunctionDef] = (),
) -> list[ast.AST]:
    """Return functions and those of the file that they call, directly or not.

    Which class a method called on something else belongs to is not known: all of that name count.

    Parameters
    ----------
    names : sequence of str
    known : mapping
        Functions by name.
    others : sequence of ast.FunctionDef
        Methods that may be called on objects.
    """
    found: dict[int, ast.AST] = {}
    pending: list[ast.AST] = [known[name] for name in names if name in known]
    while pending:
        function = pending.pop()
        if id(function) in found:
            continue
        found[id(function)] = function
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Attribute):
                called = node.func.attr
                of_self = ast.unparse(node.func.value) == "self"
                pending += [each for each in others if each.name == called and not of_self]
            else:
                called = ast.unparse(node.func)
            pending += [known[called]] if called in known else []
    return list(found.values())
