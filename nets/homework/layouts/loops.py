"""Backpropagation that is no function but lines in a training loop, made into two functions."""

from __future__ import annotations

import ast
import builtins
import copy
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from nets.homework.reading.names import described, mangled, role_of
from nets.homework.reading.source import Source, definitions

__all__ = ["BACKWARD", "FORWARD", "with_loops"]

FORWARD, BACKWARD = "forward_lines", "backward_lines"

_WEIGHT = re.compile(r"(?:[Ww]|weights?|syn(?:apses?)?|theta|b|bias(?:es)?)_?\w?\d?(?:_\w+)?$")
_GRADIENT = re.compile(
    r"d_?[A-Za-z]\w*$|\w*delta\w*$|\w*grad\w*$|\w*_error$|error\w*$|dL_\w+|nabla\w*$|\w+_d$"
)
_COST = re.compile(r"(\w*(cost|loss)|J|error_sum|mse)\d?$|data\w*$")


def with_loops(source: Source) -> Source:
    """Return the file with a function for the forward and one for the backward lines of its loop.

    The loop is the first, at module level or in a function, that computes with weights, makes
    gradients and changes the weights.
    """
    constants = _constants(source.tree)
    for body in _loops(source.tree):
        made = _functions(body, constants)
        if made is not None:
            tree = ast.Module([*source.tree.body, *made], [])
            return replace(source, tree=tree)
    return source


def _is_weight(name: str) -> bool:
    return _WEIGHT.fullmatch(name) is not None or described(name) is not None


def _loops(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            methods = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
            apart = _Apart(node.name, methods)
            for body in _loops(ast.Module(node.body, [])):
                yield [apart.visit(copy.deepcopy(each)) for each in body]
            continue
        if isinstance(node, (ast.For, ast.While)):
            yield node.body
        yield from _loops(node)


class _Apart(ast.NodeTransformer):
    """Takes lines out of a method: attributes become names, methods functions without an object."""

    def __init__(self, owner: str, methods: Set[str]) -> None:
        self.owner, self.methods = owner, methods

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """Let ``self._sigmoid(z)`` be ``Net._sigmoid(None, z)``."""
        called = ast.unparse(node.func)
        self.generic_visit(node)
        name = called.removeprefix("self.")
        if called.startswith("self.") and name in self.methods:
            owner = ast.Name(self.owner, ast.Load())
            method = ast.Attribute(owner, mangled(name, self.owner), ast.Load())
            made = ast.Call(method, [ast.Constant(None), *node.args], node.keywords)
            return ast.fix_missing_locations(ast.copy_location(made, node))
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Let ``self.weights`` be ``weights``."""
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return ast.copy_location(ast.Name(node.attr.strip("_"), node.ctx), node)
        return node


def _constants(tree: ast.Module) -> set[str]:
    """Return what the file gives a value that needs none of ours: ``reg_lambda = 0.01``."""
    defined = {
        node.name for node in ast.walk(tree) if isinstance(node, (ast.ClassDef, ast.FunctionDef))
    }
    imported = {
        (each.asname or each.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for each in node.names
    }
    return (
        defined
        | imported
        | {
            name
            for node in definitions(tree).body
            if isinstance(node, (ast.Assign, ast.AnnAssign))
            for name in _targets(node)
            if role_of(name) not in ("X", "Y", "m", "AL") and not _is_weight(name)
        }
    )


def _functions(body: Sequence[ast.stmt], constants: Set[str]) -> list[ast.FunctionDef] | None:
    """Return the two functions of a loop's body; None if it is no training loop."""
    lines = [each for each in body if isinstance(each, (ast.Assign, ast.AugAssign, ast.If))]
    lines = [each for each in lines if not isinstance(each, ast.If)]
    lines = [each for each in lines if not _keeps_for_later(each, lines)]
    first = next((k for k, each in enumerate(lines) if _makes_gradient(each)), None)
    if first is None or first == 0:
        return None
    forward, backward = lines[:first], lines[first:]
    updates = [each for each in backward if _updates(each)]
    if not updates or not any("dot" in ast.unparse(e) or "@" in ast.unparse(e) for e in forward):
        return None
    made = _stored(forward)
    gradients = [name for name in _stored(backward) if _GRADIENT.fullmatch(name)]
    values = ast.Tuple([ast.Name(name, ast.Load()) for name in made], ast.Load())
    weights = {name for each in updates for name in _targets(each)}
    named = any(re.sub(r"^d_?", "", name) in weights for name in gradients)
    kept = [each for each in backward if each not in updates] if named else backward
    keys = [ast.Constant(name) for name in gradients]
    found = ast.Dict(list(keys), [ast.Name(name, ast.Load()) for name in gradients])
    return [
        _function(FORWARD, forward, values, constants),
        _function(BACKWARD, kept, found, constants),
    ]


def _keeps_for_later(node: ast.stmt, lines: Sequence[ast.stmt]) -> bool:
    """Return whether a statement only notes a value that no line uses: ``costs[i] = cost``."""
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    if not isinstance(target, ast.Subscript) or not isinstance(target.value, ast.Name):
        return False
    name = target.value.id
    if _is_weight(name) or _GRADIENT.fullmatch(name):
        return False
    others = (each for line in lines if line is not node for each in ast.walk(line))
    return not any(isinstance(each, ast.Name) and each.id == name for each in others)


def _targets(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else []
    if isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        targets = [node.target]
    return [
        each.id
        for target in targets
        for each in ast.walk(target)
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
    ]


def _makes_gradient(node: ast.stmt) -> bool:
    return any(_GRADIENT.fullmatch(name) and not _COST.fullmatch(name) for name in _targets(node))


def _updates(node: ast.stmt) -> bool:
    """Return whether a statement changes weights."""
    names = _targets(node)
    return any(_is_weight(name) and not _GRADIENT.fullmatch(name) for name in names)


def _stored(lines: Sequence[ast.stmt]) -> list[str]:
    return list(dict.fromkeys(name for each in lines for name in _targets(each)))


def _function(
    name: str, lines: Sequence[ast.stmt], result: ast.expr, constants: Set[str]
) -> ast.FunctionDef:
    """Return a function of what the lines use and do not make themselves."""
    made: set[str] = set()
    needed: dict[str, None] = {}
    called = {
        node.func.id
        for line in lines
        for node in ast.walk(line)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    for line in lines:
        for node in ast.walk(line):
            if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
                continue
            if node.id not in made and node.id not in called:
                needed.setdefault(node.id)
        if isinstance(line, ast.AugAssign):
            needed |= {each: None for each in _targets(line) if each not in made}
        made |= set(_targets(line))
    arguments = [each for each in needed if _is_value(each) and each not in constants]
    spec = ast.arguments([], [ast.arg(each) for each in arguments], None, [], [], None, [])
    made_function = ast.FunctionDef(name, spec, [*lines, ast.Return(result)], [], None, None)
    last = lines[-1].end_lineno or lines[-1].lineno
    for node in ast.walk(made_function):
        if isinstance(node, (ast.expr, ast.stmt, ast.arg)) and not hasattr(node, "lineno"):
            node.lineno = node.end_lineno = last
            node.col_offset = node.end_col_offset = 0
    made_function.lineno = lines[0].lineno
    return made_function


def _is_value(name: str) -> bool:
    """Return whether a name is a value that a function is handed, not a module or a constant."""
    if hasattr(builtins, name):
        return False
    return role_of(name) in ("X", "Y", "AL") or bool(
        _is_weight(name) or _GRADIENT.fullmatch(name) or re.fullmatch(r"[a-zA-Z]\w*", name)
    )
