"""What a picture shows: boxes, the edges between them, and the scopes around them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from autograd_mini.draw.notation import Rich, name_runs, plain
from autograd_mini.graph.node import Constant, Node

__all__ = ["Box", "View", "acyclic_groups"]


@dataclass(eq=False, slots=True)
class Box:
    """One thing to draw: an input, a step, or a group of steps.

    Attributes
    ----------
    key : str
        Unique in the view, and a valid XML id.
    kind : str
        ``data``, ``parameter``, ``step`` or ``group``.
    backward : bool
        Whether it stands on the backward lane.
    scope : str
    title : Rich
        The name on it.
    twins : tuple of Rich
        Further names of the same value: a gradient may be that of several tensors.
    formula : Rich
        What it computes; empty for inputs.
    shape, op, detail : str
        Detail is all there is to say, shown when the pointer rests on the box.
    node : Node, Constant or None
        None for a group.
    interior : list of Node
        Unnamed steps folded into this one, operands first.
    members : list of Box
        What a group holds.
    is_output : bool
    value, gradient, cost : str
        Short texts, where asked for.
    heat : tuple
        Rows of numbers from -1 to 1 to show as a heat map.
    verdict, judgement : str
        What a comparison found: its word, and a few for people.
    """

    key: str
    kind: str
    backward: bool
    scope: str
    title: Rich
    formula: Rich = ()
    shape: str = ""
    op: str = ""
    detail: str = ""
    node: Node | Constant | None = None
    interior: list[Node] = field(default_factory=list)
    members: list[Box] = field(default_factory=list)
    is_output: bool = False
    value: str = ""
    gradient: str = ""
    heat: tuple[tuple[float, ...], ...] = ()
    cost: str = ""
    verdict: str = ""
    judgement: str = ""
    twins: tuple[Rich, ...] = ()

    @property
    def heading(self) -> Rich:
        """Its names: ``dR = dO``; not all of them where they are many."""
        few = self.twins if len(self.twins) <= 2 else (*self.twins[:1], (("…", ""),))
        return sum((((" = ", ""), *twin) for twin in few), self.title)

    @property
    def names(self) -> list[str]:
        """All its names as plain text."""
        return [plain(each) for each in (self.title, *self.twins)]

    @property
    def name(self) -> str:
        """The title as plain text."""
        return plain(self.title)

    @property
    def is_input(self) -> bool:
        """Whether nothing here computes it."""
        return self.kind in ("data", "parameter")


@dataclass(slots=True)
class View:
    """Boxes in an order in which operands come first, and edges as pairs of their keys."""

    boxes: dict[str, Box]
    edges: dict[tuple[str, str], None]
    note: str = ""

    def kind(self, edge: tuple[str, str]) -> str:
        """Return ``forward``, ``backward``, or ``cache`` from the forward lane to the other."""
        source, target = (self.boxes[key].backward for key in edge)
        return "backward" if source else ("cache" if target else "forward")

    def operands(self) -> dict[str, list[str]]:
        """Return the sources of the edges to each box."""
        found: dict[str, list[str]] = {key: [] for key in self.boxes}
        for source, target in self.edges:
            found[target].append(source)
        return found

    def consumers(self) -> dict[str, list[str]]:
        """Return the targets of the edges from each box."""
        found: dict[str, list[str]] = {key: [] for key in self.boxes}
        for source, target in self.edges:
            found[source].append(target)
        return found

    def scopes(self) -> list[str]:
        """Return every scope with something in it, and those around them, outer ones first."""
        found: dict[str, None] = {}
        for box in self.boxes.values():
            parts = box.scope.split("/") if box.scope else []
            for k in range(len(parts)):
                found.setdefault("/".join(parts[: k + 1]))
        return sorted(found, key=lambda scope: scope.count("/"))


def acyclic_groups(
    order: Sequence[str], edges: Iterable[tuple[str, str]], group: Callable[[str], Hashable]
) -> dict[str, Hashable]:
    """Return a group for each key so that no group depends on itself through another.

    Keys of a group that would (a cell used at every time step) are split into runs that follow
    each other in `order`, an order with operands first.
    """
    groups: dict[str, Hashable] = {key: group(key) for key in order}
    between = {(groups[a], groups[b]) for a, b in edges if groups[a] != groups[b]}
    tangled = _after_trimming(set(groups.values()), between)
    tangled = _after_trimming(tangled, {(b, a) for a, b in between})
    if tangled:
        before: Hashable = None
        run = 0
        for key in order:
            if groups[key] in tangled:
                if groups[key] != before:
                    before, run = groups[key], run + 1
                groups[key] = (before, run)
    return groups


def _after_trimming(keys: set[Hashable], edges: set[tuple[Hashable, Hashable]]) -> set[Hashable]:
    """Return what remains when keys without predecessors are removed again and again."""
    waiting = dict.fromkeys(keys, 0)
    following: dict[Hashable, list[Hashable]] = {}
    for a, b in edges:
        if a in waiting and b in waiting:
            waiting[b] += 1
            following.setdefault(a, []).append(b)
    ready = [key for key, count in waiting.items() if not count]
    left = set(keys)
    while ready:
        key = ready.pop()
        left.discard(key)
        for each in following.get(key, ()):
            waiting[each] -= 1
            if not waiting[each]:
                ready.append(each)
    return left


def title_of(name: str | None, fallback: str) -> Rich:
    """Return what to write on a box."""
    return name_runs(name or fallback)
