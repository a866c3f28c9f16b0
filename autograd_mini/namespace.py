"""The functions of the ``ag`` namespace: NumPy's names, applied to tensors."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_mini import protocols
from autograd_mini.functions import (
    convolution,
    einsum,
    elementwise,
    layers,
    network,
    reductions,
    shapes,
)
from autograd_mini.ops import network as network_ops
from autograd_mini.ops.operation import Op
from autograd_mini.ops.reductions import logsumexp
from autograd_mini.recording.record import apply
from autograd_mini.recording.recorded import Recorded, looks, marked
from autograd_mini.tensor import Tensor, asarray, wrap

__all__ = ["PUBLIC", "creation", "public"]

_MODULES = (einsum, elementwise, network, reductions, shapes)
_TAKES_SEQUENCE = {
    "column_stack", "concat", "concatenate", "dstack", "hstack", "multi_dot", "stack", "vstack",
}  # fmt: skip
_AS_GIVEN = {"apply_along_axis", "apply_over_axes", "block", "histogramdd"}
"""Functions whose first argument is no array, or to which a list of them means something else."""


def _has_tensor(args: tuple[Any, ...]) -> bool:
    return any(
        isinstance(each, Recorded)
        or (isinstance(each, (list, tuple)) and any(isinstance(e, Recorded) for e in each))
        for each in args
    )


def public(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` for any array_like: its first argument becomes a tensor if none is one."""
    as_given, takes_out = name in _AS_GIVEN, function in protocols.OUT

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        out = None
        if takes_out:
            out, args, kwargs = protocols.split_out(function, args, kwargs)
        if args and not (as_given or isinstance(args[0], Recorded) or _has_tensor(args)):
            place = 1 if isinstance(args[0], str) and len(args) > 1 else 0  # subscripts of einsum
            first = args[place]
            if name in _TAKES_SEQUENCE:
                first = [asarray(each) for each in first]
            elif not isinstance(first, (tuple, type, np.dtype)):
                first = asarray(first)
            args = (*args[:place], first, *args[place + 1 :])
        before = looks.count
        result = function(*args, **kwargs)
        if not isinstance(result, Recorded):
            result = _as_tensors(result)
        if looks.count != before:
            marked(result, name)
        return result if out is None else protocols.store(result, out)

    call.__name__ = call.__qualname__ = name
    return call


def _as_tensors(result: Any) -> Any:
    """Return a result with the arrays in it as tensors."""
    if isinstance(result, Recorded):
        return result
    if isinstance(result, (np.ndarray, np.generic)):
        return wrap(result)
    if isinstance(result, tuple):
        parts = [_as_tensors(each) for each in result]
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
    return [_as_tensors(each) for each in result] if isinstance(result, list) else result


def _of_op(op: Op, name: str, numpy_function: Any = None) -> Callable[..., Any]:
    """Return the public function of an operation."""
    alone = len(op.inputs) == 1 and not op.variadic

    def call(*args: Any, **kwargs: Any) -> Any:
        if alone and len(args) == 1 and not kwargs and isinstance(args[0], Recorded):
            return apply(op, args, kwargs, Tensor)
        if kwargs and numpy_function is not None:
            args = args if _has_tensor(args) else (asarray(args[0]), *args[1:])
            return numpy_function(*args, **kwargs)
        operands, params = op.bind(args, kwargs)
        operands = [
            each if isinstance(each, (Recorded, np.ndarray, int, float, complex)) else asarray(each)
            for each in operands
        ]
        return apply(op, operands, params, Tensor)

    call.__name__ = call.__qualname__ = name
    call.__signature__ = _signature(op)  # type: ignore[attr-defined]
    call.__doc__ = f"{name}({', '.join(op.signature)}): {op.kind} operation, ${op.latex}$."
    return call


def _signature(op: Op) -> inspect.Signature:
    """Return how the function of an operation is called."""
    positional = [inspect.Parameter(each, inspect.Parameter.POSITIONAL_ONLY) for each in op.inputs]
    others = [
        inspect.Parameter(each, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)
        for each, default in op.defaults.items()
    ]
    options = inspect.Parameter("options", inspect.Parameter.VAR_KEYWORD)
    return inspect.Signature([*positional, *others, options])


def _collect() -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for ufunc, op in protocols.UFUNCS.items():
        found[ufunc.__name__] = _of_op(op, ufunc.__name__, ufunc)
    for name, function in list(vars(np).items()):  # dir() would import what NumPy loads lazily
        if isinstance(function, np.ufunc) and function.__name__ in found:
            found.setdefault(name, found[function.__name__])
        elif (
            function in protocols.FUNCTIONS if callable(function) and _hashable(function) else False
        ):
            found.setdefault(name, public(name, protocols.FUNCTIONS[function]))
    for name in network_ops.__all__:
        found[name] = _of_op(getattr(network_ops, name), name)
    found["logsumexp"] = _of_op(logsumexp, "logsumexp")
    for module in (network, layers, convolution):
        found.update({name: public(name, getattr(module, name)) for name in module.__all__})
    return found


def _hashable(value: Any) -> bool:
    return value.__hash__ is not None and not isinstance(value, type)


def _creator(function: str) -> Callable[..., Any]:
    make = getattr(np, function)

    @functools.wraps(make)
    def create(
        *args: Any, requires_grad: bool = False, name: str | None = None, **kwargs: Any
    ) -> Any:
        if kwargs.pop("device", None) not in (None, "cpu"):
            raise ValueError("the only device is 'cpu'")
        if (args or kwargs) and _has_tensor((*args, *kwargs.values())):
            made = protocols.FUNCTIONS[make](*args, **kwargs)
        else:
            made = make(*args, **kwargs)
        if isinstance(made, tuple):  # numbers, and the step between them
            return tuple(named(each, False, None) for each in made)
        return named(made, requires_grad, name)

    def named(made: Any, requires_grad: bool, name: str | None) -> Any:
        if not isinstance(made, Recorded):
            made = wrap(made)
            made._exposed = False
        if requires_grad:
            made.requires_grad = True
        if name is not None:
            made.name = name
        return made

    return create


creation = {
    name: _creator(name)
    for name in ("zeros", "ones", "empty", "full", "eye", "arange", "linspace", "identity")
}

PUBLIC = {**_collect(), **creation}
"""Every function of the namespace, by name."""
