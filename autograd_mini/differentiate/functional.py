"""Transformations: functions that take a function and return one of its derivatives."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_mini.context import transformation
from autograd_mini.differentiate.boundary import (
    DETACHED,
    NUMBERS,
    as_inputs,
    entered,
    handed_out,
    is_outer,
    knows_others,
    left,
    pulled,
    released,
    results_of,
    seed,
)
from autograd_mini.differentiate.forward import push
from autograd_mini.differentiate.parts import one, own
from autograd_mini.differentiate.tree import Argnums, leaves, rebuild, selected, values_like
from autograd_mini.graph.node import Node
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import Tensor, wrap

__all__ = ["grad", "hvp", "jvp", "value_and_grad", "vjp"]

_FLOAT64 = np.dtype(np.float64)


def _describe(function: Any) -> str:
    """Return what to call a function in a sentence; raise if it is none."""
    if not callable(function):
        recorded = "; for what is recorded, J.backward() gives the gradients"
        raise TypeError(
            f"ag.grad and other transformations take a function, not {type(function).__name__}"
            f"{recorded if isinstance(function, Recorded) else ''}"
        )
    return getattr(function, "__name__", type(function).__name__)


def _scalar_result(result: Any, name: str, has_aux: bool) -> tuple[Any, Any]:
    if result.__class__ is Tensor and result._value.__class__ is np.float64 and not has_aux:
        return result, None  # the usual case
    if has_aux:
        if not (isinstance(result, tuple) and len(result) == 2):
            raise TypeError(
                f"with has_aux, {name} must return (value, aux), not a {type(result).__name__}"
            )
        value, aux = result
    else:
        value, aux = result, None
    if not isinstance(value, (Recorded, *NUMBERS, int)):
        raise TypeError(
            f"{name} must return a scalar to have a gradient, it returned a {type(value).__name__}"
        )
    shape = getattr(value, "shape", ())
    if shape != ():
        raise ValueError(
            f"{name} must return a scalar to have a gradient, it returned shape {shape}; "
            "reduce it (np.sum, np.mean), or use ag.jacobian or ag.vjp"
        )
    dtype = getattr(value, "dtype", None)
    if dtype is not None and dtype.kind not in "fc":
        raise TypeError(f"{name} returned {dtype}, which has no gradient: return a float")
    if isinstance(value, complex) or (dtype is not None and dtype.kind == "c"):
        raise TypeError(
            f"{name} returned a complex number, which nothing can descend: return a real one "
            "(np.real, np.abs), or use ag.vjp or ag.jacobian"
        )
    return value, aux


def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that gives the value of `f` and its gradient.

    Parameters
    ----------
    f : callable
        Returns a scalar, or ``(scalar, aux)`` with `has_aux`.
    argnums : int or sequence of int
        Which arguments to differentiate by.
    has_aux : bool
        Whether `f` returns something beside the value.

    Returns
    -------
    callable
        With the arguments of `f`; returns ``(value, gradient)``, or ``((value, aux), gradient)``.
        The gradient is built like the argument; a tuple of gradients for several `argnums`.

    Notes
    -----
    Results are recorded inside another transformation, and where an argument is a recorded result.
    Else they are constants, also if `f` knows recorded tensors or is given an input that is one:
    a cost that uses them beside such warns, :class:`GradientLostWarning`.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.value_and_grad(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    (Tensor(9.), Tensor([ 3., 12.]))
    """
    name = _describe(f)

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        chosen = selected(args, argnums, name)
        outer, origin = entered(args)
        tracked = list(args)
        starts: list[Node] = []
        with transformation():
            for k in chosen:
                tracked[k], nodes = as_inputs(args[k], f"argument {k} of {name}", outer)
                starts.extend(nodes)
            value, aux = _scalar_result(f(*tracked, **kwargs), name, has_aux)
            start = one(getattr(value, "dtype", _FLOAT64))
            gradients, others = pulled(starts, [value], [wrap(start) if outer else start], outer)
        origin = None if outer else left(origin, others)
        supply = iter(handed_out(gradients, outer, origin))
        shaped = tuple([rebuild(args[k], supply) for k in chosen])
        gradient = shaped[0] if isinstance(argnums, int) else shaped
        value = released(value, outer, origin)
        if has_aux:
            return (value, released(aux, outer, origin or DETACHED)), gradient
        return value, gradient

    return differentiated


