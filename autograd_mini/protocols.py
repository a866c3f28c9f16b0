"""NumPy's protocols: what happens when a NumPy function meets a tensor.

``np.exp(t)`` reaches us through ``__array_ufunc__`` (NEP 13; see :mod:`.ufuncs`), ``np.sum(t)``
through ``__array_function__`` (NEP 18).  Both look the function up in a table.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import numpy as np

from autograd_mini.errors import NotDifferentiableError
from autograd_mini.graph.node import user_frame
from autograd_mini.ops.operation import Op
from autograd_mini.ops.shaping import stack
from autograd_mini.recording.recorded import Recorded, looks, marked, wrap

__all__ = [
    "FUNCTIONS",
    "INSTEAD",
    "METHODS",
    "OPERANDS",
    "UFUNCS",
    "array_operand",
    "call_function",
    "implements",
    "known",
    "of_looks",
    "operand",
    "operand_in",
    "plain",
    "plainly",
    "refuse",
    "refuse_to_lose",
    "split_out",
    "store",
    "tensor_class",
    "tensors_in",
    "ufunc_method",
    "wrapped_as",
]

OPERANDS = (Recorded, np.ndarray, np.generic, int, float, complex)
"""What operations take as it is."""

F = TypeVar("F", bound=Callable[..., Any])

UFUNCS: dict[np.ufunc, Op] = {}
"""The operation of each ufunc."""

METHODS: dict[tuple[np.ufunc | None, str], Callable[..., Any]] = {}
"""What ``ufunc.reduce`` and its like do: by ufunc and method, or by method for every ufunc."""

FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
"""The implementation of each NumPy function."""

INSTEAD: dict[Any, str] = {}
"""What to use instead of a function that has no derivative."""

OUT: dict[Callable[..., Any], int] = {}
"""Where ``out`` stands among the positional arguments of an implementation."""

_REMEDY = (
    "pass t.detach() if it should count as a constant; ag.primitive makes an operation of it, with "
    "a derivative of your own"
)


def implements(*numpy_functions: Callable[..., Any] | str) -> Callable[[F], F]:
    """Declare that a function does on tensors what `numpy_functions` do on arrays.

    Those that some version of NumPy lacks are given by name.
    """

    def register(function: F) -> F:
        code = function.__code__  # inspect.signature() is slow
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        if "out" in names:
            place = names.index("out")
            OUT[function] = place if place < code.co_argcount else sys.maxsize
        for each in numpy_functions:
            found = getattr(np, each, None) if isinstance(each, str) else each
            if found is not None:
                FUNCTIONS[found] = function
        return function

    return register


def ufunc_method(name: str, *ufuncs: np.ufunc | None) -> Callable[[F], F]:
    """Declare what ``ufunc.name`` does on tensors, for some ufuncs or, given None, for any."""

    def register(function: F) -> F:
        for each in ufuncs:
            METHODS[each, name] = function
        return function

    return register


def operand(value: Any) -> Any:
    """Return `value` as an operand: lists become arrays, lists of tensors are stacked."""
    if isinstance(value, Recorded):
        return value
    if isinstance(value, (list, tuple)) and tensors_in(value):
        return stack([operand(each) for each in value])
    made = value if isinstance(value, OPERANDS) else np.asarray(value)
    if isinstance(made, np.ndarray) and made.dtype.kind == "O":
        raise TypeError(
            "an array of objects does not compute with tensors: use np.stack([...]) to join "
            "tensors to one, or an array of numbers"
        )
    return made


def array_operand(value: Any) -> Any:
    """Return `value` as an operand where NumPy makes an array of Python's numbers as well.

    They then have a dtype of their own, and do not take on that of the other operand.
    """
    made = operand(value)
    return made if hasattr(made, "dtype") else np.asarray(made)


def operand_in(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return `value` as an operand of `dtype`, into which a number of Python's has to fit."""
    if not hasattr(value, "dtype") and not tensors_in(value):
        return np.asarray(value, dtype)
    made = operand(value)
    return made if made.dtype == dtype else made.astype(dtype)


def plainly(function: Callable[..., Any], wrapped: bool = False) -> None:
    """Declare that `function` only looks at values: it runs on plain arrays.

    With `wrapped` its result is an unrecorded tensor.
    """
    look = _as_shapes if function in _OF_SHAPES else plain

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        result = function(*look(args), **look(kwargs))
        if not wrapped:
            return result
        cls = tensor_class((args, kwargs))
        return wrapped_as(cls, result) if cls else result

    FUNCTIONS[function] = run


def of_looks(before: int, result: Any, what: str) -> Any:
    """Return `result`, marked if recorded values were looked at since there were `before`."""
    return marked(result, what) if looks.count != before else result


