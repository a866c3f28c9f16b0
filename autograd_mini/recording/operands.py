"""What operations are given and give: tensors, arrays, numbers, parameters, fit to be kept."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_mini.context import current
from autograd_mini.errors import GradientLostWarning, NotDifferentiableError
from autograd_mini.graph.index_names import index_name, named_index
from autograd_mini.graph.node import Node, Written, constant, user_frame
from autograd_mini.memory.guard import COPY_LIMIT
from autograd_mini.memory.ownership import only_of
from autograd_mini.ops.operation import Op
from autograd_mini.recording.leaves import leaf_version
from autograd_mini.recording.recorded import Recorded

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "has_example", "of_kind", "of_numpy", "plain_array", "plain_number", "plain_parameters",
    "refuse_masked", "stored", "stored_constant", "unshared",
]  # fmt: skip


def has_example(operands: Sequence[Any]) -> bool:
    """Return whether one of `operands` stands for a whole batch."""
    return any(isinstance(each, Recorded) and each._is_example() for each in operands)


def plain_array(value: NDArray[Any]) -> NDArray[Any]:
    """Return the plain array in one of another class, such as ``np.memmap``.

    Those whose operators mean something else are refused: rules know arrays only.
    """
    if isinstance(value, np.matrix):
        raise TypeError(
            "np.matrix multiplies in its own way, which has no derivative here: use np.asarray(m)"
        )
    refuse_masked(value)
    return np.asarray(value)


def refuse_masked(value: object) -> None:
    """Raise if `value` is an array some of whose entries do not count."""
    kind = value.__class__
    if kind is np.ndarray or not issubclass(kind, np.ndarray):
        return  # without loading np.ma
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            "a masked array leaves entries out, which has no derivative here: use a.filled(...), "
            "or np.where with the mask"
        )


def stored(given: Any, node: Node | None) -> Any:
    """Return what to store for an operand that is an input, an array or a number.

    Whoever calls knows the values, too, in one place.
    """
    if node is not None:
        return leaf_version(given) if getattr(given, "_exposed", True) else node
    if given.__class__ is np.ndarray:
        return constant(given)
    return stored_constant(given) if isinstance(given, Recorded) else given


def plain_number(given: Any) -> Any:
    """Return a number of a user's class, such as an ``IntEnum``, as NumPy takes it: with a dtype.

    Such a class may also write its numbers in another way.
    """
    if given.__class__ in _USUAL or not isinstance(given, (int, float, complex)):
        return given
    return given if isinstance(given, Written) else np.asarray(given)[()]


_USUAL = {int, float, complex, bool, np.float64, np.complex128}


def stored_constant(given: Recorded) -> Any:
    """Return what to store for a tensor that is not recorded, used beside one that is.

    Whoever calls knows the values, too, in one place.
    """
    origin = given._origin
    if origin is not None and origin.lost and not current().depth:
        _warn_of_loss()
    value, name = given._value, getattr(given, "_name", None)
    alone = value.nbytes > COPY_LIMIT and only_of(given, besides=2)
    return constant(value, name, origin, alone=alone)


def _warn_of_loss() -> None:
    frame = user_frame()
    where = (frame.f_code.co_filename, frame.f_lineno) if frame else ("<unknown>", 0)
    warnings.warn_explicit(
        "what ag.grad, or another transformation of a function, made of recorded tensors is not "
        "recorded itself, and no gradient flows through it: write t.detach() if that is meant; to "
        "differentiate it too, put everything into one function, and transform that",
        GradientLostWarning,
        *where,
        registry=frame.f_globals.setdefault("__warningregistry__", {}) if frame else None,
    )


def plain_parameters(op: Op, params: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return parameters without tensors, and whether recorded values were looked at for them."""
    for each in params.values():
        if isinstance(each, Recorded):
            plain = {key: _plain_parameter(op, key, value) for key, value in params.items()}
            return plain, any(getattr(value, "_origin", None) for value in params.values())
    return params, False


def _plain_parameter(op: Op, key: str, value: Any) -> Any:
    if not isinstance(value, Recorded):
        return value
    if value._is_varied():
        raise NotDifferentiableError(
            f"{op.name}() has no derivative with respect to {key!r}, which is a recorded tensor; "
            f"pass {key}=t.detach() if it is meant as a constant"
        )
    return value._peek()


def of_numpy(results: tuple[Any, ...]) -> Any:
    """Return several results as arrays, or numbers of NumPy's: these nobody can write into."""
    made = [
        each if isinstance(each, (np.ndarray, np.generic)) else np.asarray(each)[()]
        for each in results
    ]
    return of_kind(results, made)


def of_kind(results: tuple[Any, ...], made: list[Any]) -> Any:
    """Return `made` as a tuple of the class of `results`, which may be a named one."""
    kind = type(results)
    return kind(*made) if hasattr(kind, "_fields") else tuple(made)


def unshared(value: Any) -> Any:
    """Return a parameter that nobody else can change."""
    if isinstance(value, np.ndarray):
        return named_index(value.copy(), index_name(value))
    return value.copy() if isinstance(value, list) else value
