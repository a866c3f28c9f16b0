"""Second names for a tensor: what a transformation differentiates by, and what it must not."""

from __future__ import annotations

from autograd_mini.ops.kinds import constant, linear
from autograd_mini.ops.sampling import normal

__all__ = ["alias", "stop_gradient"]

alias = linear("alias", lambda x: x, x=lambda g: g, latex="{x}", samples=[normal((2, 3))])
stop_gradient = constant("stop_gradient", lambda x: x, "x", latex="{x}")
