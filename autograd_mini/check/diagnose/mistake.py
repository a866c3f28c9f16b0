"""A mistake as a change of the backward pass, to run and compare with the person's numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograd_mini.check.diagnosis import Diagnosis, Facts
from autograd_mini.check.rerun import Edge, Jump, Values
from autograd_mini.graph.node import Node
from autograd_mini.ops.operation import Rule

__all__ = ["Mistake", "everywhere", "listed"]


_VERBS = (
    ("uses", "use"),
    ("takes", "take"),
    ("sums", "sum"),
    ("leaves", "leave"),
    ("has", "have"),
    ("is", "are"),
)
"""Of one gradient and of several."""
_TOLD = 4
"""Of more gradients than this, only some are named."""
_LONG = 60
"""Of longer names than this only the beginning is told."""
_NESTED = re.compile(r"\([^()]*\(.*\)")


@dataclass(frozen=True)
class Mistake:
    """One way to get a backward pass wrong.

    Attributes
    ----------
    code : str
        Of the diagnosis.
    message : str
        What is wrong; ``{at}`` stands for the gradients concerned.
    at : tuple of str
        The gradients whose step is wrong.
    fix : str
        The right line.
    kind : str
        Mistakes of one kind at different steps are one mistake made everywhere.
    jumps, rules
        How backward changes: see :meth:`Rerun.sweep`.
    values : mapping or None
        What backward reads, where the forward pass is another.
    any_scale : bool
        Whether a constant factor is free, because nobody knows where the person has 1/m.
    by_zeros : bool
        Whether the zeros of a gradient prove it too, as those of a mask do.
    facts : Facts
        What else the message says, as data.
    """

    code: str
    message: str
    at: tuple[str, ...]
    fix: str = ""
    kind: str = ""
    jumps: Mapping[Node, Jump] = field(default_factory=dict)
    rules: Mapping[Edge, Rule] = field(default_factory=dict)
    values: Values | None = None
    any_scale: bool = False
    by_zeros: bool = False
    facts: Facts = field(default_factory=Facts)

    def diagnosis(self) -> Diagnosis:
        """Return what is to be said of the gradients that show the mistake."""
        return Diagnosis(self.code, self.text(), self.fix, facts=replace(self.facts, at=self.at))

    def text(self) -> str:
        """Return the message about the gradients concerned."""
        message = self.message
        for one, several in _VERBS if len(self.at) > 1 else ():
            message = message.replace(f"{{at}} {one}", f"{{at}} {several}")
        return message.replace("{at}", _some(self.at))

    def with_(self, other: Mistake) -> Mistake:
        """Return the mistake of making both."""
        fixes = dict.fromkeys(fix for fix in (self.fix, other.fix) if fix)
        return Mistake(
            self.code,
            self.message,
            (*self.at, *(each for each in other.at if each not in self.at)),
            "; ".join(fixes),
            self.kind,
            {**self.jumps, **other.jumps},
            {**self.rules, **other.rules},
            self.values or other.values,
            self.any_scale,
            self.by_zeros,
            replace(self.facts, made_from=(*self.facts.made_from, *other.facts.made_from)),
        )


def listed(names: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _some(names: Sequence[str]) -> str:
    """Return ``a, b and c``; of as many as a recurrent network has, ``a, b and 5 more``."""
    short = [_NESTED.sub("(…)", name) for name in names]
    if len(names) <= _TOLD:
        pairs = zip(names, short, strict=True)
        return listed([name if len(name) <= _LONG else brief for name, brief in pairs])
    return listed([*dict.fromkeys(short[:2]), f"{len(names) - len(set(short[:2]))} more"])


def everywhere(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Return mistakes made at every step of a kind, and at every one but the last."""
    by_kind: dict[str, list[Mistake]] = {}
    for each in mistakes:
        if each.kind and each.values is None:
            by_kind.setdefault(each.kind, []).append(each)
    found = []
    for group in by_kind.values():
        for members in (group, group[:-1]):
            if len(members) > 1:
                together = members[0]
                for each in members[1:]:
                    together = together.with_(each)
                if len(members) > _TOLD:
                    together = replace(together, fix=members[0].fix)
                found.append(together)
    return found
