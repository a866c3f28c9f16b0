"""What training raises, in the user's terms."""

from __future__ import annotations

__all__ = ["DivergedError"]


class DivergedError(ArithmeticError):
    """The cost stopped being a finite number during training."""
