"""Read off a forward function, without running it, what networks it is for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nets.homework.reading.names import described, role_of

__all__ = ["Anatomy", "anatomy", "operands", "times_inputs"]

_WEIGHT = re.compile(
    r"^(?:self\.)?_?(?:w|weights?|theta|syn(?:apses?)?)_?(\d*)"
    r"(?:_?[hoi]|_?[hoi]h|_?h[hoi]|_\w*(?:input|hidden|output|out|in)\w*)?\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^_?(?:w|weights?|theta|syn(?:apses?)?)_?(\d+)$", re.IGNORECASE)


@dataclass(frozen=True)
class Anatomy:
    """What a forward function says about the networks it computes.

    Attributes
    ----------
    depth : int or None
        The number of layers where it is written out; None where it is a loop.
    columns : bool
        Whether examples stand in columns: ``W @ X``.
    transposed : bool
        Whether weights are transposed before they are used: ``w.T @ X``, ``X @ W.T``.
    softmax, integers : bool
        Whether the output is a softmax; whether labels are integers.
    vector : bool
        Whether there is one output, its labels and its weights in a vector each: ``X[i] @ w``.
    number : bool
        Whether there is one input as well, its weight a number: ``w * x[i]``.
    single : bool
        Whether there is one example, a vector.
    bare_bias : bool
        Whether the bias of one output is a number: ``b = 0``.
    tokens : bool
        Whether inputs are numbers of words, or of letters: ``xs[t][inputs[t]] = 1``.
    """

    depth: int | None
    columns: bool
    transposed: bool
    softmax: bool
    integers: bool
    vector: bool = False
    number: bool = False
    single: bool = False
    bare_bias: bool = False
    tokens: bool = False


def anatomy(functions: Iterable[ast.AST], labels: Iterable[ast.AST]) -> Anatomy:
    """Read functions of the forward pass, and those that take labels.

    Parameters
    ----------
    functions : iterable of ast.AST
        Forward and what it calls.
    labels : iterable of ast.AST
        Cost and backward, and what they call.
    """
    functions, labels = list(functions), list(labels)
    nodes = [node for function in functions for node in ast.walk(function)]
    votes = [vote for node in nodes if (vote := _product(node)) is not None]
    columns = sum(1 if first else -1 for first, _ in votes) >= 0
    transposed = bool(votes) and sum(turned for _, turned in votes) * 2 > len(votes)
    numbers = [int(found[1]) for name in _names(nodes) if (found := _NUMBERED.match(name))]
    text = " ".join(name.lower() for name in _names(nodes))
    label_nodes = [node for function in labels for node in ast.walk(function)]
    text += " " + " ".join(name.lower() for name in _names(label_nodes))
    integers = any(map(_indexes_by_label, label_nodes)) and not _subtracts_labels(label_nodes)
    number = not votes and any(map(_multiplies, [*nodes, *label_nodes]))
    one_label = any(map(_takes_one_label, [*nodes, *label_nodes]))
    classes = any(map(_indexes_by_one_label, [*nodes, *label_nodes]))
    told = {name for name in _names(nodes) if described(name) == "W"}
    alone = len(votes) == 1 and bool(functions) and _multiplies_once(functions[0])
    return Anatomy(
        max(numbers) + (min(numbers) == 0) if numbers else 1 if alone else len(told) or None,
        columns,
        transposed,
        "softmax" in text or _normalises(nodes),
        integers or classes,
        number
        or "dj_dw" in text
        or (one_label and not classes)
        or (alone and any(map(_multiplies_labels, [*nodes, *label_nodes])))
        or (alone and any(map(_flattens, label_nodes))),
        number,
        tokens=any(map(_indexes_by_input, nodes)),
    )


def _multiplies_once(function: ast.AST) -> bool:
    """Return whether a function itself has a product with weights, and repeats nothing."""
    nodes = list(ast.walk(function))
    repeats = any(isinstance(node, (ast.For, ast.While, ast.comprehension)) for node in nodes)
    return not repeats and any(_product(node) is not None for node in nodes)


def _multiplies_labels(node: ast.AST) -> bool:
    """Return whether labels are multiplied as only a vector of them can be: ``y @ np.log(h)``."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.MatMult):
        return False
    plain = isinstance(node.left, ast.Name) and role_of(node.left.id) == "Y"
    return plain and not re.search(r"\.T\b|transpose|reshape", ast.unparse(node.right))


def _flattens(node: ast.AST) -> bool:
    """Return whether a gradient is made a vector, as SciPy's optimizers want it: ``.flatten()``."""
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in ("flatten", "ravel")


