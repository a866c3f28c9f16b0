"""A second name for a tensor: what an inner transformation differentiates by."""

from __future__ import annotations

from autograd_mini.ops.kinds import linear

__all__ = ["alias"]

alias = linear("alias", lambda x: x, x=lambda g: g, latex="{x}")
