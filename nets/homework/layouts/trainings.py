"""Training loops that go back through layers, one after the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Training", "stored", "trainings"]


@dataclass(frozen=True)
class Training:
    """The lines of a training loop: what goes forward, and what comes back.

    Attributes
    ----------
    function : ast.FunctionDef or None
        What the loop stands in.
    owner : str or None
        The class whose method that is.
    layers : ast.expr
        What the loop goes through in reverse.
    """

    function: ast.FunctionDef | None
    owner: str | None
    forward: Sequence[ast.stmt]
    backward: Sequence[ast.stmt]
    layers: ast.expr


def trainings(tree: ast.Module) -> Iterator[Training]:
    """Yield the training loops of a file, the first in the file before others.

    They go back themselves, ``for layer in reversed(layers)``, or by a method of their network:
    ``self.backward(err)``.

    Parameters
    ----------
    tree : ast.Module
    """
    going_back = dict(_methods_going_back(tree))
    for function, owner, body in _bodies(tree):
        for k, node in enumerate(body):
            if isinstance(node, ast.For) and (found := _goes_back(node)) is not None:
                layers, gradient = found
            elif owner is not None and (called := _called_on_self(node)) is not None:
                method, gradient = called
                if (owner, method) not in going_back:
                    continue
                layers = going_back[owner, method]
            else:
                continue
            first = [j for j in range(k) if gradient in stored(body[j])]
            begin = first[-1] if first else k if gradient == "" else 0
            if begin > 0:
                yield Training(function, owner, body[:begin], body[begin : k + 1], layers)


def _methods_going_back(tree: ast.Module) -> Iterator[tuple[tuple[str, str], ast.expr]]:
    """Yield (class, method) and the layers that the method hands a gradient back through."""
    classes = [each for each in tree.body if isinstance(each, ast.ClassDef)]
    methods = [(cls, e) for cls in classes for e in cls.body if isinstance(e, ast.FunctionDef)]
    for cls, method in methods:
        handed = [each.arg for each in method.args.args[1:]]
        for node in ast.walk(method):
            found = _goes_back(node) if isinstance(node, ast.For) else None
            if found is not None and found[1] in handed:
                yield (cls.name, method.name), found[0]


def _called_on_self(node: ast.stmt) -> tuple[str, str] | None:
    """Return the method and the name of the gradient of ``self.backward(delta)``.

    There is no name for ``self.backward(self.loss.backward())``.
    """
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    if ast.unparse(call.func.value) != "self" or len(call.args) != 1:
        return None
    given = call.args[0]
    return call.func.attr, given.id if isinstance(given, ast.Name) else ""


def _bodies(
    tree: ast.AST, function: ast.FunctionDef | None = None, owner: str | None = None
) -> Iterator[tuple[ast.FunctionDef | None, str | None, list[ast.stmt]]]:
    """Yield the bodies of loops, with the function and class that they stand in."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _bodies(node, function, node.name)
        elif isinstance(node, ast.FunctionDef):
            yield from _bodies(node, node, owner)
        else:
            if isinstance(node, (ast.For, ast.While)):
                yield function, owner, node.body
            yield from _bodies(node, function, owner)


def _goes_back(loop: ast.For) -> tuple[ast.expr, str] | None:
    """Return the layers and the name of the gradient of ``for layer in reversed(layers)``."""
    layers: ast.expr | None = None
    if isinstance(loop.iter, ast.Call) and ast.unparse(loop.iter.func) == "reversed":
        layers = loop.iter.args[0]
    elif isinstance(loop.iter, ast.Subscript) and ast.unparse(loop.iter.slice) == "::-1":
        layers = loop.iter.value
    for node in ast.walk(loop):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        named = node.args and isinstance(node.args[0], ast.Name)
        if node.func.attr.startswith("back") and named and layers is not None:
            return layers, ast.unparse(node.args[0])
    return None


def stored(node: ast.AST) -> set[str]:
    """Return the names that get a value.

    Parameters
    ----------
    node : ast.AST
    """
    names = (each for each in ast.walk(node) if isinstance(each, ast.Name))
    return {each.id for each in names if isinstance(each.ctx, ast.Store)}
