"""``autograd-mini derive``: the gradient formulas of a network, or of a person's function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np

import autograd_mini as ag
from autograd_mini.atomic import atomic
from autograd_mini.formulas.shown import Formulas
from nets import LLayerNetwork
from nets.cli.functions import is_function, of_a_function, recorded
from nets.cli.networks import OF_A_NETWORK, network_settings, output_for
from nets.cli.options import FILE, LAYERS, Names, common, refuse
from nets.cli.output import Output
from nets.cli.problems import BadInput, bad_input

__all__ = ["command"]

FORMATS = ("text", "latex", "mathml", "source")

EXAMPLES = 7
"""How many examples the network is recorded with; the formulas say m."""


@click.command("derive", short_help="Derive gradient formulas.")
@click.argument("target", required=False, metavar="[FILE.py:FUNCTION]")
@click.option(
    "--layers",
    type=LAYERS,
    default="2,4,1",
    show_default=True,
    help="Units of all layers of a network, the input first.",
)
@network_settings
@of_a_function
@click.option(
    "--format", "form", type=Names(FORMATS),
    help="Formulas as text (if not said otherwise), LaTeX or MathML, or a NumPy function that "
    "stands alone.",
)  # fmt: skip
@click.option("--fold", is_flag=True, help="Write layers that repeat once, as a loop over l.")
@click.option(
    "-o", "path", type=FILE,
    help="A file to write; without --format, its suffix says what: html (with shapes and "
    "reasons), tex, md, py or txt.",
)  # fmt: skip
@common
@click.pass_context
def command(
    ctx: click.Context,
    /,
    target: str | None,
    layers: list[int],
    arguments: str | None,
    wrt: str | None,
    form: str | None,
    fold: bool,
    path: Path | None,
    output: str | None,
    as_json: bool,
    seed: int,
    **settings: Any,
) -> int:
    """Derive the gradients of a network's cost, or of FILE.py:FUNCTION, as a person writes them.

    A function must return one number.  The definitions in its file are executed.
    """
    out = Output(as_json)
    if target is None and (arguments is not None or wrt is not None):
        raise BadInput("--args and --wrt are for FILE.py:FUNCTION")
    if target is not None and not is_function(target):
        raise BadInput(f"{target!r} is no FILE.py:FUNCTION; for a network write --layers N,N,…")
    if target is not None:
        refuse(ctx, OF_A_NETWORK, "describes a network: it does not go with FILE.py:FUNCTION")
        ran = recorded(target, arguments, seed, wrt, whole=True)
        cost, order, by = ran.result, ran.names, list(ran.wrt.values())
    else:
        cost, order, by = _network_cost(layers, output, seed, settings), [], None
    if cost.shape != ():
        raise BadInput(f"{target} returns shape {cost.shape}; a gradient is of one number")
    with bad_input(target or ""):
        derivation = ag.derive(cost, by, arguments=order)
        shown: Formulas = derivation.fold() if fold else derivation
    with bad_input(str(path or "")):
        text = _written(shown, form, path)
    if path is not None:
        with bad_input(), atomic(path) as draft:
            draft.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        out.point("formulas:", path)
    elif not as_json:
        click.echo(text)
    out.result(
        **({"layers": layers} if target is None else {"target": target}),
        text=shown.text,
        latex=shown.latex,
        source=_source(shown) if as_json else None,
        path=path,
    )
    return 0


def _written(derivation: Formulas, form: str | None, path: Path | None) -> str:
    """Return the formulas in the form asked for, or the one that the file's suffix says."""
    if form is None and path is not None:
        return derivation.document(path.suffix)
    return str(getattr(derivation, form or "text"))


def _source(shown: Formulas) -> str | None:
    """Return the NumPy function; None where NumPy has nothing for one of the operations."""
    try:
        return shown.source
    except ValueError:
        return None


def _network_cost(
    layers: list[int], output: str | None, seed: int, settings: dict[str, Any]
) -> ag.Tensor:
    """Return the recorded cost of a network on examples of no importance."""
    output = output_for(layers, output)
    with bad_input():
        network = LLayerNetwork(layers, output=output, seed=seed, **settings)
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((layers[0], EXAMPLES))
        Y = np.arange(EXAMPLES).reshape(1, EXAMPLES) % max(layers[-1], 2)
        return network.record(X, Y, from_AL=True)
