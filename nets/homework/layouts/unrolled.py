"""Weights that are handed over as one vector: taken apart before the function is called.

``cost(v, …)`` begins with ``Theta1 = np.reshape(v[:n], (h, d + 1))`` and ends with ``return J,
np.concatenate([Theta1_grad.ravel(), …])``. It becomes a function of ``Theta1, …`` that returns what
that vector holds for each of them, in its order.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nets.homework.layouts.completing import BEYOND
from nets.homework.reading.names import function_role
from nets.homework.reading.source import Source

__all__ = ["WEIGHTS", "with_unrolled"]

WEIGHTS = "unrolled_weights"
"""The function that makes the weights."""

_TAKEN_APART = "taken_apart"
_TAKE_APART = f"""
def {_TAKEN_APART}(vector, like, order):
    parts, at = [], 0
    for each in like:
        parts.append(vector[at : at + each.size].reshape(each.shape, order=order))
        at = at + each.size
    return parts
"""


@dataclass(frozen=True)
class _Weight:
    """One weight that a function takes out of the vector.

    Attributes
    ----------
    name : str
    shape : ast.expr
        A tuple of the units that it is between.
    order : str
        How its entries follow each other in the vector: by rows is ``"C"``.
    statement : ast.stmt
        What takes it out.
    """

    name: str
    shape: ast.expr
    order: str
    statement: ast.stmt


def with_unrolled(source: Source) -> Source:
    """Return the file with functions of weights where it has functions of one vector of them."""
    functions = {each.name: each for each in source.functions()}
    changed: dict[int, ast.FunctionDef] = {}
    init: ast.FunctionDef | None = None
    for function in functions.values():
        for vector in function.args.args[:1]:
            weights = list(_weights(function, vector.arg, functions))
            apart = _only_taken_apart(function, vector.arg, weights)
            if len(weights) > 1 and apart and (made := _making(weights, function)) is not None:
                init = init or made
                changed[id(function)] = _of_weights(function, vector.arg, weights)
    if init is None or _called_by_others(functions, changed):
        return source
    body = [changed.get(id(each), each) for each in source.tree.body]
    helper = ast.increment_lineno(ast.parse(_TAKE_APART), BEYOND)
    return replace(source, tree=ast.Module([*helper.body, *body, init], []))


def _called_by_others(
    functions: Mapping[str, ast.FunctionDef], changed: Mapping[int, ast.FunctionDef]
) -> bool:
    """Return whether one step of a program hands the vector on to another, as it is."""
    names = {each.name for each in changed.values()}
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func) in names
        for function in functions.values()
        if function_role(function.name) is not None
        for node in ast.walk(function)
    )


def _only_taken_apart(function: ast.FunctionDef, vector: str, weights: Sequence[_Weight]) -> bool:
    """Return whether a function does nothing else with its vector."""
    taken = {id(each.statement) for each in weights}
    rest = [node for each in function.body if id(each) not in taken for node in ast.walk(each)]
    return not any(isinstance(node, ast.Name) and node.id == vector for node in rest)


# -- what is taken out of the vector ---------------------------------------------------------------


def _weights(
    function: ast.FunctionDef, vector: str, functions: Mapping[str, ast.FunctionDef]
) -> Iterator[_Weight]:
    """Yield the weights that a function takes out of a vector, itself or by another function."""
    for node in function.body:
        if not isinstance(node, ast.Assign):
            continue
        target = node.targets[0]
        if isinstance(target, ast.Name) and (found := _reshaped(node.value, vector)) is not None:
            yield _Weight(target.id, *found, node)
        elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Call):
            helper = functions.get(ast.unparse(node.value.func))
            if helper is not None and helper is not function:
                yield from _by_helper(node, target, helper, vector)


def _by_helper(
    node: ast.Assign, target: ast.Tuple, helper: ast.FunctionDef, vector: str
) -> Iterator[_Weight]:
    """Yield the weights of ``t1, t2 = unroll(theta, n, h, k)``."""
    assert isinstance(node.value, ast.Call)
    names = [each.arg for each in helper.args.args]
    handed = dict(zip(names, node.value.args, strict=False))
    if not names or ast.unparse(handed.get(names[0], ast.Constant(0))) != vector:
        return
    inner = {each.name: each for each in _weights(helper, names[0], {})}
    result = helper.body[-1].value if isinstance(helper.body[-1], ast.Return) else None
    results = result.elts if isinstance(result, ast.Tuple) else []
    for own, theirs in zip(target.elts, results, strict=False):
        each = inner.get(ast.unparse(theirs))
        if isinstance(own, ast.Name) and each is not None:
            shape = _Put(handed).visit(copy.deepcopy(each.shape))
            yield _Weight(own.id, shape, each.order, node)


class _Put(ast.NodeTransformer):
    """Puts what a function is handed in the places of its arguments."""

    def __init__(self, handed: Mapping[str, ast.expr]) -> None:
        self.handed = handed

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self.handed.get(node.id, node))


def _reshaped(value: ast.expr, vector: str) -> tuple[ast.expr, str] | None:
    """Return shape and order of ``vector[a:b].reshape(n, k)``, None for anything else."""
    parts = [
        node
        for node in ast.walk(value)
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Slice)
        and ast.unparse(node.value) == vector
    ]
    for call in ast.walk(value):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr != "reshape" or not parts:
            continue
        of_module = ast.unparse(call.func.value) in ("np", "numpy")
        sizes = call.args[1:] if of_module else call.args
        named = {each.arg: each.value for each in call.keywords}
        order = named["order"] if "order" in named else ast.Constant("C")
        if len(sizes) == 1 and isinstance(sizes[0], (ast.Tuple, ast.List)):
            sizes = sizes[0].elts
        if len(sizes) == 2 and isinstance(order, ast.Constant):
            return ast.Tuple(list(sizes), ast.Load()), str(order.value)
    return None


# -- the functions ---------------------------------------------------------------------------------


def _making(weights: Sequence[_Weight], function: ast.FunctionDef) -> ast.FunctionDef | None:
    """Return the function that makes the weights, None where their shapes are no arguments."""
    used = {
        node.id for each in weights for node in ast.walk(each.shape) if isinstance(node, ast.Name)
    }
    arguments = [each.arg for each in function.args.args if each.arg in used]
    made_inside = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    if used & made_inside:
        return None
    lines = [f"    {each.name} = np.zeros({ast.unparse(each.shape)})" for each in weights]
    held = ", ".join(each.name for each in weights)
    text = [f"def {WEIGHTS}({', '.join(arguments)}):", "    import numpy as np", *lines]
    made = ast.parse("\n".join([*text, f"    return {held}"]))
    return ast.increment_lineno(made, BEYOND).body[0]  # type: ignore[return-value]


def _of_weights(
    function: ast.FunctionDef, vector: str, weights: Sequence[_Weight]
) -> ast.FunctionDef:
    """Return a function of the weights in place of the vector."""
    taken = {id(each.statement) for each in weights}
    parts = _parts(function, len(weights))
    rolled = _Rolled(parts, weights)
    made = copy.copy(function)
    made.args = copy.copy(function.args)
    first = [ast.copy_location(ast.arg(each.name), function) for each in weights]
    made.args.args = [*first, *(e for e in function.args.args if e.arg != vector)]
    made.body = [
        line
        for each in function.body
        if id(each) not in taken
        for line in (rolled.lines(each) if isinstance(each, ast.Return) else [each])
    ]
    return made


def _parts(function: ast.FunctionDef, count: int) -> dict[str, list[str]]:
    """Return what vectors of so many gradients are joined from, by their names in the function."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names = _joined(node.value)
            if len(names) == count:
                found[node.targets[0].id] = names
    return found


