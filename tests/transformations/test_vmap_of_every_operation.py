"""vmap of each operation of the tables is what a loop over the examples gives."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops.operation import Op
from tests.ops.cases import (
    CONSTANT,
    DIFFERENTIABLE,
    Case,
    cases,
    constant_cases,
    inner,
    like,
    seeded,
    value,
)

BATCH = 3


def batch_of(case: Case, salt: int) -> list[np.ndarray]:
    """Return operands that differ a little from example to example, stacked."""
    rng = seeded(case.op, 100 + salt)
    stacked = []
    for point in map(np.asarray, case.points):
        examples = [point + 0.001 * k * like(rng, point) for k in range(BATCH)]
        stacked.append(np.stack(examples).astype(point.dtype))
    return stacked


def all_results(out: object) -> list[object]:
    return list(out) if isinstance(out, tuple) else [out]


def results(out: object) -> list[object]:
    """Return the float results, without a look at their values."""
    return [each for each in all_results(out) if np.dtype(each.dtype).kind in "fc"]


def weights(case: Case) -> list[np.ndarray]:
    rng = seeded(case.op, 7)
    return [like(rng, out) for out in results(case.at(*case.points))]


def scalar(case: Case, w: list[np.ndarray]):
    def f(*points):
        total = 0.0
        for each, out in zip(w, results(case.at(*points)), strict=True):
            total = total + inner(each, out)
        return total

    return f


def close(batched, looped) -> None:
    for ours, loop in zip(batched, looped, strict=True):
        a, b = value(ours), np.stack([value(each) for each in loop])
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.name)
def test_values_are_those_of_a_loop(op: Op) -> None:
    for salt, case in enumerate(cases(op)):
        if not case.points:
            continue
        batches = batch_of(case, salt)
        with np.errstate(all="ignore"):
            batched = all_results(ag.vmap(case.at)(*batches))
            loop = [all_results(case.at(*(b[k] for b in batches))) for k in range(BATCH)]
        close(batched, list(zip(*loop, strict=True)))


@pytest.mark.parametrize("op", CONSTANT, ids=lambda op: op.name)
def test_constant_operations_are_those_of_a_loop(op: Op) -> None:
    for salt, case in enumerate(constant_cases(op)):
        operands = [np.asarray(each) for each in case.operands]
        rng = seeded(op, 50 + salt)

        def mixed(o, rng=rng):
            if op.name in ("searchsorted", "digitize"):  # what is in order stays so
                return o + 1
            return rng.permutation(o.ravel()).reshape(o.shape)

        batches = [np.stack([o, mixed(o), mixed(mixed(o))]) for o in operands]

        def call(*points, case=case):
            if case.op.variadic:
                return case.op(list(points), **case.params)
            return case.op(**dict(zip(case.op.inputs, points, strict=True)), **case.params)

        try:
            call(*operands)
        except ValueError:  # the extremes of nothing
            with pytest.raises(ValueError, match="empty"):
                ag.vmap(call)(*batches)
            continue
        with np.errstate(all="ignore"):
            batched = all_results(ag.vmap(call)(*batches))
            loop = [all_results(call(*(b[k] for b in batches))) for k in range(BATCH)]
        close(batched, list(zip(*loop, strict=True)))


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.name)
def test_gradients_inside_and_outside_are_those_of_a_loop(op: Op) -> None:
    for salt, case in enumerate(cases(op)):
        if not case.points or not results(case.at(*case.points)):
            continue
        batches = batch_of(case, salt)
        f = scalar(case, weights(case))
        argnums = tuple(range(len(batches)))
        with np.errstate(all="ignore"):
            inside = ag.vmap(ag.grad(f, argnums))(*batches)
            outside = ag.grad(lambda *b, f=f: np.sum(ag.vmap(f)(*b)), argnums)(*batches)
            loop = [ag.grad(f, argnums)(*(b[k] for b in batches)) for k in range(BATCH)]
        close(inside, list(zip(*loop, strict=True)))
        close(outside, list(zip(*loop, strict=True)))


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.name)
def test_an_operand_that_is_the_same_for_all_need_not_be_repeated(op: Op) -> None:
    for salt, case in enumerate(cases(op)):
        if len(case.points) < 2:
            continue
        batches = batch_of(case, salt)
        for fixed in range(len(batches)):
            points = [b if k != fixed else b[0] for k, b in enumerate(batches)]
            axes = tuple(None if k == fixed else 0 for k in range(len(batches)))
            with np.errstate(all="ignore"):
                batched = all_results(ag.vmap(case.at, axes)(*points))
                loop = [
                    all_results(case.at(*(p if a is None else p[k]
                                          for p, a in zip(points, axes, strict=True))))
                    for k in range(BATCH)
                ]  # fmt: skip
            close(batched, list(zip(*loop, strict=True)))
