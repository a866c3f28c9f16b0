"""``autograd-mini compare``: gradients by hand, automatic and numerical, side by side."""

from __future__ import annotations

from typing import Any

import click

from autograd_mini.check.comparison import Comparison, Row
from nets.cli.networks import network_for, network_settings
from nets.cli.options import LAYERS, common
from nets.cli.output import Output
from nets.cli.session import CHECKED_EXAMPLES, Session
from nets.cli.sources import SOURCE_HELP, dataset

__all__ = ["command"]


@click.command("compare", short_help="Compare gradients.")
@click.option(
    "--data",
    "source",
    metavar="DATA|NAME",
    default="planar_flower",
    show_default=True,
    help=f"What the network is for: {SOURCE_HELP}.",
)
@click.option(
    "--layers", type=LAYERS, default="4", show_default=True, help="Units of the hidden layers."
)
@network_settings
@click.option(
    "--examples",
    type=click.IntRange(1),
    default=CHECKED_EXAMPLES,
    show_default=True,
    help="How many examples to use.",
)
@common
def command(source: str, layers: list[int], examples: int, as_json: bool, **settings: Any) -> int:
    """Compare manual, automatic and numerical gradients of a network.

    The exit status is 1 if they disagree.
    """
    data = dataset(source)
    session = Session(network_for(data, layers, **settings), data, Output(as_json))
    session.compare(examples)
    assert session.comparison is not None
    session.result = {"file": None, "comparisons": [_described(session.comparison)], "error": None}
    return session.finish()


def _described(comparison: Comparison) -> dict[str, Any]:
    return {
        "forward": "L_model_forward",
        "cost": "compute_cost",
        "backward": "L_model_backward",
        "ok": comparison.ok,
        "first_wrong": comparison.first_wrong,
        "rows": [_row(each) for each in comparison.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    found = row.diagnosis
    return {
        "name": row.name,
        "wrt": row.wrt,
        "shape": row.shape,
        "max_abs_error": row.max_abs_error,
        "rel_error": row.rel_error,
        "verdict": row.verdict,
        "line": None,
        "diagnosis": found and {"code": found.code, "message": found.message, "line": None},
    }
