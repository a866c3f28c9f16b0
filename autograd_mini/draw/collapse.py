"""Make a large view small: close scopes, then take runs of steps together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass

from autograd_mini.draw.fold import DATA
from autograd_mini.draw.notation import Rich, scope_title
from autograd_mini.draw.view import Box, View, acyclic_groups
from autograd_mini.graph.node import Node

__all__ = ["MOST", "closed_scopes", "collapse", "opened"]

MOST = 150
"""How many boxes a person can still read; beyond it scopes are closed."""

MOST_ASKED = 2000
"""How many are shown even if more are asked for."""

RUNS = 24
"""Into how many parts each lane is cut where closing scopes is not enough."""


def collapse(
    view: View, depth: int | None = None, expand: bool | Collection[str] | None = None
) -> View:
    """Return a view with scopes closed.

    Parameters
    ----------
    view : View
    depth : int, optional
        How many levels of scopes stay open; as many as leave at most :data:`MOST` boxes if not
        given.
    expand : True or collection of str, optional
        Scopes that stay open whatever `depth` says, by path or last name; True for all.
    """
    if expand is True:
        return _cut(view, MOST_ASKED)
    asked = set(expand or ())
    if depth is not None:
        return _cut(_closed(view, depth, asked), MOST_ASKED)
    made = _closed(view, open_levels(view, asked, MOST), asked)
    return _cut(made, MOST_ASKED if asked else MOST)


def open_levels(view: View, asked: Collection[str], most: int) -> int:
    """Return how many levels of scopes can stay open with at most `most` boxes."""
    deepest = max((scope.count("/") + 1 for scope in view.scopes()), default=0)
    for level in range(deepest, 0, -1):
        if len(_closed(view, level, asked).boxes) <= most:
            return level
    return 0


def opened(view: View, most: int = MOST_ASKED) -> View:
    """Return the view with as much open as a page can hold, for readers to close and open."""
    return _cut(_closed(view, open_levels(view, (), most), ()), most)


def closed_scopes(
    view: View, depth: int | None = None, expand: bool | Collection[str] | None = None
) -> list[str]:
    """Return which scopes of a view :func:`collapse` would close."""
    if expand is True:
        return []
    asked = set(expand or ())
    level = open_levels(view, asked, MOST) if depth is None else depth
    return [
        scope for scope in view.scopes()
        if scope.count("/") + 1 > level and not _asked_for(scope, asked)
    ]  # fmt: skip


def _asked_for(scope: str, asked: Collection[str]) -> bool:
    """Return whether a scope, or one inside it, was asked to stay open."""
    return any(
        each in (scope, scope.rpartition("/")[2]) or each.startswith(scope + "/") for each in asked
    )


@dataclass(frozen=True, slots=True)
class _Closed:
    """Key of a group: a scope, on one lane."""

    scope: str
    backward: bool


def _closed(view: View, depth: int, asked: Collection[str]) -> View:
    """Close every scope below `depth` levels, except those asked to stay open."""

    def group(key: str) -> Hashable:
        box = view.boxes[key]
        parts = box.scope.split("/") if box.scope else []
        for level in range(1, len(parts) + 1):
            scope = "/".join(parts[:level])
            if level > depth and not _asked_for(scope, asked):
                return _Closed(scope, box.backward)
        return key

    groups = acyclic_groups(list(view.boxes), view.edges, group)
    if all(groups[key] == key for key in groups):
        return view
    _take_inputs(view, groups)
    return _grouped(view, groups, _scope_box)


def _scope_of(group: Hashable) -> str | None:
    """Return the scope a group closes, or None for a box of its own."""
    if isinstance(group, tuple):
        group = group[0]
    return group.scope if isinstance(group, _Closed) else None


def _take_inputs(view: View, groups: dict[str, Hashable]) -> None:
    """Put inputs that only one closed scope uses into it."""
    consumers = view.consumers()
    for key, box in view.boxes.items():
        if not box.is_input or box.name in DATA or box.backward:
            continue
        users = consumers[key]
        scopes = {_scope_of(groups[each]) for each in users}
        if len(scopes) == 1 and None not in scopes:
            groups[key] = groups[users[0]]


def _grouped(
    view: View,
    groups: dict[str, Hashable],
    make: Callable[[str, str | None, list[Box]], Box],
) -> View:
    """Return the view in which each group of several boxes is one."""
    members: dict[Hashable, list[Box]] = {}
    for key, box in view.boxes.items():
        members.setdefault(groups[key], []).append(box)
    made: dict[Hashable, Box] = {}
    for k, (group, inside) in enumerate(members.items()):
        whole = len(inside) == 1 and _scope_of(group) is None and not isinstance(group, int)
        made[group] = inside[0] if whole else make(f"g{k}", _scope_of(group), inside)
    edges: dict[tuple[str, str], None] = {}
    for a, b in view.edges:
        source, target = made[groups[a]].key, made[groups[b]].key
        if source != target:
            edges.setdefault((source, target))
    return View(_in_order([each.key for each in made.values()], edges, made.values()), edges)


def _in_order(
    keys: list[str], edges: Collection[tuple[str, str]], boxes: Collection[Box]
) -> dict[str, Box]:
    """Return boxes with operands first, otherwise in the order given."""
    by_key = {box.key: box for box in boxes}
    waiting = dict.fromkeys(keys, 0)
    following: dict[str, list[str]] = {key: [] for key in keys}
    for a, b in edges:
        waiting[b] += 1
        following[a].append(b)
    ready = [key for key in reversed(keys) if not waiting[key]]
    order: list[str] = []
    while ready:
        key = ready.pop()
        order.append(key)
        for each in reversed(following[key]):
            waiting[each] -= 1
            if not waiting[each]:
                ready.append(each)
    return {key: by_key[key] for key in order}


def _cut(view: View, most: int) -> View:
    """Take runs of steps together where there are more than `most` boxes."""
    if len(view.boxes) <= most:
        return view
    lanes: dict[bool, list[str]] = {False: [], True: []}
    for key, box in view.boxes.items():
        if not box.is_input:
            lanes[box.backward].append(key)
    groups: dict[str, Hashable] = {}
    for backward, keys in lanes.items():
        size = -(-len(keys) // RUNS) or 1
        for k, key in enumerate(keys):
            groups[key] = 2 * (k // size) + backward
    consumers = view.consumers()
    inputs = [key for key, box in view.boxes.items() if box.is_input]
    place = {key: k for k, key in enumerate(view.boxes)}
    few = len(inputs) <= RUNS
    for key in inputs:
        users = sorted(consumers[key], key=place.__getitem__)
        alone = few or view.boxes[key].name in DATA or not users
        groups[key] = key if alone else groups[users[0]]
    made = _grouped(view, groups, _run_box)
    made.note = f"{len(view.boxes):,} steps taken together; depth= and expand= show more"
    return made


def _scope_box(key: str, scope: str | None, members: list[Box]) -> Box:
    box = _group_box(key, members, ((scope_title(scope or ""), ""),))
    box.scope = scope or ""
    return box


def _run_box(key: str, _: str | None, members: list[Box]) -> Box:
    named = [box for box in members if box.kind == "group" or _has_name(box)]
    if not named:
        box = _group_box(key, members, (("steps", ""),))
        box.formula = ((box.op, ""),)
        return box
    first, last = named[0].title, named[-1].title
    return _group_box(key, members, first if first == last else (*first, (" … ", ""), *last))


def _has_name(box: Box) -> bool:
    return isinstance(box.node, Node) and box.node.name is not None


def _group_box(key: str, members: list[Box], title: Rich) -> Box:
    """Return the box of a group: its results, and how many operations it holds."""
    counts: Counter[str] = Counter()
    pending: list[Box] = list(members)
    while pending:
        box = pending.pop()
        pending += box.members
        counts.update(step.op.name for step in box.interior)
        if box.op and not box.members:
            counts[box.op] += 1
    most = [f"{name} ×{count:,}" if count > 1 else name for name, count in counts.most_common(8)]
    operations = sum(counts.values())
    outputs = [box for box in members if not box.is_input]
    detail = "\n".join([*(box.name for box in outputs[:12]), ", ".join(most)])
    return Box(
        key, "group", any(box.backward for box in members), "", title,
        formula=_listed(outputs), shape=f"{operations:,} operations", op=", ".join(most[:3]),
        detail=detail, members=members, is_output=any(box.is_output for box in members),
    )  # fmt: skip


def _listed(boxes: Sequence[Box]) -> Rich:
    """Return the first names, one after the other."""
    runs: Rich = ()
    for k, box in enumerate(boxes[:4]):
        runs += ((" ", ""), *box.title) if k else box.title
    return (*runs, (" …", "")) if len(boxes) > 4 else runs