def _takes_one_label(node: ast.AST) -> bool:
    """Return whether a label is taken out of a vector: ``y[i]``."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and role_of(node.value.id) == "Y"
        and isinstance(node.slice, ast.Name)
        and len(node.slice.id) == 1
    )


def _indexes_by_one_label(node: ast.AST) -> bool:
    """Return whether a label that is taken out of a vector serves as an index: ``scores[y[i]]``."""
    if not isinstance(node, ast.Subscript):
        return False
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return any(map(_takes_one_label, parts))


def _multiplies(node: ast.AST) -> bool:
    """Return whether an input is multiplied by a weight that is a number: ``w * x[i]``."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult):
        return False
    sides = [
        each.value if isinstance(each, ast.Subscript) else each for each in (node.left, node.right)
    ]
    names = [each.id for each in sides if isinstance(each, ast.Name)]
    return any(name in ("w", "W", "slope") for name in names) and any(
        role_of(name) == "X" for name in names
    )


def _names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Constant):
            yield str(node.value)[:20]


def operands(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """Return what a matrix product multiplies: of ``A @ B``, ``A.dot(B)``, ``np.dot(A, B)``.

    Parameters
    ----------
    node : ast.AST
        Anything; None where it is no matrix product.
    """
    found: list[ast.expr] = []
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        found = [node.left, node.right]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("dot", "matmul"):
            of_module = isinstance(node.func.value, ast.Name) and node.func.value.id in (
                "np",
                "numpy",
            )
            found = list(node.args) if of_module else [node.func.value, *node.args]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dot":
        found = list(node.args)
    return (found[0], found[1]) if len(found) == 2 else None


def times_inputs(node: ast.AST) -> str | None:
    """Return the name that a product multiplies the inputs by: beta of ``X @ beta``.

    Parameters
    ----------
    node : ast.AST
        Anything; None where it is no such product.
    """
    found = operands(node)
    if found is None:
        return None
    for values, other in (found, found[::-1]):
        if not isinstance(values, ast.Name) or not isinstance(other, ast.Name):
            continue
        if role_of(values.id) == "X" and role_of(other.id) not in ("X", "Y", "AL"):
            return other.id
    return None


def _product(node: ast.AST) -> tuple[bool, bool] | None:
    """Return (weights come first, weights are transposed) of a matrix product with weights."""
    found = operands(node)
    if found is None:
        return None
    first, second = (_weight(each) for each in found)
    if not first and not second and (name := times_inputs(node)) is not None:
        first, second = (ast.unparse(each) == name for each in found)
    if first == second:
        return None
    weights, values = found if first else reversed(found)
    if isinstance(values, ast.Attribute) and values.attr == "T":  # X.T @ w is (w.T @ X).T
        return not first, not _turned(weights)
    return first, _turned(weights)


def _weight(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return _weight(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "transpose" and any(map(_weight, [node.func.value, *node.args]))
    if isinstance(node, ast.Subscript):
        key = ast.unparse(node.slice).strip("'\"")
        return bool(re.match(r"['\"]?[wW]", ast.unparse(node.slice))) or (
            not key.startswith(("b", "'b")) and _weight(node.value)
        )
    text = ast.unparse(node)
    last = text.rpartition(".")[2]
    return bool(_WEIGHT.match(last) or described(last) == "W") and "(" not in text


def _turned(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "T") or isinstance(node, ast.Call)


def _normalises(nodes: Iterable[ast.AST]) -> bool:
    """Return whether something is divided by a sum of itself along an axis: a softmax."""
    for node in nodes:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            right = ast.unparse(node.right)
            if "sum(" in right and ("axis" in right or "exp" in right):
                return True
    return False


def _indexes_by_label(node: ast.AST) -> bool:
    """Return whether labels serve as an index: ``probs[range(m), y]``, ``one_hot(y)``."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        text = ast.unparse(node.slice)
        return "range(" in text or ".arange(" in text
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        return bool(re.fullmatch(r"(to_)?(one_?hot|categorical)\w*", name, re.IGNORECASE))
    return False


def _indexes_by_input(node: ast.AST) -> bool:
    """Return whether an input serves as an index: ``xs[t][inputs[t]]``."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Subscript):
        return False
    taken = node.slice.value
    return isinstance(taken, ast.Name) and role_of(taken.id) == "X"


def _subtracts_labels(nodes: Sequence[ast.AST]) -> bool:
    """Return whether labels are subtracted as they are handed over, which integers could not be."""
    made = {
        ast.unparse(target)
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
    }
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Sub)
        and isinstance(node.right, (ast.Name, ast.Attribute))
        and role_of(ast.unparse(node.right).removeprefix("self.")) == "Y"
        and (isinstance(node.right, ast.Attribute) or node.right.id not in made)
        and not re.search(r"one_?hot", ast.unparse(node.right), re.IGNORECASE)
        for node in nodes
    )
