"""Every operation of the tables, in a cost: its derived source computes the engine's gradients."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import autograd_mini as ag
from autograd_mini.ops.operation import registry

WITHOUT_SOURCE = {
    "avg_pool", "conv", "conv_kernel", "conv_transpose", "eig", "eigh", "max_pool",
    "overlap_add", "p_norm", "pad_moved", "sliding_window_view",
    "svd", "windows",
}  # fmt: skip
"""Operations that NumPy has no function for: they are derived, and their source is refused."""


def recorded(name: str, k: int) -> tuple[Any, dict[str, Any]] | None:
    """Return a cost of one operation and what it depends on; None if it is not of real numbers."""
    op = registry[name]
    args, params = op.samples[k](np.random.default_rng(k))
    leaves: dict[str, Any] = {}

    def leaf(value: Any, place: int) -> Any:
        array = np.asarray(value)
        if (name, place) == ("where", 0):  # a condition
            return array > 0
        if array.dtype.kind != "f":
            return value
        leaves[f"x{place}"] = ag.tensor(array, requires_grad=True, name=f"x{place}")
        return leaves[f"x{place}"]

    given = [leaf(value, place) for place, value in enumerate(args[0] if op.variadic else args)]
    out = op(given, **params) if op.variadic else op(*given, **params)
    if isinstance(out, tuple):
        out = [each for each in out if each.dtype.kind == "f"][-1:]
        out = out[0] if out else None
    if not leaves or out is None or not isinstance(out, ag.Tensor) or out.dtype.kind != "f":
        return None
    weights = np.random.default_rng(9).normal(size=out.shape)
    return np.sum(np.sin(out) * weights) + np.sum(out * out), leaves


CASES = [
    (name, k)
    for name, op in sorted(registry.items())
    if op.kind not in ("leaf", "constant") and not op.random and name != "einsum"  # see models
    for k in range(len(op.samples))
]


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES}))
def test_the_source_of_a_cost_with_it_computes_the_engines_gradients(name: str) -> None:
    for k in (k for other, k in CASES if other == name):
        with np.errstate(all="ignore"):
            found = recorded(name, k)
            if found is None:
                continue
            J, leaves = found
            J.backward()
            d = ag.derive(J, wrt=list(leaves.values()))
            assert "<math" in d.mathml
            if name in WITHOUT_SOURCE:
                with pytest.raises(ValueError, match="no NumPy source"):
                    _ = d.source
                continue
            made: dict[str, Any] = {}
            exec(d.source, made)
            values = {**d.constants, **{n: t.detach().numpy() for n, t in leaves.items()}}
            wanted = inspect.signature(made["gradients"]).parameters
            result = made["gradients"](**{each: values[each] for each in wanted})
        for each, t in leaves.items():
            right = t.grad.numpy()
            scale = max(1.0, float(np.abs(right[np.isfinite(right)]).max(initial=0)))
            assert np.shape(result[f"d{each}"]) == right.shape
            np.testing.assert_allclose(result[f"d{each}"], right, rtol=1e-11, atol=1e-11 * scale)
