"""What an operand that is not recorded was computed from.

Comparisons, ``floor``, ``detach`` and what is done under ``no_grad`` have no derivative, so their
results are not recorded: that keeps them as quick as NumPy, and a mask or an accuracy kept for
later does not keep a whole graph alive.  In a graph such a result is a constant, and right for
the recorded values alone.  To record it after all would hold memory; to say nothing would give
wrong numbers at other values.  So it is remembered, in a word, where it came from, and a graph
that uses it refuses other values.  ``ag.trace`` records everything and has no such limit.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Origin"]

_NONE: frozenset[str] = frozenset()


class Origin(NamedTuple):
    """What an unrecorded value was computed from.

    Attributes
    ----------
    recorded : str or None
        The operation that computed it, or what it is made of, from a recorded tensor.
    names : frozenset of str
        Unrecorded tensors with a name that it was computed from.
    lost : bool
        Whether derivatives by recorded tensors end here that nobody asked to end: a
        transformation of a function gives values that are not recorded.
    """

    recorded: str | None
    names: frozenset[str] = _NONE
    lost: bool = False

    def joined(self, other: Origin) -> Origin:
        """Return the origin of what is computed from both."""
        return Origin(
            self.recorded or other.recorded, self.names | other.names, self.lost or other.lost
        )

    def ended(self) -> Origin:
        """Return this where derivatives end as they should: they are zero, or none is wanted."""
        return self._replace(lost=False)
