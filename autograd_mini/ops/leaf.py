"""The operations of inputs: they have no operands, and their values are given."""

from __future__ import annotations

from typing import Any

from autograd_mini.ops.operation import Op

__all__ = ["GIVEN", "LEAF"]


def _given() -> Any:
    raise ValueError("a leaf has no operation to run: its value is given")


LEAF = Op("leaf", _given, "leaf", ())
"""Of a tensor that a user has made an input."""

GIVEN = Op("given", _given, "leaf", ())
"""Of an argument of a function that is transformed: the function may write into what it gets."""
