"""Names that only stand for something else, written out: ``p["W1"]`` where ``p = params``."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping

__all__ = ["written_out"]

_PLACES = (ast.Name, ast.Attribute, ast.Subscript)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (ast.Module, ast.ClassDef, *_FUNCTIONS, *_COMPREHENSIONS, ast.For, ast.While)
_EACH = ast.Name("each", ast.Load())


def written_out(tree: ast.Module) -> ast.Module:
    r"""Return a tree with names in the places of what they stand for in a function or a loop.

    After ``g = grads["dW1"]``, ``g`` is that; in ``for k, v in params.items()``, ``v`` is
    ``params[k]``. Names that stand for several things are left as they are, and so are the objects
    that attributes belong to.

    Parameters
    ----------
    tree : ast.Module

    Examples
    --------
    >>> made = written_out(ast.parse("p = params\np['W1'] -= lr * dW1"))
    >>> print(ast.unparse(made.body[-1]))
    params['W1'] -= lr * dW1
    """
    made = copy.deepcopy(tree)
    scopes = [node for node in ast.walk(made) if isinstance(node, _SCOPES)]
    for scope in reversed(scopes):  # what is inside of another first
        writing = _Writing(_meanings(scope))
        for child in ast.iter_child_nodes(scope):
            writing.visit(child)
    return made


class _Writing(ast.NodeTransformer):
    """Puts what names stand for in their places."""

    def __init__(self, meant: Mapping[str, ast.expr]) -> None:
        self.meant = meant

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.meant:
            return node
        made = copy.deepcopy(self.meant[node.id])
        made.ctx = node.ctx  # type: ignore[attr-defined]
        return ast.copy_location(made, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.Attribute:
        """Leave ``layer.W``, which tells more than what layer stands for."""
        return node


def _meanings(scope: ast.AST) -> dict[str, ast.expr]:
    """Return the places that names of a scope stand for, which do not move on without them."""
    found: dict[str, set[str]] = {}
    places: dict[str, ast.expr] = {}
    moving: set[str] = set()
    for target, value in _bindings(scope):
        spelled = ast.unparse(target)
        if value is not None and spelled in _texts(value):
            moving.add(spelled)
        elif isinstance(target, ast.Name):
            found.setdefault(spelled, set())
            if isinstance(value, _PLACES):
                found[spelled].add(ast.unparse(value))
                places[spelled] = _Writing(places).visit(copy.deepcopy(value))
            else:
                found[spelled].add("")
    return {
        name: each
        for name, each in places.items()
        if len(found[name]) == 1 and not moving & found[name]
    }


def _bindings(scope: ast.AST) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Yield what is assigned and what to it, None where that is nothing that stands in the file."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _pairs(target, node.value)
        elif isinstance(node, ast.AugAssign):
            yield node.target, ast.BinOp(node.target, node.op, node.value)
        elif isinstance(node, (ast.For, ast.comprehension)):
            yield from _taken(node.target, node.iter)
        elif isinstance(node, ast.arg):
            yield ast.Name(node.arg, ast.Store()), None


def _pairs(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Yield each target with its value: ``w, b = p["w"], p["b"]`` is two assignments."""
    if not isinstance(target, (ast.Tuple, ast.List)):
        yield target, value
        return
    known = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
    values = value.elts if known else [None] * len(target.elts)  # type: ignore[union-attr]
    for each, own in zip(target.elts, values, strict=True):
        yield from _pairs(each, own)


def _taken(target: ast.expr, iterated: ast.expr) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Yield what a loop takes out of something: ``w`` is ``W[each]`` in ``for w in W``."""
    arguments = iterated.args if isinstance(iterated, ast.Call) else []
    called = ast.unparse(iterated.func) if isinstance(iterated, ast.Call) else ""
    parts = target.elts if isinstance(target, ast.Tuple) else []
    if called in ("list", "sorted", "reversed", "tuple") and len(arguments) == 1:
        yield from _taken(target, arguments[0])
    elif called == "zip" and len(parts) == len(arguments):
        for part, of in zip(parts, arguments, strict=True):
            yield from _taken(part, of)
    elif called == "enumerate" and len(parts) == 2:
        yield parts[0], None
        yield from _taken(parts[1], arguments[0])
    elif called.endswith(".items") and len(parts) == 2:
        yield parts[0], None
        yield from _pairs(parts[1], _entry(_owner(iterated), parts[0]))
    elif called.endswith(".values"):
        yield from _pairs(target, _entry(_owner(iterated), _EACH))
    elif isinstance(iterated, (ast.Tuple, ast.List)) and iterated.elts:
        yield from _pairs(target, iterated.elts[0])
    else:
        yield from _pairs(target, _entry(iterated, _EACH))


def _owner(call: ast.expr) -> ast.expr:
    """Return what a method is called of: ``params`` in ``params.items()``."""
    assert isinstance(call, ast.Call)
    assert isinstance(call.func, ast.Attribute)
    return call.func.value


def _entry(of: ast.expr, key: ast.expr) -> ast.expr | None:
    """Return an entry of a place, None of anything else."""
    if not isinstance(of, _PLACES):
        return None
    read = ast.Name(key.id, ast.Load()) if isinstance(key, ast.Name) else key
    return ast.Subscript(of, read, ast.Load())


def _texts(value: ast.expr) -> set[str]:
    return {ast.unparse(node) for node in ast.walk(value) if isinstance(node, _PLACES)}