def _joined(value: ast.expr) -> list[str]:
    """Return what is joined: ``Theta1_grad`` of ``np.concatenate([Theta1_grad.ravel(), …])``."""
    if isinstance(value, ast.Subscript) and ast.unparse(value.value) in ("np.r_", "numpy.r_"):
        listed = value.slice
    elif isinstance(value, ast.Call) and value.args:
        if not ast.unparse(value.func).endswith(("concatenate", "hstack", "append")):
            return []
        listed = value.args[0] if len(value.args) == 1 else ast.Tuple(value.args, ast.Load())
    else:
        return []
    each_one = listed.elts if isinstance(listed, (ast.Tuple, ast.List)) else []
    return [_flattened(each) for each in each_one]


def _flattened(value: ast.expr) -> str:
    """Return the name of what is made flat, empty for an expression."""
    names = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
    own = [name for name in names if name not in ("np", "numpy")]
    return own[0] if len(own) == 1 else ""


class _Rolled:
    """Takes a vector of gradients apart where a function returns it."""

    def __init__(self, parts: Mapping[str, list[str]], weights: Sequence[_Weight]) -> None:
        self.parts, self.weights = parts, weights

    def lines(self, node: ast.Return) -> list[ast.stmt]:
        """Return the lines that stand in the place of a return statement."""
        results = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
        lines: list[ast.stmt] = []
        returned: list[str] = []
        for each in results:
            text = ast.unparse(each) if each is not None else "None"
            names = self.parts.get(text) or (_joined(each) if each is not None else [])
            if len(names) != len(self.weights):
                returned.append(text)
                continue
            own = [name or f"d{of.name}" for name, of in zip(names, self.weights, strict=True)]
            like = ", ".join(of.name for of in self.weights)
            order = self.weights[0].order
            taken = f"{', '.join(own)} = {_TAKEN_APART}({text}, [{like}], {order!r})"
            lines += ast.parse(taken).body
            returned += own
        lines += ast.parse(f"return {', '.join(returned)}").body  # outside of a function: a tree
        return [_at(each, node) for each in lines]


def _at(made: ast.stmt, node: ast.stmt) -> ast.stmt:
    """Return a statement whose every part stands where another one does."""
    for each in ast.walk(made):
        if isinstance(each, (ast.expr, ast.stmt)):
            ast.copy_location(each, node)
    return made
