"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["common"]

F = TypeVar("F", bound=Callable[..., Any])


def common(function: F) -> F:
    """Add what every command has: ``--seed`` and ``--json``."""
    function = click.option(
        "--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else."
    )(function)
    return click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True,
        help="Of every random number: the same seed gives the same result.",
    )(function)  # fmt: skip
