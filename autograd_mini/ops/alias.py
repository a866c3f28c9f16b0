"""A second name for a tensor: what an inner transformation differentiates by."""

from __future__ import annotations

from autograd_mini.ops.kinds import linear
from autograd_mini.ops.sampling import normal

__all__ = ["alias"]

alias = linear("alias", lambda x: x, x=lambda g: g, latex="{x}", samples=[normal((2, 3))])
