"""Which column, slot and zone each box of a two-lane picture belongs to.

A column holds a scope, and is divided into *slots* from left to right.  Inputs stand above the
forward lane, one slot before the step that uses them; a gradient stands under the tensor it belongs
to wherever the arrows of the backward lane then still go left; gradients that nothing uses hang
below that lane.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from autograd_mini.draw.fold import DATA
from autograd_mini.draw.view import Box, View, acyclic_groups

__all__ = ["BACKWARD", "FORWARD", "LOWER", "UPPER", "Plan", "make_plan"]

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


def make_plan(view: View) -> Plan:
    """Return where each box belongs."""
    columns, scopes = _columns(view)
    plan = Plan({}, scopes)
    operands, consumers = view.operands(), view.consumers()
    _plan_forward(view, plan, columns, operands, _room_needed(view, columns, consumers))
    _plan_inputs(view, plan, consumers)
    _plan_backward(view, plan, columns, operands, consumers)
    _bring_close(view, plan, operands, consumers)
    _let_one_stand_on_the_lane(plan)
    return plan


def _hangs(box: Box, consumers: dict[str, list[str]]) -> bool:
    """Return whether a gradient is used by nothing, and so hangs below the lane."""
    return box.kind == "step" and box.backward and not consumers[box.key]


def _room_needed(
    view: View, columns: dict[str, int], consumers: dict[str, list[str]]
) -> dict[tuple[str, int], int]:
    """Return for each (gradient's name, column) how many slots the lane needs left of it."""
    left: dict[str, int] = {}
    for key, box in reversed(view.boxes.items()):
        if box.backward and not _hangs(box, consumers):
            after = [
                left[each] for each in consumers[key]
                if each in left and columns[each] == columns[key]
            ]  # fmt: skip
            left[key] = max(after, default=-1) + 1
    return {(view.boxes[key].name, columns[key]): room for key, room in left.items()}


def _plan_forward(
    view: View,
    plan: Plan,
    columns: dict[str, int],
    operands: dict[str, list[str]],
    room: dict[tuple[str, int], int],
) -> None:
    """Place each step after its operands, and far enough right for its gradient below it.

    Inputs that it is the first to use stand in a slot of their own before it.
    """
    met: set[str] = set()
    for key, box in view.boxes.items():
        if not box.backward and not box.is_input:
            column = columns[key]
            inputs = {each for each in operands[key] if view.boxes[each].is_input}
            fresh, met = bool(inputs - met), met | inputs
            before = [
                plan.cells[each].slot
                for each in operands[key]
                if each in plan.cells and plan.cells[each].column == column
            ]
            after = max(before) + 1 + fresh if before else 1
            slot = max(after, room.get((f"d{box.name}", column), 0))
            plan.cells[key] = Cell(column, slot, FORWARD)


def _plan_inputs(view: View, plan: Plan, consumers: dict[str, list[str]]) -> None:
    """Place inputs above the lane just before their first use; data at the very left on it."""
    first_slot = min((cell.slot for cell in plan.cells.values() if cell.column == 1), default=1)
    for key, box in view.boxes.items():
        if box.is_input and not box.backward:
            beside = [
                plan.cells[each]
                for each in consumers[key]
                if each in plan.cells and plan.cells[each].zone == FORWARD
            ]
            first = min(beside, key=lambda cell: (cell.column, cell.slot), default=None)
            data = box.name in DATA or box.kind == "data"
            if first is None or (data and (first.column, first.slot) == (1, first_slot)):
                plan.cells[key] = Cell(0, 0, FORWARD)
            else:
                plan.cells[key] = Cell(first.column, first.slot - 1, UPPER)


def _plan_backward(
    view: View,
    plan: Plan,
    columns: dict[str, int],
    operands: dict[str, list[str]],
    consumers: dict[str, list[str]],
) -> None:
    """Place each gradient under its tensor, or further left where its operands want that."""
    partners = {(view.boxes[key].name, cell.column): cell.slot for key, cell in plan.cells.items()}
    last = [0] * len(plan.scopes)
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
            partner = partners.get((box.name[1:], column), bound) if box.name[0] == "d" else bound
            zone = LOWER if _hangs(box, consumers) and operands[key] else BACKWARD
            plan.cells[key] = Cell(column, min(bound, partner), zone)


def _bring_close(
    view: View, plan: Plan, operands: dict[str, list[str]], consumers: dict[str, list[str]]
) -> None:
    """Move what the backward lane makes of forward values alone next to where it is used."""
    for key, box in view.boxes.items():
        from_forward = not any(view.boxes[each].backward for each in operands[key])
        if box.backward and operands[key] and from_forward:
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
    return columns, scopes


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
    between = dict.fromkeys((groups[a], groups[b]) for a, b in edges if groups[a] != groups[b])
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
