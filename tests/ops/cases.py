"""Calls to test each operation with, made from the operation tables alone."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import autograd_mini as ag
from autograd_mini.ops.operation import Op, registry

INTERNAL = {"given", "leaf", "pick", "mirror"}
"""Not called by anyone: an input, one result of an operation that has several, and the reading of
one triangle, which is only right together with what follows it (tests/linalg)."""

DIFFERENTIABLE = [
    op for op in registry.values() if op.kind != "constant" and op.name not in INTERNAL
]
CONSTANT = [op for op in registry.values() if op.kind == "constant"]

Arrays = list[np.ndarray]


class NoSamplesError(AssertionError):
    """An operation says neither what to draw nor gives samples."""


_NO_SAMPLES = (
    "{} needs samples: give its table entry samples=[sample, ...], each sample(rng) -> "
    "(args, kwargs), as ops/sampling.py makes them"
)


@dataclass(frozen=True)
class Case:
    """One call of one operation.

    Attributes
    ----------
    op : Op
    operands : list
        All of them, in order; those of a variadic operation are the members of its sequence.
    params : dict
    label : str
    """

    op: Op
    operands: list[Any]
    params: dict[str, Any]
    label: str

    @property
    def wrt(self) -> list[int]:
        """Positions of the operands that can be differentiated by."""
        return [
            k
            for k, each in enumerate(self.operands)
            if np.asarray(each).dtype.kind in "fc" and (self.op.variadic or self.op.vjps[k])
        ]

    def at(self, *points: Any) -> Any:
        """Call the operation with other values for the operands of `wrt`."""
        operands = list(self.operands)
        for k, point in zip(self.wrt, points, strict=True):
            operands[k] = point
        if self.op.variadic:
            return self.op(operands, **self.params)
        return self.op(**dict(zip(self.op.inputs, operands, strict=True)), **self.params)

    def kernel(self, *points: Any) -> Any:
        """Call the kernel alone."""
        operands = list(self.operands)
        for k, point in zip(self.wrt if points else (), points, strict=True):
            operands[k] = point
        if self.op.variadic:
            return self.op.kernel(operands, **self.params)
        return self.op.kernel(*operands, **self.params)

    @property
    def points(self) -> Arrays:
        return [self.operands[k] for k in self.wrt]

    def with_points(self, points: Sequence[Any]) -> Case:
        operands = list(self.operands)
        for k, point in zip(self.wrt, points, strict=True):
            operands[k] = point
        return replace(self, operands=operands)

    def cast(self, dtype: Any) -> Case:
        """Return the call with the operands of `wrt` in another dtype."""
        params = dict(self.params)
        if "dtype" in params and params["dtype"] is not None:
            params["dtype"] = dtype
        if np.dtype(dtype).kind == "c":
            turn = np.exp(0.4j)
            points = [(np.asarray(p) * turn).astype(dtype) for p in self.points]
        else:
            points = [np.asarray(p).astype(dtype) for p in self.points]
        return replace(self.with_points(points), params=params)


def seeded(op: Op, salt: int = 0) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(op.name.encode()), salt])


def _drawn(op: Op, rng: np.random.Generator, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    return [
        np.asarray(rng.uniform(*op.domain.get(name, (-2.0, 2.0)), size=shape))
        for name, shape in zip(op.inputs, shapes, strict=True)
    ]


def is_drawn(op: Op) -> bool:
    """Return whether operands of any shape may be drawn, entry by entry."""
    return (
        not op.samples
        and not op.variadic
        and (op.kind in ("elementwise", "constant") or (op.kind == "linear" and op is _CONJ))
    )


_CONJ = registry["conj"]


def drawn(op: Op, shapes: Sequence[tuple[int, ...]], label: str, salt: int = 0) -> Case:
    return Case(op, _drawn(op, seeded(op, salt), shapes), {}, label)


def cases(op: Op) -> Iterator[Case]:
    """Yield the calls to test `op` with."""
    n = len(op.inputs)
    if is_drawn(op):
        yield drawn(op, [(2, 3)] * n, "matrix", 1)
        yield drawn(op, [()] * n, "0-d", 2)
        yield drawn(op, [(0, 2)] * n, "empty", 3)
        if n > 1:
            yield drawn(op, [(2, 1), (3,), (4, 1, 1)][:n], "broadcast", 4)
            yield drawn(op, [(), (3,), (3,)][:n], "number and vector", 5)
        return
    if not op.samples:
        raise NoSamplesError(_NO_SAMPLES.format(op))
    for k, sample in enumerate(op.samples):
        args, kwargs = sample(seeded(op, k))
        operands, params = op.bind(args, dict(kwargs))
        yield Case(op, list(operands), params, f"sample {k}")


def constant_cases(op: Op) -> Iterator[Case]:
    """Yield the calls to test a constant operation with: of integers if it takes no floats."""
    for case in cases(op):
        if case.label == "empty":  # has no largest entry
            continue
        try:
            case.kernel()
        except TypeError as error:
            if op.samples:
                raise
            yield _of_integers(case, error)
        else:
            yield case


def _of_integers(case: Case, error: TypeError) -> Case:
    made = replace(case, operands=[np.arange(1, 7).reshape(2, 3) for _ in case.op.inputs])
    try:
        made.kernel()
    except TypeError:
        raise NoSamplesError(_NO_SAMPLES.format(case.op)) from error
    return made


def results(out: Any) -> list[Any]:
    """Return the float results of an operation that has one or several."""
    each = list(out) if isinstance(out, tuple) else [out]
    return [r for r in each if np.asarray(value(r)).dtype.kind in "fc"]


def value(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, ag.Tensor) else np.asarray(x)


def like(rng: np.random.Generator, x: Any) -> np.ndarray:
    """Return a random array with the shape of `x`, complex if that is."""
    array = value(x)
    made = rng.normal(size=array.shape)
    if array.dtype.kind == "c":
        made = made + 1j * rng.normal(size=array.shape)
    return made.astype(array.dtype)


def inner(a: Any, b: Any) -> Any:
    """Return Re <a, b>, for arrays and Tensors."""
    return np.real(np.sum(np.conj(a) * b))


def weighted(case: Case, weights: Sequence[np.ndarray]) -> Callable[..., Any]:
    """Return the scalar function Re <weights, op> of the operands of `case`."""

    def scalar(*points: Any) -> Any:
        parts = [inner(w, out) for w, out in zip(weights, results(case.at(*points)), strict=True)]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    return scalar


def directional(f: Callable[..., Any], points: Arrays, direction: Arrays) -> list[np.ndarray]:
    """Return the derivative of the arrays f(points) along `direction`, to about 1e-10."""

    def shifted(h: float) -> list[np.ndarray]:
        moved = [np.asarray(p + h * d) for p, d in zip(points, direction, strict=True)]
        out = f(*moved)
        return [value(each) for each in (out if isinstance(out, (list, tuple)) else [out])]

    h = 2e-4
    one, minus, two, under = shifted(h), shifted(-h), shifted(2 * h), shifted(-2 * h)
    return [
        (8 * (a - b) - (c - d)) / (12 * h)
        for a, b, c, d in zip(one, minus, two, under, strict=True)
    ]
