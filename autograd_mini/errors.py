"""What the engine raises and warns, in the user's terms."""

from __future__ import annotations

__all__ = [
    "AnomalyError",
    "ChangedInPlaceError",
    "DataDependentError",
    "GradcheckError",
    "GradientLostWarning",
    "NotDifferentiableError",
    "NotRecordedError",
]


class NotDifferentiableError(TypeError):
    """A function without a derivative rule was called on a recorded tensor."""


class NotRecordedError(RuntimeError):
    """A derivative was asked of a result that does not remember how it was made."""


class ChangedInPlaceError(RuntimeError):
    """An array was changed after a derivative had come to depend on its old values."""


class DataDependentError(RuntimeError):
    """What was to be done once for all values depends on some of them.

    Inside ``ag.vmap``, on those of one example; inside ``ag.compile``, on those that the program
    is recorded with, or on something that the function changes or that cannot be watched.
    """


class AnomalyError(FloatingPointError):
    """Under ``ag.detect_anomaly()``: the first value or gradient that is NaN or infinite."""


class GradcheckError(AssertionError):
    """Analytic and numerical derivatives disagree."""


class GradientLostWarning(UserWarning):
    """A gradient stops where nobody said so.

    At a recorded tensor that was turned into a plain number, or at what a transformation such as
    ``ag.grad`` made of recorded tensors: that is recorded only inside another transformation.
    """
