"""What happens when a ufunc of NumPy meets a tensor: ``__array_ufunc__`` (NEP 13)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.context import unwatched
from autograd_mini.ops.operation import Op
from autograd_mini.protocols import (
    FUNCTIONS,
    METHODS,
    OPERANDS,
    UFUNCS,
    of_looks,
    operand,
    plain,
    refuse,
    refuse_to_lose,
    store,
    tensors_in,
    wrapped_as,
)
from autograd_mini.recording.record import alone, apply
from autograd_mini.recording.recorded import Recorded, looks

__all__ = ["call_ufunc"]

_OPTIONS = {"out", "where", "dtype", "casting", "order", "subok"}


def call_ufunc(
    cls: type[Any], ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Do what ``__array_ufunc__`` must."""
    if method == "__call__":
        op = UFUNCS.get(ufunc)
        if op is not None and not kwargs:
            if len(inputs) == 1:  # it is a tensor then
                return alone(op)(inputs[0]) if op.quick else apply(op, inputs, {}, cls)
            return apply(op, _operands(inputs), {}, cls)
        return _call_with_options(cls, op, ufunc, inputs, kwargs)
    if method != "at" and not kwargs.get("out"):
        tensors = tensors_in((inputs, kwargs))
        alive = any(map(_alive, tensors))
        if not alive or _may_be_constant(ufunc, tensors):
            before = looks.count
            result = getattr(ufunc, method)(*plain(inputs), **plain(kwargs))
            if not alive or result.dtype.kind not in "fc":
                # NumPy's own is faster, and knows every ufunc
                return of_looks(before, wrapped_as(cls, result), ufunc.__name__)
    found = METHODS.get((ufunc, method)) or METHODS.get((None, method))
    if found is not None:
        out = kwargs.pop("out", None)
        result = found(ufunc, *inputs, **kwargs)
        return result if out is None else store(result, out)
    refuse((ufunc, method), inputs, f"{_name_of(ufunc)}.{method}")
    before = looks.count
    result = getattr(ufunc, method)(*plain(inputs), **plain(kwargs))
    return of_looks(before, wrapped_as(cls, result), ufunc.__name__)


def _alive(tensor: Any) -> bool:
    """Return whether a tensor is recorded, or stands for a whole batch."""
    return tensor._node is not None or tensor._is_example()


def _may_be_constant(ufunc: np.ufunc, tensors: Sequence[Any]) -> bool:
    """Return whether a ufunc has derivative 0, and no operand stands for a whole batch.

    What its methods give may be an operand's own entry, such as the first of an accumulation.
    """
    op = UFUNCS.get(ufunc)
    if op is None or op.kind != "constant":
        return False
    return not any(each._is_example() for each in tensors)


def _name_of(ufunc: np.ufunc) -> str:
    """Return what people call a ufunc, which may be none of NumPy's."""
    name = ufunc.__name__
    return f"np.{name}" if getattr(np, name, None) is ufunc else f"the ufunc {name}"


def _operands(inputs: Sequence[Any]) -> list[Any]:
    return [each if isinstance(each, OPERANDS) else operand(each) for each in inputs]


def _call_without_rule(
    cls: type[Any],
    ufunc: np.ufunc,
    inputs: tuple[Any, ...],
    kwargs: dict[str, Any],
    unknown: set[str],
) -> Any:
    """Call a ufunc, or one with options, that has no derivative: of what is not recorded."""
    out, before = kwargs.pop("out", None), looks.count
    if out is not None and any(each._is_varied() for each in tensors_in(inputs)):
        refuse_to_lose()  # a @= t states axes=
    stated = "".join(f" with {key}=" for key in sorted(unknown))
    refuse(ufunc, inputs, f"{_name_of(ufunc)}{stated}")
    if out is None:
        result = wrapped_as(cls, ufunc(*plain(inputs), **plain(kwargs)))
    else:  # a graph may depend on the values that a tensor had before
        made = tuple(plain(each).copy() if isinstance(each, Recorded) else each for each in out)
        found = ufunc(*plain(inputs), **plain(kwargs), out=made)
        result = store(_masked(found, kwargs.get("where", True), out), out)
    return of_looks(before, result, ufunc.__name__)


def _call_with_options(
    cls: type[Any], op: Op | None, ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Call a ufunc with out=, where=, dtype= and the like, or one composed of others."""
    composed = FUNCTIONS.get(ufunc)
    others = set(kwargs) - _OPTIONS
    if (op is None and composed is None) or "signature" in others or (op is not None and others):
        return _call_without_rule(cls, ufunc, inputs, kwargs, others)

    def run(*operands: Any, **options: Any) -> Any:
        if op is not None:
            return apply(op, operands, {}, cls)
        return composed(*operands, **options)  # type: ignore[misc]

    out, mask = kwargs.pop("out", None), kwargs.pop("where", True)
    dtype, casting = kwargs.pop("dtype", None), kwargs.pop("casting", "same_kind")
    options = {key: kwargs[key] for key in others}
    operands = _operands(inputs)
    if dtype is not None:
        operands = [_as_dtype(each, np.dtype(dtype), casting) for each in operands]
    if mask is True:
        result = run(*operands, **options)
    else:
        if out is None or any(each is None for each in out):
            raise ValueError(f"np.{ufunc.__name__} with where= needs out= for the other entries")
        with np.errstate(all="ignore"), unwatched():  # of entries that are not asked for
            result = run(*operands, **options)
    return result if out is None else store(_masked(result, mask, out), out)


def _masked(result: Any, mask: Any, out: tuple[Any, ...]) -> Any:
    """Return what `out` holds once `result` is written where `mask` says."""
    if mask is True:
        return result
    if isinstance(result, tuple):
        return tuple(_masked(each, mask, (into,)) for each, into in zip(result, out, strict=True))
    return result if out[0] is None else np.where(mask, result, out[0])


def _as_dtype(value: Any, dtype: np.dtype[Any], casting: Any) -> Any:
    given = value if hasattr(value, "dtype") else np.asarray(value)
    if not np.can_cast(given.dtype, dtype, casting) and hasattr(value, "dtype"):
        raise TypeError(f"cannot cast an operand of {given.dtype} to dtype={dtype} ({casting})")
    return given.astype(dtype)
