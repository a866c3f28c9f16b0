"""Example arguments for a person's function: shapes that often fit together."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["PARAMETER", "examples"]

PARAMETER = re.compile(
    r"([WwbcUV]|[WUb][a-z]{1,2}|[Tt]heta|[Bb]eta|[Gg]amma|phi|mu|sigma|weights?|bias(es)?|coef|intercept|params?)"
    r"(\d+|_\w+)?"
)
"""Names of what a cost is differentiated by, rather than of data."""

Shape = tuple[int, ...]
Shapes = Callable[[str], Shape]

_EXAMPLES, _WIDTH, _KINDS = 13, 7, 3
"""How many examples, features and kinds of labels there are: sizes that are no usual numbers."""

_HIDDEN = (5, 4, 6, 8)
"""Units of hidden layers."""

_BIASES = ("b", "c", "bias", "biases", "intercept")


def _by_kind(weights: Shape, bias: Shape, X: Shape, y: Shape) -> Shapes:
    """Return the shapes of arguments by what their names say."""

    def shape(name: str) -> Shape:
        if name[:1] in "Xx":
            return X
        if name[:1] in "Yy":
            return y
        if re.sub(r"[_\d].*", "", name) in _BIASES:
            return bias
        return weights if PARAMETER.fullmatch(name) else ()

    return shape


_COLUMNS = _by_kind((_KINDS, _WIDTH), (_KINDS, 1), (_WIDTH, _EXAMPLES), (_KINDS, _EXAMPLES))
"""Shapes that fit where examples are columns, as in the course."""

_ROWS = _by_kind((_WIDTH,), (), (_EXAMPLES, _WIDTH), (_EXAMPLES,))
"""Shapes that fit where examples are rows, and one number is wanted of each."""

_RIGHT = _by_kind((_WIDTH, _KINDS), (_KINDS,), (_EXAMPLES, _WIDTH), (_EXAMPLES, _KINDS))
"""Shapes that fit where examples are rows, and weights stand on the right."""


def _layered(names: Sequence[str], columns: bool) -> Shapes | None:
    """Return the shapes of the arguments of a network of several layers; None if there are none."""
    numbers = [int(name[1:]) for name in names if re.fullmatch(r"W[1-5]", name)]
    if len(numbers) < 2 or sorted(numbers) != list(range(1, len(numbers) + 1)):
        return None
    units = (_WIDTH, *_HIDDEN[: len(numbers) - 1], _KINDS)
    plain = _COLUMNS if columns else _RIGHT

    def shape(name: str) -> Shape:
        layer = re.fullmatch(r"([Wb])(\d)", name)
        if layer is None:
            return plain(name)
        before, own = units[int(layer[2]) - 1], units[int(layer[2])]
        if layer[1] == "b":
            return (own, 1) if columns else (own,)
        return (own, before) if columns else (before, own)

    return shape


def examples(parameters: Sequence[inspect.Parameter], seed: int) -> Iterator[list[Any]]:
    """Yield arguments to try: defaults, numbers, and arrays whose shapes often fit together.

    Parameters
    ----------
    parameters : sequence of inspect.Parameter
    seed : int
    """
    wanted = [each for each in parameters if each.default is each.empty]
    names = [each.name for each in wanted]
    rng = np.random.default_rng(seed)
    usual: list[Shape] = [(), (3,), (3, 3), (2, 3), (3, 4), (4, 3), (2, 1), (2, 4)]

    def numbers(shape: Shape) -> Any:
        return rng.uniform(0.2, 0.9, shape)

    def filled(values: list[Any]) -> list[Any]:
        given = iter(values)
        return [next(given) if each in wanted else each.default for each in parameters]

    if all(each.annotation in (float, int, "float", "int") for each in wanted):
        yield filled([numbers(()) for _ in wanted])
    kinds = [_layered(names, True), _layered(names, False), _COLUMNS, _ROWS, _RIGHT]
    telling = any(name[:1] in "WXw" or PARAMETER.fullmatch(name) for name in names)
    for kind in kinds if telling else ():
        if kind is not None:
            yield filled([
                _labels(kind(name)) if name[:1] in "Yy" else numbers(kind(name)) for name in names
            ])  # fmt: skip
    shapes = [[shape] * len(wanted) for shape in usual]
    if len(wanted) <= 3:
        shapes += [list(each) for each in itertools.product(usual, repeat=len(wanted))]
    for each in shapes:
        yield filled([numbers(shape) for shape in each])
    labels = {name for name in names if name[:1] in "yYtTl"}
    for kind in kinds if labels and len(labels) < len(names) else ():  # whole numbers
        if kind is not None:
            yield filled([
                rng.integers(_KINDS, size=_EXAMPLES) if name in labels else numbers(kind(name))
                for name in names
            ])  # fmt: skip


def _labels(shape: Shape) -> Any:
    """Return labels of 0 and 1; with several rows or columns, a single 1 for each example."""
    if len(shape) < 2:
        return np.resize([1.0, 0.0, 0.0], shape)
    chosen = np.eye(_KINDS)[np.arange(_EXAMPLES) % _KINDS]
    return chosen if shape == chosen.shape else chosen.T
