"""NumPy's protocols: what happens when a NumPy function meets a tensor.

``np.exp(t)`` reaches us through ``__array_ufunc__`` (NEP 13), ``np.sum(t)`` through
``__array_function__`` (NEP 18).  Both look the function up in a table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from autograd_mini.errors import NotDifferentiableError
from autograd_mini.graph.node import user_frame
from autograd_mini.ops.kinds import Op
from autograd_mini.record import Recorded, apply, wrap

__all__ = ["FUNCTIONS", "UFUNCS", "call_function", "call_ufunc", "implements", "plainly"]

F = TypeVar("F", bound=Callable[..., Any])

UFUNCS: dict[np.ufunc, Op] = {}
"""The operation of each ufunc."""

METHODS: dict[tuple[np.ufunc | None, str], Callable[..., Any]] = {}
"""What ``ufunc.reduce`` and its like do: by ufunc and method, or by method for every ufunc."""

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
"""The implementation of each NumPy function."""

INSTEAD: dict[Any, str] = {}
"""What to use instead of a function that has no derivative."""


def implements(*numpy_functions: Callable[..., Any]) -> Callable[[F], F]:
    """Declare that a function does on tensors what `numpy_functions` do on arrays."""

    def register(function: F) -> F:
        for each in numpy_functions:
            FUNCTIONS[each] = function
        return function

    return register


def plainly(function: Callable[..., Any], wrapped: bool = False) -> None:
    """Declare that `function` only looks at values: it runs on plain arrays.

    With `wrapped` its result is an unrecorded tensor.
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        result = function(*_plain(args), **_plain(kwargs))
        if not wrapped:
            return result
        cls = tensor_class((args, kwargs))
        return _wrapped(cls, result) if cls else result

    FUNCTIONS[function] = run


def _wrapped(cls: type[Any], result: Any) -> Any:
    if isinstance(result, (np.ndarray, np.generic)):
        return wrap(cls, result)
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*(_wrapped(cls, each) for each in result))
    if isinstance(result, (list, tuple)):
        return type(result)(_wrapped(cls, each) for each in result)
    return result


def _plain(value: Any) -> Any:
    """Return `value` with every tensor in it replaced by its array."""
    if isinstance(value, Recorded):
        return value._value
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(_plain(each) for each in value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _tensors(value: Any) -> list[Any]:
    """Return the tensors in arguments, however nested."""
    found, pending = [], [value]
    while pending:
        each = pending.pop()
        if isinstance(each, Recorded):
            found.append(each)
        elif isinstance(each, (list, tuple)):
            pending.extend(each)
        elif isinstance(each, dict):
            pending.extend(each.values())
    return found


def tensor_class(value: Any) -> type[Any] | None:
    """Return the class of the first tensor in arguments."""
    tensors = _tensors(value)
    return type(tensors[-1]) if tensors else None


def _refuse(function: Any, args: Any, name: str) -> None:
    """Raise for a function without a rule, if a recorded tensor is among its arguments."""
    recorded = [each for each in _tensors(args) if each._node is not None]
    if recorded:
        which = recorded[0].name or f"a tensor of shape {recorded[0].shape}"
        frame = user_frame(3)
        line = f" ({frame.f_code.co_filename}:{frame.f_lineno})" if frame else ""
        remedy = INSTEAD.get(function, "pass t.detach() if it should count as a constant")
        raise NotDifferentiableError(
            f"{name} has no derivative rule, and {which} is recorded: {remedy}{line}"
        )


def call_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Do what ``__array_function__`` must."""
    found = FUNCTIONS.get(function)
    if found is not None:
        out = kwargs.pop("out", None) if "out" in kwargs else None
        result = found(*args, **kwargs)
        return result if out is None else _store(result, out)
    name = f"{getattr(function, '__module__', 'numpy')}.{getattr(function, '__name__', function)}"
    _refuse(function, (args, kwargs), name)
    cls = tensor_class((args, kwargs))
    assert cls is not None
    return _wrapped(cls, function(*_plain(args), **_plain(kwargs)))


def _store(result: Any, out: Any) -> Any:
    """Write `result` into what the caller passed as ``out``."""
    if isinstance(out, tuple):
        if len(out) > 1:
            return tuple(
                _store(each, into) if into is not None else each
                for each, into in zip(result, out, strict=True)
            )
        out = out[0]
    if isinstance(out, Recorded):
        out[...] = result  # type: ignore[index]
        return out
    if result._node is not None:
        raise NotDifferentiableError(
            "out= is a plain array, in which a recorded result would lose its gradient: leave "
            "out= away, or pass a tensor made with ag.zeros(...)"
        )
    np.copyto(out, result._value, casting="same_kind")
    return out


def call_ufunc(
    cls: type[Any], ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Do what ``__array_ufunc__`` must."""
    if method == "__call__":
        op = UFUNCS.get(ufunc)
        if op is not None and not kwargs:
            return apply(op, inputs, {}, cls)
        return _call_with_options(cls, op, ufunc, inputs, kwargs)
    found = METHODS.get((ufunc, method)) or METHODS.get((None, method))
    if found is not None:
        out = kwargs.pop("out", None)
        result = found(ufunc, *inputs, **kwargs)
        return result if out is None else _store(result, out)
    _refuse((ufunc, method), inputs, f"np.{ufunc.__name__}.{method}")
    return _wrapped(cls, getattr(ufunc, method)(*_plain(inputs), **_plain(kwargs)))


def _call_with_options(
    cls: type[Any], op: Op | None, ufunc: np.ufunc, inputs: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Call a ufunc with out=, where=, dtype= and the like."""
    out, mask, dtype = kwargs.pop("out", None), kwargs.pop("where", True), kwargs.pop("dtype", None)
    kwargs = {key: each for key, each in kwargs.items() if key not in ("casting", "order", "subok")}
    if op is None or kwargs:
        _refuse(ufunc, inputs, f"np.{ufunc.__name__}")
        if out is not None:
            kwargs["out"] = tuple(_plain(each) for each in out)
        result = ufunc(*_plain(inputs), where=_plain(mask), dtype=dtype, **kwargs)
        return out[0] if out is not None and len(out) == 1 else _wrapped(cls, result)
    if dtype is not None:
        inputs = tuple(
            each.astype(dtype) if isinstance(each, Recorded) else np.asarray(each, dtype)  # type: ignore[attr-defined]
            for each in inputs
        )
    result = apply(op, inputs, {}, cls)
    if mask is not True:
        if out is None:
            raise ValueError(f"np.{ufunc.__name__} with where= needs out= for the other entries")
        result = np.where(mask, result, out[0])
    return result if out is None else _store(result, out)
