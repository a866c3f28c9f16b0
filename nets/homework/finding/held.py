"""Costs that a network holds as an object: ``self.cost = CrossEntropyCost``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nets.homework.reading.costs import is_cost
from nets.homework.reading.names import role_of

__all__ = ["cost_or_held", "held_class"]

Functions = Mapping[str, ast.FunctionDef]


def cost_or_held(
    cost: str | None, forward: str, own: Functions, classes: Mapping[str, Functions]
) -> str | None:
    """Return the cost of a network, or how it reaches that of what it holds: ``self.cost.fn``.

    A method that sums over a whole set, and takes no labels, is no cost: ``total_cost(data)``.

    Parameters
    ----------
    cost : str or None
        What was found so far.
    forward : str
    own : mapping
        The network's methods.
    classes : mapping
        The methods of each class of the file.
    """
    function = own.get(cost or "")
    arguments = [each.arg for each in function.args.args] if function is not None else []
    whole = len(arguments) > 1 and all(role_of(each) not in ("Y", "AL") for each in arguments)
    if cost is not None and not (whole and cost != forward):
        return cost
    for name, of in _held(own, classes):
        for method, each in classes[of].items():
            if is_cost(each):
                return f"self.{name}.{method}"
    return cost


def held_class(path: str, own: Functions, classes: Mapping[str, Functions]) -> str | None:
    """Return the class of what ``self.cost.fn`` is a method of, None where it is of the network."""
    if not path.startswith("self."):
        return None
    return dict(_held(own, classes)).get(path.split(".")[1])


def _held(own: Functions, classes: Mapping[str, Functions]) -> Iterator[tuple[str, str]]:
    """Yield the attributes that a constructor makes of a class of the file, and that class."""
    if "__init__" not in own:
        return
    arguments = own["__init__"].args
    by_default: dict[str, ast.expr] = {}
    if arguments.defaults:
        last = arguments.args[-len(arguments.defaults) :]
        by_default |= zip((each.arg for each in last), arguments.defaults, strict=True)
    by_default |= {
        each.arg: value
        for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if value is not None
    }
    for node in ast.walk(own["__init__"]):
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Attribute):
            continue
        made = node.value.func if isinstance(node.value, ast.Call) else node.value
        if isinstance(made, ast.Name):
            made = by_default.get(made.id, made)
        made = made.func if isinstance(made, ast.Call) else made
        if isinstance(made, ast.Name) and made.id in classes:
            yield node.targets[0].attr, made.id
