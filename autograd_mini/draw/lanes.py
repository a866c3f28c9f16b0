"""Our own placement: forward on one straight lane, backward on the other, a column per scope."""

from __future__ import annotations

from autograd_mini.draw.plan import BACKWARD, FORWARD, LOWER, UPPER, Plan, make_plan
from autograd_mini.draw.routes import Channels, route_all
from autograd_mini.draw.scene import Frame, Place, Scene, measure
from autograd_mini.draw.view import View

__all__ = ["place_in_lanes", "suits_lanes"]

SLOT_GAP = 36.0
COLUMN_GAP = 30.0
COLUMN_PADDING = 16.0
STACK_GAP = 18.0
LANE_GAP = 76.0
ZONE_GAP = 34.0
MARGIN = 24.0
TITLE_HEIGHT = 26.0
INSET = 5.0


def suits_lanes(view: View) -> bool:
    """Return whether straight lanes show this view well: few boxes abreast."""
    plan = make_plan(view)
    abreast: dict[tuple[int, int, int], int] = {}
    for cell in plan.cells.values():
        if cell.zone in (FORWARD, BACKWARD):
            at = (cell.column, cell.slot, cell.zone)
            abreast[at] = abreast.get(at, 0) + 1
    return max(abreast.values(), default=0) <= 4


def place_in_lanes(view: View) -> Scene:
    """Return where everything stands, with every edge routed."""
    plan = make_plan(view)
    places = measure(view)
    stacks = _stacks(view, plan, places)
    shared = _shared(view, plan)
    scene = Scene(places, note=view.note)
    channels = Channels()
    levels = max((scope.count("/") + 1 for scope in plan.scopes if scope), default=0)
    for _ in range(2):  # the second time with room for the edges that need a channel
        _set_x(plan, places, scene)
        _set_y(stacks, shared, scene, channels, levels)
        _frame(plan, places, scene)
        channels = route_all(view, scene, channels)
    return scene


def _shared(view: View, plan: Plan) -> set[str]:
    """Return the inputs that go to several places: they stand higher, clear of the others."""
    consumers = view.consumers()
    found = set()
    for key, cell in plan.cells.items():
        users = (plan.cells[each] for each in consumers[key] if not view.boxes[each].backward)
        if cell.zone == UPPER and len({(each.column, each.slot) for each in users}) > 1:
            found.add(key)
    return found


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

    height = _uncross(view, stacks)

    def used_at(key: str) -> float:
        """Return how far down those stand that use an input: what goes furthest stands lowest."""
        found = [height[each] for each in consumers[key] if not view.boxes[each].backward]
        return sum(found) / len(found) if found else 0.0

    partner_rank: dict[str, int] = {}
    for (_, _, zone), keys in stacks.items():
        if zone == UPPER:
            keys.sort(key=lambda key: (-used_at(key), -feeds_backward(key), rank[key]))
            for k, key in enumerate(keys):
                partner_rank[f"d{view.boxes[key].name}"] = k
    for (_, _, zone), keys in stacks.items():
        if zone == LOWER:
            keys.sort(key=lambda key: (partner_rank.get(view.boxes[key].name, 99), rank[key]))
    return {at: [places[key] for key in keys] for at, keys in stacks.items()}


def _uncross(view: View, stacks: dict[tuple[int, int, int], list[str]]) -> dict[str, float]:
    """Order boxes abreast by where their operands stand; return how far down each stands."""
    height: dict[str, float] = {}
    operands, consumers = view.operands(), view.consumers()

    def middle(key: str, others: dict[str, list[str]]) -> float:
        found = [height[each] for each in others[key] if each in height]
        return sum(found) / len(found) if found else 0.0

    order = sorted(at for at in stacks if at[2] in (FORWARD, BACKWARD))
    for others in (operands, consumers, operands):
        for at in order if others is operands else reversed(order):
            keys = stacks[at]
            keys.sort(key=lambda key, others=others: middle(key, others))  # type: ignore[misc]
            for k, key in enumerate(keys):
                height[key] = k - (len(keys) - 1) / 2
    return height


