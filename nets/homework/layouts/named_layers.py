"""Networks whose layers are objects with names of their own, wired in the training loop."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from nets.homework.layouts.layered import function_of, needed
from nets.homework.layouts.loops import BACKWARD, FORWARD
from nets.homework.layouts.trainings import stored
from nets.homework.reading.source import Source

__all__ = ["LAYERS", "with_named_layers"]

LAYERS = "layer_lines"
"""The function that makes the layers."""

_NETWORK = "network"
_COST = re.compile(r"\w*(cost|loss)\w*$|J$")


def with_named_layers(source: Source) -> Source:
    """Return the file with functions that make its layers, run them forward, and backward.

    The layers are made by ``dense1 = Dense(2, 64)``; a loop runs ``dense1.forward(X)``, and
    ``dense1.backward(…)`` after that.
    """
    known = {each.name for each in source.functions()}
    if FORWARD in known:
        return source
    classes = [each for each in source.classes() if _has(each, "backward")]
    makers = {each.name for each in classes}
    for lines in _scopes(source.tree):
        made = [each for each in lines if _is_made(each, makers)]
        names = [each.targets[0].id for each in made]  # type: ignore[attr-defined]
        for body in _loops(lines):
            parts = _parts(body, set(names))
            if parts is not None and len(names) > 1:
                functions = _functions(made, names, *parts, source)
                return replace(source, tree=ast.Module([*source.tree.body, *functions], []))
    return source


def _has(node: ast.ClassDef, method: str) -> bool:
    return any(isinstance(each, ast.FunctionDef) and each.name == method for each in node.body)


def _scopes(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Yield the lines at module level, and those of functions with what they find there."""
    yield tree.body
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.If)):
            yield [*tree.body, *node.body]


def _loops(lines: Sequence[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Yield the bodies of loops, the outermost first."""
    for node in lines:
        if isinstance(node, (ast.For, ast.While)):
            yield node.body
            yield from _loops(node.body)


def _is_made(node: ast.stmt, classes: Container[str]) -> bool:
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in classes
    )


def _parts(
    body: Sequence[ast.stmt], layers: Container[str]
) -> tuple[list[ast.stmt], list[ast.stmt]] | None:
    """Return the lines of a loop that run layers forward and those that run them backward."""
    back = [k for k, each in enumerate(body) if _calls(each, layers, "back")]
    if len(back) < 2:
        return None
    forward: list[ast.stmt] = []
    for each in body[: back[0]]:
        known = {name for line in forward for name in stored(line)}
        runs = _calls(each, layers, "forward|calc|loss|cost|regul")
        adds = isinstance(each, ast.Assign) and _names(each.value) and _names(each.value) <= known
        if runs or adds:
            forward.append(each)
    backward = [body[k] for k in range(back[0], back[-1] + 1) if k in back]
    return (forward, backward) if any(_calls(each, layers, "forward") for each in forward) else None


def _calls(node: ast.stmt, layers: Container[str], method: str) -> bool:
    """Return whether a line is a call of a method, on a layer, that begins like this."""
    if not isinstance(node, (ast.Expr, ast.Assign)):
        return False
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and re.match(method, each.func.attr) is not None
        and ast.unparse(each.func.value).partition(".")[0] in layers
        for each in ast.walk(node)
    )


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _functions(
    made: Sequence[ast.stmt],
    names: Sequence[str],
    forward: Sequence[ast.stmt],
    backward: Sequence[ast.stmt],
    source: Source,
) -> list[ast.FunctionDef]:
    """Return the three functions, each of which takes the layers out of a dict."""
    layers = ast.Dict(
        [ast.Constant(each) for each in names], [ast.Name(each, ast.Load()) for each in names]
    )
    kept = ast.Assign([ast.Name(_NETWORK, ast.Store())], layers)
    values = ast.Attribute(ast.Name(_NETWORK, ast.Load()), "values", ast.Load())
    apart = ast.Assign(
        [ast.Tuple([ast.Name(each, ast.Store()) for each in names], ast.Store())],
        ast.Call(values, [], []),
    )
    costs = [name for line in forward for name in stored(line) if _COST.match(name)]
    results = list(dict.fromkeys(name for line in forward for name in sorted(stored(line))))
    result = ast.Name(costs[-1], ast.Load()) if costs else _tuple(results)
    known = {each.name for each in source.functions()} | {each.name for each in source.classes()}
    known |= {_NETWORK, *names, *source.module_names()}
    bodies = {
        FORWARD: [apart, *forward, ast.Return(result)],
        BACKWARD: [apart, *backward],
    }
    making = [*made, kept, ast.Return(ast.Name(_NETWORK, ast.Load()))]
    functions = [function_of(LAYERS, [], copy.deepcopy(making))]
    for name, body in bodies.items():
        lines = copy.deepcopy(body)
        functions.append(function_of(name, needed(lines, known, _NETWORK), lines))
    return functions


def _tuple(names: Sequence[str]) -> ast.expr:
    return ast.Tuple([ast.Name(name, ast.Load()) for name in names], ast.Load())
