"""What had to be made up for a person's functions, and what it means if that does not run."""

from __future__ import annotations

import ast
import builtins
import itertools
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.finding.parameters import parameter_name
from nets.homework.layouts.completing import free_names
from nets.homework.reading.names import role_of

__all__ = [
    "STOOD_IN",
    "GuessError",
    "fill_globals",
    "handed_gradient",
    "handed_gradients",
    "handed_on",
    "is_array",
    "made_in_module",
    "state_for",
    "vectors_for",
]

_HANDED = re.compile(
    r"d_?out(put)?s?|dvalues|grad_?out(put)?|out(put)?_grad\w*|upstream\w*|d[ahyzAHZY]|"
    r"d_?next_?\w+|d_?[ac-zA-Z]_?next|d_?h_?t"
)
_STATE = re.compile(r"(h|a|s|hidden|state)_?(prev|0|init\w*|last)|prev_?(h|a|s|hidden|state)")


class GuessError(Exception):
    """A person's function does not run on what was made up for it, which need not be its fault.

    Attributes
    ----------
    arguments : tuple of str
        For which values were made up.
    """

    def __init__(self, function: str, arguments: Sequence[str], error: BaseException) -> None:
        self.arguments = tuple(arguments)
        first = str(error).strip().partition("\n")[0]
        names = ", ".join(arguments)
        super().__init__(
            f"{function} does not run on what was made up for {names} "
            f"({type(error).__name__}: {first}); --data FILE.npz gives X, Y and arguments by name, "
            "--layers N,N,… the sizes"
        )


def handed_gradients(backward: ast.FunctionDef) -> list[str]:
    """Return the arguments with which the backward of a layer is handed gradients.

    There are several where forward returns several values: ``lstm_backward(dnext_h, dnext_c, …)``.

    Parameters
    ----------
    backward : ast.FunctionDef
        Who is handed labels starts from them, and is no layer.
    """
    arguments = [each.arg for each in backward.args.args]
    if any(role_of(each) == "Y" for each in arguments):
        return []
    return list(itertools.takewhile(_HANDED.fullmatch, arguments))


def handed_gradient(backward: ast.FunctionDef) -> str | None:
    """Return the first argument with which the backward of a layer is handed a gradient.

    Parameters
    ----------
    backward : ast.FunctionDef
        None where there is no such argument.
    """
    return next(iter(handed_gradients(backward)), None)


def state_for(name: str, weights: Mapping[str, Any]) -> Any:
    """Return a hidden state for an argument such as ``hprev``, None where it is something else.

    Parameters
    ----------
    name : str
    weights : mapping of str to numpy.ndarray
        Among them the square one, by which the state is multiplied.
    """
    if not _STATE.fullmatch(name):
        return None
    shapes = [np.shape(each) for each in weights.values()]
    square = [shape[0] for shape in shapes if len(shape) == 2 and shape[0] == shape[1] > 1]
    return np.random.default_rng(5).standard_normal((square[0], 1)) * 0.3 if square else None


def vectors_for(names: Iterable[str], width: int) -> dict[str, tuple[int, ...]]:
    """Return shapes of the parameters of a layer that works on each input by itself.

    Parameters
    ----------
    names : iterable of str
        ``gamma`` and ``beta`` are vectors of X's width.
    width : int
    """
    return {name: (width,) for name in names if re.fullmatch(r"gamma|beta|scale|shift", name)}


STOOD_IN = {
    "X": "the inputs", "Y": "the labels", "m": "the number of examples",
    "lambd": "a factor of the L2 term", "keep_prob": "a share of units to keep",
    "learning_rate": "a learning rate", "layer_dims": "the units of the layers",
    "sizes_in": "the number of inputs", "sizes_hidden": "a number of hidden units",
    "sizes_out": "the number of outputs",
}  # fmt: skip
"""What functions may use without being handed it, because the training code defines it."""


def fill_globals(tree: ast.Module, names: dict[str, Any], roles: Mapping[str, Any]) -> None:
    """Give values to names that only the training code of the file would have given.

    Parameters
    ----------
    tree : ast.Module
    names : dict
        What is defined so far.
    roles : mapping
        Values by role.
    """
    free = free_names(tree)
    names.update(made_in_module(tree, free, names))
    for name in free:
        if name not in names and not hasattr(builtins, name) and role_of(name) in STOOD_IN:
            names[name] = roles[str(role_of(name))]


_MAKES = re.compile(r"(np|numpy)\.(random\.\w+|zeros|ones|eye|full|sqrt|array)")
_ARITHMETIC = (
    ast.BinOp,
    ast.UnaryOp,
    ast.Constant,
    ast.Tuple,
    ast.List,
    ast.operator,
    ast.unaryop,
    ast.expr_context,
    ast.Name,
    ast.Attribute,
    ast.Call,
    ast.keyword,
)


def made_in_module(
    tree: ast.Module, names: Collection[str], known: Mapping[str, Any]
) -> dict[str, Any]:
    """Return arrays that a file makes at module level, such as ``Whh = np.random.randn(n, n)``.

    Those that are called like the weights of a network are left to be made in its sizes.

    Parameters
    ----------
    tree : ast.Module
    names : collection of str
        What its functions use.
    known : mapping
        What is defined so far.
    """
    found: dict[str, Any] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        name = node.targets[0].id
        wanted = name in names and name not in known and not parameter_name(name)
        if wanted and role_of(name) is None and _makes_array(node.value, known):
            value = eval(compile(ast.Expression(node.value), "<module>", "eval"), dict(known))
            if is_array(value):
                found[name] = value
    return found


def _makes_array(value: ast.expr, known: Mapping[str, Any]) -> bool:
    """Return whether an expression only calls NumPy, with numbers that are defined."""
    calls = [node for node in ast.walk(value) if isinstance(node, ast.Call)]
    loaded = [node.id for node in ast.walk(value) if isinstance(node, ast.Name)]
    plain = all(isinstance(node, _ARITHMETIC) for node in ast.walk(value))
    made = all(_MAKES.fullmatch(ast.unparse(call.func)) for call in calls)
    return plain and bool(calls) and made and all(name in known for name in loaded)


def is_array(value: Any) -> bool:
    """Return whether a value may be a parameter that a file makes at module level."""
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.ndim > 0


def handed_on(result: Any, names: Sequence[Sequence[str]], incoming: Sequence[str]) -> list[Any]:
    """Return what a layer hands on, one value for each gradient that comes back for it.

    ``dnext_h`` is that of what forward returns as ``next_h``, others are in the order of what it
    returns.

    Parameters
    ----------
    result
        What forward returned.
    names : sequence of sequences of str
        Those of its return statements.
    incoming : sequence of str
        The arguments by which backward is handed gradients.
    """
    parts = list(result) if isinstance(result, (tuple, list)) else [result]
    arrays = [each for each in parts if isinstance(each, (np.ndarray, ag.Tensor))]
    spelled = next((each for each in names if len(each) == len(parts)), [])
    by_name = dict(zip(spelled, parts, strict=False))
    in_order = [*arrays, *[np.zeros(())] * len(incoming)]
    return [
        by_name.get(re.sub("^d_?", "", name), value)
        for name, value in zip(incoming, in_order, strict=False)
    ]
