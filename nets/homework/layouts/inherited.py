"""Networks that change a step of another: ``class TanhNet(Net)`` with its own activation."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from dataclasses import replace

from nets.homework.reading.names import function_role
from nets.homework.reading.source import Source

__all__ = ["with_inherited"]


def with_inherited(source: Source) -> Source:
    """Return the file with the inherited methods in each class that overrides a step of them.

    Such a class has no backward of its own, and goes back by what it overrides all the same.
    """
    tree = copy.deepcopy(source.tree)
    made = replace(source, tree=tree)
    classes = {each.name: each for each in made.classes()}
    own = {name: _methods(each) for name, each in classes.items()}
    for name, node in classes.items():
        inherited = _inherited(node, classes, own)
        lacks_step = not any(function_role(method) == "backward" for method in own[name])
        if inherited and lacks_step and _overrides_step(own[name], inherited):
            node.body += [
                copy.deepcopy(each) for each in inherited.values() if each.name not in own[name]
            ]
    return made


def _methods(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}


def _inherited(
    node: ast.ClassDef,
    classes: Mapping[str, ast.ClassDef],
    own: Mapping[str, Mapping[str, ast.FunctionDef]],
) -> dict[str, ast.FunctionDef]:
    """Return the methods that a class has from one in the file, and from that one's.

    None where a method asks for those above it, or has names of its own class in it.
    """
    found: dict[str, ast.FunctionDef] = {}
    seen = {node.name}
    while len(node.bases) == 1 and (base := ast.unparse(node.bases[0])) in classes:
        if base in seen:
            return {}
        seen.add(base)
        found = {**own[base], **found}
        node = classes[base]
    if any(map(_is_bound_to_class, found.values())):
        return {}
    return found


def _is_bound_to_class(method: ast.FunctionDef) -> bool:
    """Return whether a method means something else in another class: ``super()``, ``self.__w``."""
    return any(
        (isinstance(node, ast.Name) and node.id in ("super", "__class__"))
        or (
            isinstance(node, ast.Attribute)
            and node.attr.startswith("__")
            and not node.attr.endswith("__")
        )
        for node in ast.walk(method)
    )


def _overrides_step(
    own: Mapping[str, ast.FunctionDef], inherited: Mapping[str, ast.FunctionDef]
) -> bool:
    """Return whether a class has its own version of what inherited forward or backward calls."""
    steps = [
        each
        for name, each in inherited.items()
        if function_role(name) in ("forward", "backward", "cost", "both")
    ]
    called = {
        node.attr
        for step in steps
        for node in ast.walk(step)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"
    }
    goes_back = any(function_role(name) in ("backward", "both") for name in inherited)
    return goes_back and bool((called | {"forward", "__init__"}) & set(own))
