"""Powers and roots of polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.kinds import structured

__all__ = ["powers", "roots"]


def _powers(x: Any, exponents: tuple[int, ...]) -> Any:
    """Multiply up, as NumPy's ``vander`` does."""
    top = max(exponents, default=-1) + 1
    made = np.vander(x, top, increasing=True)
    return made[:, list(exponents)]


def _slopes(x: Any, exponents: tuple[int, ...]) -> Any:
    lower = tuple(max(k - 1, 0) for k in exponents)
    return powers(x, exponents=lower) * np.array(exponents, x.dtype)


powers = structured(
    "powers",
    _powers,
    x=lambda g, x, exponents: np.sum(g * _slopes(x, exponents), axis=1),
    jvp={"x": lambda t, x, exponents: t[:, None] * _slopes(x, exponents)},
    samples=[lambda rng: ((rng.normal(size=3),), {"exponents": (2, 1, 0)})],
)


def _roots(p: Any) -> Any:
    return np.roots(p)


def _root_slopes(p: Any, out: Any) -> Any:
    """Return dr_i/dp_k = -r_i^(n-k) / p'(r_i): what keeps p(r) = 0."""
    n = p.shape[0] - 1
    rows = powers(out, exponents=tuple(range(n, -1, -1)))
    slope = np.sum(rows[:, 1:] * (np.arange(n, 0, -1) * p[:-1]), axis=1)
    return -rows / slope[:, None]


roots = structured(
    "roots",
    _roots,
    p=lambda g, p, out: np.sum(g[:, None] * _root_slopes(p, out), axis=0),
    jvp={"p": lambda t, p, out: np.sum(_root_slopes(p, out) * t, axis=1)},
    samples=[lambda rng: ((np.array([1.0, -6.0, 11.0, -6.0]) + 0.01 * rng.random(4),), {})],
)
