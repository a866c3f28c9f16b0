"""Arrows between modules point one way."""

import ast
import functools
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("autograd_mini", "nets")
    for path in (ROOT / package).rglob("*.py")
}

BACK = ("autograd_mini.graph.node", "autograd_mini.ops.operation")
"""A node says which operation made it, and operations have rules that read nodes: a type alone."""


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield what a module imports, inside of functions and for types alone too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                yield inner if inner in FILES else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif not isinstance(node, ast.expr):
            yield from imported(node)


@functools.cache
def arrows() -> dict[str, set[str]]:
    """Return which of our modules each of our modules imports."""
    return {
        name: {
            each
            for each in imported(ast.parse(path.read_text("utf-8")))
            if each in FILES and each != name and (name, each) != BACK
        }
        for name, path in FILES.items()
    }


def test_no_imports_go_round_in_a_circle():
    assert list(TopologicalSorter(arrows()).static_order())  # raises CycleError, which names it


@pytest.mark.parametrize("package", ["autograd_mini.compile", "nets.homework"])
def test_nor_do_those_of_rooms(package):
    """What a package's rooms import, taken together; modules beside the rooms stand alone."""

    def room(name: str) -> str:
        parts = name.removeprefix(f"{package}.").split(".")
        return parts[0] if len(parts) > 1 else f"{parts[0]}.py"

    rooms: dict[str, set[str]] = {}
    for name, targets in arrows().items():
        if name.startswith(f"{package}."):
            inside = {room(each) for each in targets if each.startswith(f"{package}.")}
            rooms.setdefault(room(name), set()).update(inside - {room(name)})
    assert list(TopologicalSorter(rooms).static_order())


@pytest.mark.parametrize(
    ("package", "above"),
    [
        ("graph", ("tensor", "differentiate", "rewrite", "compile", "draw", "formulas", "check")),
        ("ops", ("tensor", "differentiate", "rewrite", "compile", "draw", "formulas", "check")),
        ("draw", ("compile", "check")),
        ("compile", ("draw", "check")),
    ],
)
def test_lower_packages_know_none_of_the_higher_ones(package, above):
    higher = tuple(f"autograd_mini.{each}" for each in above)
    known = {
        (name, each)
        for name, targets in arrows().items()
        if name.startswith(f"autograd_mini.{package}.")
        for each in targets
        if each in higher or each.startswith(tuple(f"{one}." for one in higher))
    }
    assert not known