def grad(
    f: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False
) -> Callable[..., Any]:
    """Return a function that gives the gradient of `f`.

    Parameters
    ----------
    f, argnums, has_aux
        As in :func:`value_and_grad`.

    Returns
    -------
    callable
        With the arguments of `f`; returns the gradient, or ``(gradient, aux)``.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.grad(np.tanh)(0.0)
    Tensor(1.)
    >>> ag.grad(ag.grad(lambda x: x**3))(2.0)
    Tensor(12.)
    """
    both = value_and_grad(f, argnums, has_aux=has_aux)

    @functools.wraps(f)
    def gradient_of(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return gradient_of


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Run `f` and return its result with a function that carries cotangents back.

    Parameters
    ----------
    f : callable
        Returns an array, or a container of arrays.
    *primals
        Arguments; all of them are differentiated by.

    Returns
    -------
    out
        What `f` returned, as Tensors.
    pullback : callable
        ``pullback(cotangent)``, with a cotangent built like `out`, returns one gradient for each
        primal; it can be called again.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> out, pullback = ag.vjp(np.sin, np.array([0.0, np.pi]))
    >>> pullback(np.array([1.0, 10.0]))
    (Tensor([  1., -10.]),)
    """
    name = _describe(f)
    outer, origin = entered(primals)
    with transformation():
        tracked, starts = as_inputs(tuple(primals), f"the arguments of {name}", outer)
        out = f(*tracked)
    outputs = results_of(out, name)
    origin = None if outer else left(origin, knows_others(outputs))

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        given = values_like(cotangent, out)
        if given is None:
            raise ValueError(
                f"the cotangent must be built like the result of {name}: "
                f"{[path or 'an array' for path, _ in leaves(out)]}, not "
                f"{[path or 'an array' for path, _ in leaves(cotangent)]}"
            )
        inner = outer or is_outer(cotangent)
        seeds = [
            seed(value, result, inner, f"the cotangent of result{path}")
            for (path, _), value, result in zip(leaves(out), given, outputs, strict=True)
        ]
        with transformation():
            gradients, _ = pulled(starts, outputs, seeds, inner)
        supply = iter(handed_out(gradients, inner, origin))
        return tuple(rebuild(tuple(primals), supply))

    return released(out, outer, origin), pullback


def _require_sequences(of: str, name: str, **given: Any) -> None:
    """Raise unless arguments and what belongs to them come as sequences of arguments."""
    for what, each in given.items():
        if not isinstance(each, (tuple, list)):
            raise TypeError(
                f"{what} of {name} must be a tuple with one entry for each argument, not a "
                f"{type(each).__name__}: ag.{of}({name}, (x,), (v,)) for a single one"
            )


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Run `f` and carry tangents of its arguments forward to the result.

    Parameters
    ----------
    f : callable
    primals, tangents : sequences
        Arguments of `f`, and a tangent built like each of them.

    Returns
    -------
    out, out_tangent
        Built alike.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (Tensor(6.), Tensor(23.))
    """
    name = _describe(f)
    _require_sequences("jvp", name, primals=primals, tangents=tangents)
    along = values_like(tuple(tangents), tuple(primals))
    if len(primals) != len(tangents) or along is None:
        raise ValueError(f"tangents must be built like the arguments of {name}")
    outer, origin = entered((tuple(primals), tuple(tangents)))
    with transformation(keep=True):
        tracked, starts = as_inputs(tuple(primals), f"the arguments of {name}", outer)
        out = f(*tracked)
        outputs = results_of(out, name)
        given = {
            node: seed(tangent, node, outer, f"the tangent of argument {path}")
            for node, (path, _), tangent in zip(starts, leaves(tuple(primals)), along, strict=True)
        }
        roots = [
            each._node for each in outputs if isinstance(each, Recorded) and each._node is not None
        ]
        reached = iter(push(roots, given, Tensor, outer))
        results = []
        for each in outputs:
            found = None
            if isinstance(each, Recorded) and each._node is not None:
                found = next(reached)
            if found is None:
                found = np.zeros(np.shape(each), getattr(each, "dtype", float))
            results.append(own(found) if isinstance(found, Tensor) else wrap(np.array(found)))
    origin = None if outer else left(origin, knows_others(outputs))
    supply = iter(handed_out(results, outer, origin))
    return released(out, outer, origin), rebuild(out, supply)


def hvp(f: Callable[..., Any], primals: Sequence[Any], vectors: Sequence[Any]) -> Any:
    """Return the Hessian of `f` times `vectors`, without forming it: forward over reverse.

    Parameters
    ----------
    f : callable
        Returns a scalar.
    primals, vectors : sequences
        Arguments of `f`, and a vector built like each of them.

    Returns
    -------
    tuple
        Built like `primals`.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    (Tensor([ 6., 12.]),)
    """
    _require_sequences("hvp", _describe(f), primals=primals, vectors=vectors)
    gradient = grad(f, argnums=tuple(range(len(primals))))
    return jvp(gradient, tuple(primals), tuple(vectors))[1]
