"""checkpoint changes no derivative of any operation of the tables."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops.operation import Op
from tests.ops.cases import DIFFERENTIABLE, cases, inner, like, results, seeded


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.name)
def test_gradients_and_second_derivatives_are_the_same(op: Op) -> None:
    for case in cases(op):
        rng = seeded(op, 11)
        with np.errstate(all="ignore"):
            weights = [like(rng, out) for out in results(case.kernel(*case.points))]
        directions = [like(rng, point) for point in case.points]
        if not case.points or not weights:
            continue

        def plain(*points, case=case, weights=weights):
            outs = case.at(*points)
            outs = outs if isinstance(outs, tuple) else (outs,)
            floats = [out for out in outs if np.dtype(out.dtype).kind in "fc"]
            return sum(inner(w, out) for w, out in zip(weights, floats, strict=True))

        kept = ag.checkpoint(plain)
        argnums = tuple(range(len(case.points)))
        with np.errstate(all="ignore"):
            found = [
                (
                    ag.grad(f, argnums)(*case.points),
                    ag.jvp(ag.grad(f, argnums), case.points, directions)[1],
                )
                for f in (plain, kept)
            ]
        for order in (0, 1):
            for a, b in zip(found[0][order], found[1][order], strict=True):
                assert a.dtype == b.dtype
                np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-10, atol=1e-12)
