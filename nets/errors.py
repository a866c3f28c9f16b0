"""What training raises or warns of, in the user's terms."""

from __future__ import annotations

__all__ = ["DivergedError", "OtherDataWarning"]


class DivergedError(ArithmeticError):
    """The cost stopped being a finite number during training."""


class OtherDataWarning(UserWarning):
    """Training is gone on with, on other data than before: its history has the costs of both."""
