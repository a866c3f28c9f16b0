"""Read off a file whether its backward is handed one example at a time, or many."""

from __future__ import annotations

import ast
import re

from nets.homework.finding.programs import Program
from nets.homework.finding.reach import every_method, own_functions, with_callees
from nets.homework.layouts.rounds import updates_for_each
from nets.homework.reading.names import role_of
from nets.homework.reading.source import Source

__all__ = ["picks_vectors", "takes_one_example"]


def takes_one_example(source: Source, program: Program) -> bool:
    """Return whether backward sums over no examples, because a loop hands it one at a time."""
    known = own_functions(source, program)
    others = every_method(source)
    steps = with_callees([program.backward], known, others)
    text = " ".join(ast.unparse(each) for each in steps if not _measures(each))
    if program.owner and updates_for_each(known, program.backward):
        return True
    if any(map(_adds_everything, with_callees([program.forward], known, others))):
        return True
    inside = {id(node) for each in steps for node in ast.walk(each)}  # those it goes through itself
    loops = any(
        _over_examples(node)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.For) and id(node) not in inside
    )
    return loops and not re.search(r"\b(sum|mean|average)\(|/ *m\b", text)


def _measures(function: ast.AST) -> bool:
    """Return whether a function only says how far off the output is."""
    return isinstance(function, ast.FunctionDef) and bool(
        re.search(r"mse|loss|cost|accuracy", function.name, re.IGNORECASE)
    )


def _adds_everything(function: ast.AST) -> bool:
    """Return whether a softmax divides by the sum over all examples: it is meant for one."""
    if not isinstance(function, ast.FunctionDef) or "softmax" not in function.name.lower():
        return False
    sums = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "sum"
    ]
    own = [len(node.args) + len(node.keywords) for node in sums]
    of_module = [ast.unparse(node.func) in ("np.sum", "numpy.sum") for node in sums]
    return bool(sums) and all(n == of for n, of in zip(own, of_module, strict=True))


def _over_examples(loop: ast.For) -> bool:
    """Return whether a loop goes through examples: ``for x, y in data``, ``x_train[j]``."""
    if isinstance(loop.target, ast.Tuple):
        return len(loop.target.elts) == 2
    number = ast.unparse(loop.target)
    return any(
        isinstance(node, ast.Subscript)
        and ast.unparse(node.slice) == number
        and role_of(ast.unparse(node.value)) == "X"
        for node in ast.walk(loop)
    )


def picks_vectors(source: Source, program: Program) -> bool:
    """Return whether a loop hands backward one row of a matrix: ``backprop(X[j], y[j])``."""
    calls = (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))
    return any(
        ast.unparse(call.func).rpartition(".")[2] == program.backward
        and any(isinstance(each, ast.Subscript) and _is_row(each) for each in call.args)
        for call in calls
    )


def _is_row(node: ast.Subscript) -> bool:
    return isinstance(node.slice, ast.Name) and role_of(ast.unparse(node.value)) == "X"
