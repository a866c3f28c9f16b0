"""Ways into nested containers: to their entries, and to the arrays in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from autograd_mini.compile.calling.arguments import beside, is_array
from autograd_mini.differentiate.tree import parts_of
from autograd_mini.recording.recorded import Recorded

__all__ = [
    "Container", "Step", "Steps", "arrays_in", "container_at", "containers_in",
    "kind_of_step", "put", "refill", "step_text",
]  # fmt: skip

Step = tuple[str, Any]
"""From a container to an entry: ``("item", key)`` or ``("attribute", name)``."""
Steps = tuple[Step, ...]


class Container(NamedTuple):
    """A container whose entries can be replaced.

    Attributes
    ----------
    where : tuple of Step
    container : object
    entries : dict
        What is in it now.
    beside : dict
        Attributes that are no entries, by name.
    """

    where: Steps
    container: Any
    entries: dict[Any, Any]
    beside: dict[str, Any]


def containers_in(tree: Any, where: Steps = ()) -> Iterator[Container]:
    """Yield each container in `tree` whose entries can be replaced."""
    parts = parts_of(tree)
    if parts is None:
        return
    if not isinstance(tree, tuple):
        yield Container(where, tree, dict(parts), dict(beside(tree)))
    for key, each in parts:
        yield from containers_in(each, (*where, (kind_of_step(tree), key)))


def kind_of_step(container: Any) -> str:
    """Return whether entries of a container are items or attributes."""
    return "item" if isinstance(container, (dict, list, tuple)) else "attribute"


def step_text(step: Step) -> str:
    """Return how a person would write a step."""
    kind, key = step
    return f"[{key!r}]" if kind == "item" else f".{key}"


def arrays_in(tree: Any) -> list[Steps]:
    """Return what leads to each array in `tree`, in the order of ``leaves``."""

    def walk(value: Any, steps: Steps) -> Iterator[Steps]:
        parts = parts_of(value)
        if parts is None and (isinstance(value, Recorded) or is_array(value)):
            yield steps
        for key, each in parts or ():
            yield from walk(each, (*steps, (kind_of_step(value), key)))

    return list(walk(tree, ()))


def container_at(given: Any, where: Steps) -> Any:
    """Return the container that an entry is in."""
    for kind, key in where[:-1]:
        given = getattr(given, key) if kind == "attribute" else given[key]
    return given


def refill(each: Container) -> None:
    """Give a container the entries that it had."""
    if isinstance(each.container, dict):
        each.container.clear()
        each.container.update(each.entries)
    elif isinstance(each.container, list):
        each.container[:] = each.entries.values()
    else:
        for name, value in each.entries.items():
            put(each.container, ("attribute", name), value)


def put(container: Any, step: Step, value: Any) -> None:
    """Make `value` the entry of a container that `step` leads to."""
    kind, key = step
    if kind == "attribute":
        setattr(container, key, value)
    else:
        container[key] = value
