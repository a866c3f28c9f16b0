"""``autograd-mini compare``: handwritten gradients against automatic and numerical ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from autograd_mini.check.comparison import Comparison
from autograd_mini.check.row import Row
from nets.cli.homework import STDOUT, compare_files
from nets.cli.networks import SCALE, network_for, network_settings_or_names
from nets.cli.options import FILE, LAYERS, common, refuse, stated
from nets.cli.output import Output
from nets.cli.problems import bad_input
from nets.cli.session import CHECKED_EXAMPLES, Session
from nets.cli.several import SUFFIXES
from nets.cli.sources import SOURCE_HELP, dataset
from nets.homework.examine import TIMEOUT

__all__ = ["command"]

OF_NETWORKS_ONLY = ("hidden", "output", "l2", "keep_prob", "examples")
OF_FILES = ("forward", "cost", "backward", "timeout", "markdown", "csv")


@click.command("compare", short_help="Compare gradients.")
@click.argument("paths", metavar="[FILE|FOLDER]…", nargs=-1, type=click.Path(path_type=Path))
@click.option("--forward", metavar="NAME", help="FILE's function that computes the output.")
@click.option("--cost", metavar="NAME", help="FILE's function that computes the cost.")
@click.option("--backward", metavar="NAME", help="FILE's function that makes the gradients.")
@click.option(
    "--data",
    "source",
    metavar="DATA|NAME",
    default="planar_flower",
    show_default=True,
    help=f"What the network is for: {SOURCE_HELP}. With FILE: an .npz with X and Y.",
)
@click.option(
    "--layers",
    type=LAYERS,
    default="4",
    show_default=True,
    help="Units of the hidden layers. With FILE: of all layers, the input first.",
)
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), default=TIMEOUT, show_default=True,
    help="Seconds that each FILE may take.",
)  # fmt: skip
@click.option("--html", type=FILE, metavar="PATH", help="Write a page to look at in a browser.")
@click.option(
    "--markdown",
    type=FILE,
    metavar="[PATH]",
    is_flag=False,
    flag_value="-",
    help="Write Markdown for a forum, to standard output without PATH.",
)
@click.option("--csv", type=FILE, metavar="PATH", help="Write a table of all files and gradients.")
@network_settings_or_names
@click.option(
    "--examples",
    type=click.IntRange(1),
    default=CHECKED_EXAMPLES,
    show_default=True,
    help="How many examples to use.",
)
@common
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[Path, ...], **options: Any) -> int:
    """Compare handwritten gradients with automatic and numerical ones.

    With FILE, a .py or .ipynb as you wrote it. Its functions are executed, in a process of their
    own and with limits on time and memory; nothing else of it is, no training and no downloads.
    Its forward pass and cost are differentiated, each gradient that its backward makes is compared,
    and the wrong line is named with what to write instead. Folders are searched for such files.

    Without FILE: the gradients of a network on data.

    The exit status is 0 if all is right, 1 if something is wrong, 2 if nothing could be compared.
    """
    paths, options["markdown"] = _sorted_out(paths, options["markdown"])
    if paths:
        refuse(ctx, OF_NETWORKS_ONLY, "describes a network: it does not go with files")
        return compare_files(paths, stated(ctx), options)
    refuse(ctx, OF_FILES, "goes with a file, such as my_homework.py")
    return _compare_network(**options)


def _sorted_out(
    paths: tuple[Path, ...], markdown: Path | None
) -> tuple[tuple[Path, ...], Path | None]:
    """Return files and the place for Markdown where ``--markdown hw.py`` mixed them up."""
    if markdown is not None and (markdown.suffix.lower() in SUFFIXES or markdown.is_dir()):
        return (markdown, *paths), STDOUT
    return paths, markdown


# -- a network ------------------------------------------------------------------------------------


def _compare_network(
    source: str, layers: list[int], examples: int, init: str, html: Path | None, **options: Any
) -> int:
    settings = {name: options[name] for name in ("hidden", "output", "l2", "keep_prob", "seed")}
    data = dataset(source)
    network = network_for(data, layers, init=SCALE.convert(init, None, None), **settings)
    session = Session(network, data, Output(options["as_json"]))
    session.compare(examples)
    assert session.comparison is not None
    session.result = {"file": None, "comparisons": [_described(session.comparison)], "error": None}
    if html is not None:
        with bad_input(str(html)):
            session.comparison.to_html(html)
        session.output.point("report:", html.resolve().as_uri())
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
