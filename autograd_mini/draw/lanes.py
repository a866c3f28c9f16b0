"""Our own placement: forward on one straight lane, backward on the other, a column per scope.

A column is divided into *slots* from left to right.  Inputs stand above the forward lane, one slot
before the step that uses them; a gradient stands under the tensor it belongs to wherever the arrows
of the backward lane then still go left; gradients that nothing uses hang below that lane.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from autograd_mini.draw.fold import DATA
from autograd_mini.draw.routes import Channels, route_all
from autograd_mini.draw.scene import Frame, Place, Scene, measure
from autograd_mini.draw.view import Box, View, acyclic_groups

__all__ = ["place_in_lanes", "suits_lanes"]

SLOT_GAP = 36.0
COLUMN_GAP = 30.0
COLUMN_PADDING = 16.0
STACK_GAP = 18.0
LANE_GAP = 76.0
ZONE_GAP = 34.0
MARGIN = 24.0
TITLE_HEIGHT = 26.0

UPPER, FORWARD, BACKWARD, LOWER = range(4)


@dataclass(slots=True)
class Cell:
    """Where a box belongs before anything has coordinates."""

    column: int
    slot: int
    zone: int


@dataclass(slots=True)
class Plan:
    """Cells of all boxes, and the scope of each column ("" where there is no frame)."""

    cells: dict[str, Cell] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)


def suits_lanes(view: View) -> bool:
    """Return whether straight lanes show this view well: few boxes abreast."""
    plan = _plan(view)
    abreast: dict[tuple[int, int, int], int] = {}
    for cell in plan.cells.values():
        if cell.zone in (FORWARD, BACKWARD):
            at = (cell.column, cell.slot, cell.zone)
            abreast[at] = abreast.get(at, 0) + 1
    return max(abreast.values(), default=0) <= 4


def place_in_lanes(view: View) -> Scene:
    """Return where everything stands, with every edge routed."""
    plan = _plan(view)
    places = measure(view)
    stacks = _stacks(view, plan, places)
    scene = Scene(places, note=view.note)
    channels = Channels()
    for _ in range(2):  # the second time with room for the edges that need a channel
        _set_x(plan, places, scene)
        _set_y(stacks, places, scene, channels, bool(scene.frames))
        _frame(view, plan, places, scene)
        channels = route_all(view, scene, channels)
    return scene


# -- columns, slots, zones ------------------------------------------------------------------------


def _plan(view: View) -> Plan:
    columns, scopes = _columns(view)
    plan = Plan({}, scopes)
    operands, consumers = view.operands(), view.consumers()
    forward = [k for k, box in view.boxes.items() if not box.backward and not box.is_input]
    for key in forward:
        inside = [
            plan.cells[each].slot
            for each in operands[key]
            if each in plan.cells and plan.cells[each].column == columns[key]
        ]
        plan.cells[key] = Cell(columns[key], max(inside, default=0) + 1, FORWARD)
    for key, box in view.boxes.items():
        if box.is_input and not box.backward:
            beside = [
                plan.cells[each].slot
                for each in consumers[key]
                if each in plan.cells and plan.cells[each].column == columns[key]
            ]
            alone = scopes[columns[key]] == "" and not beside
            slot = min(beside, default=1) - 1
            plan.cells[key] = Cell(columns[key], slot, FORWARD if alone else UPPER)
    by_name = {(box.name, columns[k]): k for k, box in view.boxes.items() if not box.backward}
    last = [0] * len(scopes)
    for cell in plan.cells.values():
        last[cell.column] = max(last[cell.column], cell.slot)
    for key, box in view.boxes.items():
        if box.backward:
            column = columns[key]
            bound = min(
                (
                    plan.cells[each].slot - 1
                    for each in operands[key]
                    if view.boxes[each].backward and plan.cells[each].column == column
                ),
                default=last[column],
            )
            partner = by_name.get((box.name[1:], column)) if box.name.startswith("d") else None
            slot = min(bound, plan.cells[partner].slot) if partner else bound
            hangs = box.kind == "step" and not consumers[key] and bool(operands[key])
            plan.cells[key] = Cell(column, slot, LOWER if hangs else BACKWARD)
    _bring_close(view, plan, operands, consumers)
    _let_one_stand_on_the_lane(plan)
    return plan


def _bring_close(
    view: View, plan: Plan, operands: dict[str, list[str]], consumers: dict[str, list[str]]
) -> None:
    """Move what the backward lane makes of forward values alone next to where it is used."""
    for key, box in view.boxes.items():
        if box.backward and operands[key] and not any(view.boxes[k].backward for k in operands[key]):
            cell = plan.cells[key]
            users = [
                plan.cells[each].slot
                for each in consumers[key]
                if plan.cells[each].column == cell.column
            ]
            if users and len(users) == len(consumers[key]):
                cell.slot = max(users) + 1


def _let_one_stand_on_the_lane(plan: Plan) -> None:
    """Where a backward lane would be empty, the gradients below it move up."""
    if not any(cell.zone == BACKWARD for cell in plan.cells.values()):
        for cell in plan.cells.values():
            if cell.zone == LOWER:
                cell.zone = BACKWARD


def _columns(view: View) -> tuple[dict[str, int], list[str]]:
    """Return the column of each box, columns from left to right, and their scopes."""
    boxes = view.boxes
    forward = [key for key, box in boxes.items() if not box.backward and not box.is_input]
    known = set(forward)
    edges = [(a, b) for a, b in view.edges if a in known and b in known]
    groups = acyclic_groups(forward, edges, lambda key: boxes[key].scope)
    order = _group_order(forward, edges, groups)
    position: dict[Hashable, int] = {group: k + 1 for k, group in enumerate(order)}
    columns = {key: position[groups[key]] for key in forward}
    scopes = ["", *(g[0] if isinstance(g, tuple) else str(g) for g in order)]
    consumers, operands = view.consumers(), view.operands()
    for key, box in boxes.items():
        if box.is_input and not box.backward:
            used = [columns[each] for each in consumers[key] if each in columns]
            first = min(used, default=1)
            enters = first == 1 and (box.name in DATA or box.kind == "data")
            columns[key] = 0 if enters else first
    last = len(scopes) - 1
    of_scope: dict[str, list[int]] = {}
    for k, scope in enumerate(scopes):
        of_scope.setdefault(scope, []).append(k)
    for key, box in boxes.items():
        if box.backward:
            columns[key] = _backward_column(key, box, columns, of_scope, view, operands, last)
    for key, box in boxes.items():
        if box.backward and box.kind == "data":
            used = [columns[each] for each in consumers[key]]
            columns[key] = max(used, default=last)
    return _without_gaps(columns, scopes)


def _backward_column(
    key: str,
    box: Box,
    columns: dict[str, int],
    of_scope: dict[str, list[int]],
    view: View,
    operands: dict[str, list[str]],
    last: int,
) -> int:
    """Return where a gradient belongs: its scope, not right of what it is computed from."""
    bound = min((columns[k] for k in operands[key] if view.boxes[k].backward), default=last)
    own = of_scope.get(box.scope, []) if box.scope else []
    if len(own) == 1:
        return own[0]
    if own:
        return max((k for k in own if k <= bound), default=own[0])
    return bound


def _group_order(
    keys: list[str], edges: list[tuple[str, str]], groups: dict[str, Hashable]
) -> list[Hashable]:
    """Return the groups with operands first, otherwise in the order of recording."""
    waiting: dict[Hashable, int] = dict.fromkeys((groups[key] for key in keys), 0)
    between = dict.fromkeys(
        (groups[a], groups[b]) for a, b in edges if groups[a] != groups[b]
    )
    following: dict[Hashable, list[Hashable]] = {group: [] for group in waiting}
    for a, b in between:
        waiting[b] += 1
        following[a].append(b)
    ready = [group for group in reversed(list(waiting)) if not waiting[group]]
    order: list[Hashable] = []
    while ready:
        group = ready.pop()
        order.append(group)
        for each in reversed(following[group]):
            waiting[each] -= 1
            if not waiting[each]:
                ready.append(each)
    return order


def _without_gaps(columns: dict[str, int], scopes: list[str]) -> tuple[dict[str, int], list[str]]:
    used = sorted(set(columns.values()))
    renumbered = {column: k for k, column in enumerate(used)}
    return (
        {key: renumbered[column] for key, column in columns.items()},
        [scopes[column] for column in used],
    )


# -- coordinates ----------------------------------------------------------------------------------


def _stacks(
    view: View, plan: Plan, places: dict[str, Place]
) -> dict[tuple[int, int, int], list[Place]]:
    """Return the boxes of each (column, slot, zone), those nearest the lane first."""
    stacks: dict[tuple[int, int, int], list[str]] = {}
    for key, cell in plan.cells.items():
        stacks.setdefault((cell.column, cell.slot, cell.zone), []).append(key)
    consumers = view.consumers()
    rank = {key: k for k, key in enumerate(view.boxes)}

    def feeds_backward(key: str) -> int:
        return sum(view.boxes[each].backward for each in consumers[key])

    partner_rank: dict[str, int] = {}
    for (_, _, zone), keys in stacks.items():
        if zone == UPPER:
            keys.sort(key=lambda key: (-feeds_backward(key), rank[key]))
            for k, key in enumerate(keys):
                partner_rank[f"d{view.boxes[key].name}"] = k
    for (_, _, zone), keys in stacks.items():
        if zone == LOWER:
            keys.sort(key=lambda key: (partner_rank.get(view.boxes[key].name, 99), rank[key]))
    _uncross(view, plan, stacks)
    return {at: [places[key] for key in keys] for at, keys in stacks.items()}


def _uncross(view: View, plan: Plan, stacks: dict[tuple[int, int, int], list[str]]) -> None:
    """Order boxes abreast by where their operands stand."""
    height: dict[str, float] = {}
    operands, consumers = view.operands(), view.consumers()
    for sources in (operands, consumers, operands):
        order = sorted(at for at in stacks if at[2] in (FORWARD, BACKWARD))
        for at in order if sources is operands else reversed(order):
            keys = stacks[at]
            if len(keys) > 1:
                def middle(key: str) -> float:
                    found = [height[each] for each in sources[key] if each in height]
                    return sum(found) / len(found) if found else 0.0

                keys.sort(key=middle)
            for k, key in enumerate(keys):
                height[key] = k - (len(keys) - 1) / 2


def _set_x(plan: Plan, places: dict[str, Place], scene: Scene) -> None:
    widths: dict[tuple[int, int], float] = {}
    for key, cell in plan.cells.items():
        at = (cell.column, cell.slot)
        widths[at] = max(widths.get(at, 0.0), places[key].width)
    middle: dict[tuple[int, int], float] = {}
    x = MARGIN
    for k, at in enumerate(sorted(widths)):
        if k:
            new = at[0] != column
            x += 2 * COLUMN_PADDING + COLUMN_GAP if new else SLOT_GAP
        else:
            x += COLUMN_PADDING
        column = at[0]
        middle[at] = x + widths[at] / 2
        x += widths[at]
    for key, cell in plan.cells.items():
        places[key].x = middle[cell.column, cell.slot]
    scene.width = x + COLUMN_PADDING + MARGIN


def _set_y(
    stacks: dict[tuple[int, int, int], list[Place]],
    places: dict[str, Place],
    scene: Scene,
    channels: Channels,
    framed: bool,
) -> None:
    """Stack inputs upward from the forward lane, gradients downward from the backward one."""
    tall = [0.0] * 4
    for at, stack in stacks.items():
        height = sum(place.height for place in stack) + STACK_GAP * (len(stack) - 1)
        tall[at[2]] = max(tall[at[2]], height)
    top = MARGIN + TITLE_HEIGHT
    upper_end = top + tall[UPPER]
    lane = upper_end + (ZONE_GAP if tall[UPPER] else 0.0) + channels.height("upper")
    forward_end = lane + tall[FORWARD]
    middle = LANE_GAP + channels.height("middle") if tall[BACKWARD] else 0.0
    other = forward_end + middle
    backward_end = other + tall[BACKWARD]
    below = (ZONE_GAP if tall[LOWER] else 14.0 * bool(channels.height("lower")))
    lower = backward_end + below + channels.height("lower")
    for at, stack in stacks.items():
        height = sum(place.height for place in stack) + STACK_GAP * (len(stack) - 1)
        if at[2] == UPPER:
            y = upper_end
            for place in stack:
                place.y = y - place.height / 2
                y -= place.height + STACK_GAP
            continue
        start = {FORWARD: lane, BACKWARD: other, LOWER: lower}[at[2]]
        y = start if at[2] == LOWER else start + (tall[at[2]] - height) / 2
        for place in stack:
            place.y = y + place.height / 2
            y += place.height + STACK_GAP
    channels.upper = lane - 10.0
    channels.middle = forward_end + LANE_GAP / 2
    channels.lower = backward_end + 10.0
    scene.height = lower + tall[LOWER] + 16.0 + MARGIN
    scene.lanes = [("forward", lane + tall[FORWARD] / 2, tall[FORWARD])]
    if tall[BACKWARD]:
        scene.lanes.append(("backward", other + tall[BACKWARD] / 2, tall[BACKWARD]))


def _frame(view: View, plan: Plan, places: dict[str, Place], scene: Scene) -> None:
    """Draw a frame around each run of columns of one scope, and around those inside it."""
    extents: dict[int, tuple[float, float]] = {}
    for key, cell in plan.cells.items():
        left, right = extents.get(cell.column, (1e9, -1e9))
        extents[cell.column] = min(left, places[key].left), max(right, places[key].right)
    scene.frames = []
    deepest = max((scope.count("/") for scope in plan.scopes if scope), default=0)
    for level in range(deepest + 1):
        start = 0
        while start < len(plan.scopes):
            scope = _ancestor(plan.scopes[start], level)
            end = start
            while end + 1 < len(plan.scopes) and _ancestor(plan.scopes[end + 1], level) == scope:
                end += 1
            if scope:
                inset = (deepest - level) * 5.0
                scene.frames.append(
                    Frame(
                        scope,
                        extents[start][0] - COLUMN_PADDING - inset,
                        MARGIN - 4.0 - inset * 3.6,
                        extents[end][1] + COLUMN_PADDING + inset,
                        scene.height - MARGIN + inset,
                    )
                )
            start = end + 1


def _ancestor(scope: str, level: int) -> str:
    parts = scope.split("/") if scope else []
    return "/".join(parts[: level + 1]) if len(parts) > level else ""
