"""What a person's functions are given besides their own values, and what tells arguments apart."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import signature
from typing import Any

from nets.homework.finding.calls import UnboundError
from nets.homework.finding.draws import KEEP_PROB, LAMBD, LEARNING_RATE, Draw
from nets.homework.reading.source import Source

__all__ = [
    "constants_of",
    "data_by_position",
    "lacking_ends",
    "layer_units",
    "roles_of",
    "sizes_by_position",
]


def roles_of(draw: Draw, source: Source) -> dict[str, Any]:
    """Return the values of arguments by their role, before anything has run."""
    sizes = draw.sizes
    return {
        "X": draw.X,
        "Y": draw.Y,
        "keep_prob": KEEP_PROB,
        "lambd": LAMBD,
        "learning_rate": LEARNING_RATE,
        "m": draw.m,
        "layer_dims": list(sizes),
        "architecture": _architecture(sizes, source),
        "sizes_in": sizes[0],
        "sizes_hidden": sizes[1],
        "sizes_out": sizes[-1],
        "seed": draw.seed,
        "hidden_activation": "relu",
        "training": True,
        "epochs": 1,
        "momentum": 0.9,
        "sparsity": 0.05,
        "quiet": False,
    }


def constants_of(names: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a file defines that may be handed to its functions."""
    return {
        key: value
        for key, value in names.items()
        if isinstance(value, (list, dict, int, float, str)) and not key.startswith("_")
    }


def _architecture(sizes: Sequence[int], source: Source) -> list[dict[str, Any]]:
    """Return a network as some write it down: one dictionary a layer.

    Its activations are among those that the file asks for by name.
    """
    words = {node.value for node in ast.walk(source.tree) if isinstance(node, ast.Constant)}
    outputs = [name for name in ("softmax", "sigmoid") if name in words]
    several = sizes[-1] > 1 or outputs == ["softmax"]
    output = outputs[0] if outputs and several else "sigmoid"
    hidden = next((name for name in ("relu", "tanh", "sigmoid") if name in words), "relu")
    last = len(sizes) - 1
    return [
        {
            "input_dim": before,
            "output_dim": after,
            "units": after,
            "activation": output if layer == last else hidden,
        }
        for layer, (before, after) in enumerate(itertools.pairwise(sizes), 1)
    ]


def lacking_ends(name: str, functions: Iterable[ast.AST]) -> slice:
    """Return which of a network's sizes a list holds that the file completes by itself.

    ``[n_features] + self.layers + [1]`` wants those of the hidden layers.

    Parameters
    ----------
    name : str
        Of the list.
    functions : iterable of ast.AST
        What uses it.
    """
    for node in (node for function in functions for node in ast.walk(function)):
        if isinstance(node, (ast.BinOp, ast.List, ast.Tuple)):
            parts = _parts(node)
            at = [k for k, part in enumerate(parts) if _is_list_called(part, name)]
            # `n_hidden + 1` and `n_in + n_hidden` are numbers
            adds = isinstance(node, ast.BinOp) and not any(map(_is_list, parts))
            if at and len(parts) > 1 and not adds:
                return slice(1 if at[0] else None, -1 if at[-1] < len(parts) - 1 else None)
    return slice(None)


def layer_units(function: Callable[..., Any], sizes: Sequence[int]) -> dict[str, Any]:
    """Return the units of hidden layers that a function takes by their number: ``h1, h2``.

    Parameters
    ----------
    function : callable
        What makes the parameters: elsewhere ``h1`` is a value.
    sizes : sequence of int
        Units of each layer, from the input on.
    """
    numbered = ((re.fullmatch(r"h_?(\d)", name), name) for name in signature(function).parameters)
    return {
        name: sizes[int(found[1])]
        for found, name in numbered
        if found is not None and 0 < int(found[1]) < len(sizes) - 1
    }


def _parts(node: ast.expr) -> list[ast.expr]:
    """Return what lists are joined from: ``a + b + c``, ``[x, *b, y]``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_parts(node.left), *_parts(node.right)]
    starred = isinstance(node, (ast.List, ast.Tuple)) and any(
        isinstance(each, ast.Starred) for each in node.elts
    )
    return list(node.elts) if starred else [node]  # type: ignore[attr-defined]


def _is_list(node: ast.expr) -> bool:
    """Return whether an expression can only be a list: ``[1]``, ``list(sizes)``."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in ("list", "tuple")
    return isinstance(node, (ast.List, ast.ListComp, ast.Tuple))


def _is_list_called(node: ast.expr, name: str) -> bool:
    if isinstance(node, ast.Starred):
        return _is_list_called(node.value, name)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("list", "tuple"):
        return any(_is_list_called(each, name) for each in node.args)
    return ast.unparse(node) in (name, f"self.{name}", f"self._{name}")


# -- where no name tells, and a person has said which function does what --------------------------


def sizes_by_position(lacking: UnboundError, draw: Draw) -> dict[str, int]:
    """Return numbers of units for arguments of a constructor, the input first."""
    return dict(zip(lacking.arguments, draw.sizes, strict=False))


def data_by_position(lacking: UnboundError, kind: str, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return data for arguments of forward, cost or backward.

    Parameters
    ----------
    lacking : UnboundError
    kind : str
        ``forward``, ``cost`` or ``backward``.
    known : mapping
        Values by role.

    Raises
    ------
    UnboundError
        If there are more arguments than that.
    """
    names = lacking.arguments
    usual = {
        "forward": [["X"]],
        "cost": [["Y"], ["AL", "Y"]],
        "backward": [["Y"], ["X", "Y"]],
    }[kind]
    roles = next((each for each in usual if len(each) == len(names)), None)
    if roles is None or any(role not in known for role in roles):
        raise lacking
    return {name: known[role] for name, role in zip(names, roles, strict=True)}
