"""Dropout: the one operation that draws, so that drawing again is running it again."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.ops.kinds import structured

__all__ = ["dropout"]


def _dropout(x: Any, keep_prob: float, rng: Any = None) -> Any:
    """Return what is left of `x`, and by what each entry was multiplied."""
    drawn = np.random.default_rng(rng).random(np.shape(x)) < keep_prob
    dtype = x.dtype if x.dtype.kind in "fc" else np.float64
    scale = np.multiply(drawn, 1 / keep_prob if keep_prob else 0.0, dtype=dtype)
    return x * scale, scale


dropout = structured(
    "dropout",
    _dropout,
    x=lambda g, out: g[0] * out[1],
    jvp={"x": lambda t, out: (t * out[1], np.zeros_like(out[1]))},
    latex=r"\operatorname{{dropout}} {x}",
    random=True,
    samples=[
        lambda rng: ((rng.normal(size=(3, 4)), 0.6), {"rng": 7}),
        lambda rng: ((rng.normal(size=()), 1.0), {"rng": 7}),
        lambda rng: ((rng.normal(size=(0, 2)), 0.5), {"rng": 7}),
    ],
)
"""Two results: the second is constant, and kept for backward."""
