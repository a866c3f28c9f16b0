"""The operation of an input: it has no operands and its value is given."""

from __future__ import annotations

from typing import Any

from autograd_mini.ops.kinds import Op

__all__ = ["LEAF"]


def _given() -> Any:
    raise ValueError("a leaf has no operation to run: its value is given")


LEAF = Op("leaf", _given, "leaf", ())