def wrapped_as(cls: type[Any], result: Any) -> Any:
    """Return a result with the arrays in it as tensors of class `cls`."""
    if isinstance(result, (np.ndarray, np.generic)):
        return wrap(cls, result)
    if isinstance(result, tuple) and hasattr(result, "_fields"):
        return type(result)(*(wrapped_as(cls, each) for each in result))
    if isinstance(result, (list, tuple)):
        return type(result)(wrapped_as(cls, each) for each in result)
    return result


_OF_SHAPES = frozenset((
    np.shape, np.ndim, np.size, np.iscomplexobj, np.isrealobj, np.result_type, np.can_cast,
    np.common_type, np.zeros_like, np.ones_like, np.empty_like, np.tril_indices_from,
    np.triu_indices_from, np.diag_indices_from, np.may_share_memory, np.shares_memory,
    np.einsum_path,
))  # fmt: skip
"""Functions that look at shapes and dtypes alone, so that any example may answer them."""


def _as_shapes(value: Any) -> Any:
    """Return `value` with every tensor in it replaced by an array of its shape and dtype."""
    if isinstance(value, Recorded):
        return value._value
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(_as_shapes(each) for each in value)
    if isinstance(value, dict):
        return {key: _as_shapes(each) for key, each in value.items()}
    return value


def plain(value: Any) -> Any:
    """Return `value` with every tensor in it replaced by its array."""
    if isinstance(value, Recorded):
        return value._peek()
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(plain(each) for each in value)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, slice):
        return slice(plain(value.start), plain(value.stop), plain(value.step))
    return value


def known(condition: Any) -> bool:
    """Return whether a condition is known to hold somewhere.

    For complaints only: what stands for a whole batch cannot say.
    """
    if isinstance(condition, Recorded) and condition._is_example():
        return False
    return bool(np.any(plain(condition)))


def tensors_in(value: Any) -> list[Any]:
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
    tensors = tensors_in(value)
    return type(tensors[-1]) if tensors else None


def refuse(function: Any, args: Any, name: str) -> None:
    """Raise for a function without a rule, if a recorded tensor is among its arguments."""
    recorded = [each for each in tensors_in(args) if each._is_varied()]
    if recorded:
        which = recorded[0].name or f"a tensor of shape {recorded[0].shape}"
        frame = user_frame(3)
        line = f" ({frame.f_code.co_filename}:{frame.f_lineno})" if frame else ""
        remedy = INSTEAD.get(function, _REMEDY)
        raise NotDifferentiableError(
            f"{name} has no derivative rule, and {which} is recorded: {remedy}{line}"
        )


def call_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Do what ``__array_function__`` must."""
    found = FUNCTIONS.get(function)
    before = looks.count
    if found is not None:
        out = kwargs.pop("out", None)
        if out is None and (kwargs or len(args) > 1):
            out, args, kwargs = split_out(found, args, kwargs)
        result = found(*args, **kwargs)
        if looks.count != before:
            marked(result, function.__name__)
        return result if out is None else store(result, out)
    name = f"{getattr(function, '__module__', 'numpy')}.{getattr(function, '__name__', function)}"
    refuse(function, (args, kwargs), name)
    cls = tensor_class((args, kwargs))
    assert cls is not None
    return of_looks(before, wrapped_as(cls, function(*plain(args), **plain(kwargs))), name)


def split_out(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """Return the ``out`` of a call of an implementation, and the arguments without it."""
    place = OUT.get(function)
    if place is None:
        return None, args, kwargs
    if len(args) > place:
        return args[place], (*args[:place], None, *args[place + 1 :]), kwargs
    return kwargs.get("out"), args, {key: each for key, each in kwargs.items() if key != "out"}


def store(result: Any, out: Any) -> Any:
    """Write `result` into what the caller passed as ``out``."""
    if isinstance(out, tuple):
        if len(out) > 1:
            return tuple(
                store(each, into) if into is not None else each
                for each, into in zip(result, out, strict=True)
            )
        out = out[0]
        if out is None:
            return result
    if out is Ellipsis:  # NumPy 2.3: always give an array
        return result
    if not np.can_cast(result.dtype, out.dtype, "same_kind"):
        raise TypeError(f"cannot store a result of {result.dtype} in an out= of {out.dtype}")
    if isinstance(out, Recorded):
        out[...] = result  # type: ignore[index]
        return out
    if isinstance(result, Recorded) and (result._is_varied() or result._is_example()):
        refuse_to_lose()
    np.copyto(out, plain(result), casting="same_kind")
    return out


def refuse_to_lose() -> NoReturn:
    """Raise because a plain array is to take what is recorded."""
    raise NotDifferentiableError(
        "a plain array cannot take a recorded result (by out=, or as in a += t), which would "
        "lose its gradient: write a = a + t, make the array with ag.zeros(...), or, in a "
        "function that is compiled, pass it as an argument"
    )
