"""Whole derivative matrices: all rows, or all columns, in one batched sweep."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, Literal

import numpy as np

from autograd_mini.context import no_grad
from autograd_mini.differentiate.boundary import entered, handed_out, left
from autograd_mini.differentiate.functional import _describe, grad, jvp, vjp
from autograd_mini.differentiate.tree import Argnums, leaves, rebuild, selected, values
from autograd_mini.differentiate.vmap import vmap
from autograd_mini.recording.recorded import Recorded
from autograd_mini.tensor import wrap

__all__ = ["hessian", "jacobian"]

Mode = Literal["auto", "reverse", "forward"]


def jacobian(
    f: Callable[..., Any], argnums: Argnums = 0, *, mode: Mode = "auto"
) -> Callable[..., Any]:
    """Return a function that gives the derivative of every result by every argument.

    Parameters
    ----------
    f : callable
        Returns an array, or a container of arrays.
    argnums : int or sequence of int
        Which arguments to differentiate by.
    mode : {"auto", "reverse", "forward"}
        Reverse computes row after row, one for each entry of the results, forward column after
        column, one for each entry of the arguments: all of them in one batched sweep.  "auto"
        takes the fewer.

    Returns
    -------
    callable
        With the arguments of `f`.  For one array by one array, a Tensor of shape
        ``out.shape + x.shape``; for containers, a container like the result, which holds
        containers like the argument, which hold those; for several `argnums` a tuple stands
        outside the container of the argument.

    Raises
    ------
    ValueError
        If `f` has complex arguments and results but no complex derivative.

    Notes
    -----
    By complex arguments, a real result has the gradient that :func:`grad` gives; a complex
    result has the complex derivative, if `f` is holomorphic.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.jacobian(lambda x: np.stack([x[0] * x[1], x[0]]))(np.array([2.0, 3.0]))
    Tensor([[3., 2.],
            [1., 0.]])
    """
    if mode not in ("auto", "reverse", "forward"):
        raise ValueError(f"mode is 'auto', 'reverse' or 'forward', not {mode!r}")
    name = _describe(f)

    @functools.wraps(f)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        chosen = selected(args, argnums, name)

        def of_chosen(*primals: Any) -> Any:
            full = list(args)
            for k, primal in zip(chosen, primals, strict=True):
                full[k] = primal
            return f(*full, **kwargs)

        of_chosen.__name__ = name
        primals = tuple(args[k] for k in chosen)
        outer, origin = entered(args)
        out, pullback = vjp(of_chosen, *primals)
        reverse = _in_reverse(mode, out, primals)
        with nullcontext() if outer else no_grad():
            rows = _rows(pullback, out) if reverse else _columns(of_chosen, primals, out)
        origin = left(origin, others=_has_lost(out))
        # one part for each result
        parts = [rebuild(primals, iter(handed_out(row, outer, origin))) for row in rows]
        return rebuild(
            out, iter([part[0] for part in parts] if isinstance(argnums, int) else parts)
        )

    return jacobian_of


def _has_lost(out: Any) -> bool:
    """Return whether results depend on recorded tensors, and do not say so."""
    origins = [each._origin for each in values(out) if isinstance(each, Recorded)]
    return any(each is not None and each.lost for each in origins)


def _in_reverse(mode: Mode, out: Any, primals: Any) -> bool:
    if mode != "auto":
        return mode == "reverse"
    results, arguments = [v for _, v in leaves(out)], [v for _, v in leaves(primals)]
    from_real = all(_dtype(each).kind != "c" for each in arguments)
    if from_real and any(_dtype(each).kind == "c" for each in results):
        return False  # the transpose of a real matrix by complex cotangents needs two sweeps
    return sum(map(np.size, results)) <= sum(map(np.size, arguments))


def _dtype(value: Any) -> np.dtype[Any]:
    return np.dtype(getattr(value, "dtype", float))


def _unit_vectors(values: Sequence[Any]) -> tuple[list[Any], int]:
    """Return, stacked along a first axis, every choice of one entry among all of `values`."""
    sizes = [int(np.size(each)) for each in values]
    total = sum(sizes)
    stacks, start = [], 0
    for each, size in zip(values, sizes, strict=True):
        stack = np.zeros((total, size), _dtype(each) if _dtype(each).kind in "fc" else float)
        stack[start : start + size] = np.eye(size)
        stacks.append(np.reshape(stack, (total, *np.shape(each))))
        start += size
    return stacks, total


def _rows(pullback: Callable[[Any], Any], out: Any) -> list[list[Any]]:
    """Return one list for each result: its derivative by each leaf of the arguments."""
    results = [value for _, value in leaves(out)]
    stacks, total = _unit_vectors(results)
    is_complex = any(_dtype(each).kind == "c" for each in results)

    def pulled(turn: complex) -> list[Any]:
        basis = [
            stack * turn if _dtype(each).kind == "c" else stack
            for stack, each in zip(stacks, results, strict=True)
        ]
        if not total:
            return [value for _, value in leaves(pullback(out))]
        return _each(pullback, rebuild(out, iter(basis)))

    found = pulled(1.0)
    turned = pulled(1j) if is_complex else found
    rows, start = [], 0
    for each in results:
        size, shape = int(np.size(each)), np.shape(each)
        row = []
        for g, other in zip(found, turned, strict=True):
            part, by = g[start : start + size] if total else g[None][:0], other
            if _dtype(each).kind == "c":
                if _dtype(g).kind == "c":
                    _require_holomorphic(part, by[start : start + size] / 1j)
                    part = np.conj(part)
                else:
                    part = part + 1j * by[start : start + size]
            row.append(np.reshape(part, shape + np.shape(g)[1:] if total else shape + np.shape(g)))
        rows.append(row)
        start += size
    return rows


def _columns(f: Callable[..., Any], primals: Any, out: Any) -> list[list[Any]]:
    """Return the same by pushing every entry of the arguments forward."""
    arguments = [value for _, value in leaves(primals)]
    results = [value for _, value in leaves(out)]
    stacks, total = _unit_vectors(arguments)

    def pushed(turn: complex) -> list[Any]:
        basis = [
            stack * turn if _dtype(each).kind == "c" else stack
            for stack, each in zip(stacks, arguments, strict=True)
        ]

        def forward(tangents: Any) -> Any:
            return jvp(f, primals, tangents)[1]

        if not total:
            return [wrap(np.zeros((0, *np.shape(each)), _dtype(each))) for each in results]
        return _each(forward, rebuild(primals, iter(basis)))

    found = pushed(1.0)
    turned = pushed(1j) if any(_dtype(each).kind == "c" for each in arguments) else found
    rows: list[list[Any]] = []
    for t, other, result in zip(found, turned, results, strict=True):
        row, start = [], 0
        for each in arguments:
            size = int(np.size(each))
            part = t[start : start + size]
            if _dtype(each).kind == "c":
                by = other[start : start + size]
                if _dtype(result).kind == "c":
                    _require_holomorphic(part, by / 1j)
                else:
                    part = part + 1j * by  # the gradient, as ag.grad gives it
            shaped = np.reshape(part, np.shape(each) + np.shape(result))
            order = (*range(np.ndim(each), shaped.ndim), *range(np.ndim(each)))
            row.append(np.transpose(shaped, order))
            start += size
        rows.append(row)
    return rows


def _each(function: Callable[..., Any], stacks: Any) -> list[Any]:
    """Return the leaves of what `function` makes of every entry of `stacks`."""
    return [value for _, value in leaves(vmap(function)(stacks))]


def _require_holomorphic(one: Any, other: Any) -> None:
    """Raise unless the derivative along i is i times that along 1."""
    a, b = (np.asarray(x._value if isinstance(x, Recorded) else x) for x in (one, other))
    scale = np.max(np.abs(a), initial=0) + np.max(np.abs(b), initial=0)
    if np.max(np.abs(a - b), initial=0) > 1e3 * np.finfo(a.dtype).eps * scale:
        raise ValueError(
            "the function is not holomorphic, so it has no complex derivative: give its real and "
            "imaginary parts as arguments, or as results, of their own"
        )


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return a function that gives all second derivatives of `f`: forward over reverse.

    Parameters
    ----------
    f : callable
        Returns a scalar.
    argnums : int or sequence of int
        Which arguments to differentiate by.

    Returns
    -------
    callable
        With the arguments of `f`.  For one array, a Tensor of shape ``x.shape + x.shape``; for
        containers and several `argnums`, a container like the gradient which holds such.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> ag.hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    Tensor([[4., 2.],
            [2., 0.]])
    """
    return jacobian(grad(f, argnums), argnums, mode="forward")