def _set_x(plan: Plan, places: dict[str, Place], scene: Scene) -> None:
    widths: dict[tuple[int, int], float] = {}
    for key, cell in plan.cells.items():
        at = (cell.column, cell.slot)
        widths[at] = max(widths.get(at, 0.0), places[key].width)
    middle: dict[tuple[int, int], float] = {}
    x = MARGIN + COLUMN_PADDING - SLOT_GAP
    column = min(widths)[0]
    for at in sorted(widths):
        x += SLOT_GAP if at[0] == column else 2 * COLUMN_PADDING + COLUMN_GAP
        column = at[0]
        middle[at] = x + widths[at] / 2
        x += widths[at]
    for key, cell in plan.cells.items():
        places[key].x = middle[cell.column, cell.slot]
    scene.width = x + COLUMN_PADDING + MARGIN


def _set_y(
    stacks: dict[tuple[int, int, int], list[Place]],
    shared: set[str],
    scene: Scene,
    channels: Channels,
    levels: int,
) -> None:
    """Stack inputs upward from the forward lane, gradients downward from the backward one."""
    tall = [0.0] * 4
    lifted = 0.0
    for at, stack in stacks.items():
        tall[at[2]] = max(tall[at[2]], _height(stack))
        if at[2] == UPPER:
            own = _height([place for place in stack if place.box.key not in shared])
            lifted = max(lifted, own + STACK_GAP if own else 0.0)
    for at, stack in stacks.items():
        if at[2] == UPPER and lifted:
            above = _height([place for place in stack if place.box.key in shared])
            tall[UPPER] = max(tall[UPPER], lifted + above if above else 0.0)
    top = MARGIN + TITLE_HEIGHT * levels
    upper_end = top + tall[UPPER]
    lane = upper_end + (ZONE_GAP if tall[UPPER] else 0.0) + channels.height("upper")
    forward_end = lane + tall[FORWARD]
    middle = LANE_GAP + channels.height("middle") if tall[BACKWARD] else 0.0
    other = forward_end + middle
    backward_end = other + tall[BACKWARD]
    below = ZONE_GAP if tall[LOWER] else 14.0 * bool(channels.height("lower"))
    lower = backward_end + below + channels.height("lower")
    for at, stack in stacks.items():
        if at[2] == UPPER:
            free = {False: upper_end, True: upper_end - lifted}
            for place in stack:
                high = place.box.key in shared
                place.y = free[high] - place.height / 2
                free[high] -= place.height + STACK_GAP
            continue
        start = {FORWARD: lane, BACKWARD: other, LOWER: lower}[at[2]]
        y = start if at[2] == LOWER else start + (tall[at[2]] - _height(stack)) / 2
        for place in stack:
            place.y = y + place.height / 2
            y += place.height + STACK_GAP
    channels.upper = lane - 10.0
    channels.middle = forward_end + middle / 2
    channels.lower = backward_end + 10.0
    scene.height = lower + tall[LOWER] + 16.0 + INSET * levels + MARGIN
    scene.lanes = [("forward", lane + tall[FORWARD] / 2, tall[FORWARD])]
    if tall[BACKWARD]:
        scene.lanes.append(("backward", other + tall[BACKWARD] / 2, tall[BACKWARD]))


def _height(stack: list[Place]) -> float:
    return sum(place.height for place in stack) + STACK_GAP * max(len(stack) - 1, 0)


def _frame(plan: Plan, places: dict[str, Place], scene: Scene) -> None:
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
                inset = (deepest - level) * INSET
                scene.frames.append(
                    Frame(
                        scope,
                        extents[start][0] - COLUMN_PADDING - inset,
                        MARGIN - 8.0 + TITLE_HEIGHT * level,
                        extents[end][1] + COLUMN_PADDING + inset,
                        scene.height - MARGIN - INSET * level,
                    )
                )
            start = end + 1


def _ancestor(scope: str, level: int) -> str:
    parts = scope.split("/") if scope else []
    return "/".join(parts[: level + 1]) if len(parts) > level else ""
