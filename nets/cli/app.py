"""The program: which commands there are, and how every one of them ends."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from nets.cli.options import FILE, common
from nets.cli.problems import INTERRUPTED, suggestion

__all__ = ["program", "run"]

NAME = "autograd-mini"

COMMANDS = {
    "tour": "Train on embedded data, check the gradients, draw; the default.",
    "train": "Train a network on data of your own, or on a named set.",
    "compare": "Compare gradients: a file's backpropagation, or a network's.",
    "draw": "Draw the graph of a network or function, forward and backward.",
    "derive": "Derive the gradient formulas of a network or function.",
}


class _Commands(click.Group):
    """A group that imports a command when it is used: ``--help`` should not wait for the rest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"nets.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"no command {args[0]!r}{suggestion(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    NAME,
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="autograd_mini", prog_name=NAME)
@click.option(
    "--report", type=FILE, default="report.html", show_default=True,
    help="Where the tour writes its report.",
)  # fmt: skip
@common
@click.pass_context
def program(ctx: click.Context, /, **given: Any) -> Any:
    """See a network's gradients: computed by hand, automatically and numerically.

    Without a command: the tour. It trains a small network, checks its gradients, draws them, and
    writes report.html.
    """
    stated = {
        name: value
        for name, value in given.items()
        if ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
    }
    if ctx.invoked_subcommand is None:
        tour = program.get_command(ctx, "tour")
        assert tour is not None
        return ctx.invoke(tour, **given)
    # `autograd-mini --seed 1 train …` means `autograd-mini train --seed 1 …`
    ctx.default_map = {ctx.invoked_subcommand: stated}
    return None


def _complain(message: str, where: str = NAME) -> None:
    with suppress(OSError):  # nobody can be told
        sys.stderr.write(f"{where}: {' '.join(message.split())}\n")


def _open_streams() -> None:
    """Give what is written a place to go where the shell closed it, as ``>&-`` does."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, nowhere)


def _give_up_output() -> None:
    """Let what is still to be written go nowhere: Python would fail over it again as it exits."""
    with suppress(OSError, ValueError):  # it may be no file, or closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run(arguments: Sequence[str]) -> int:
    """Run the program.

    Parameters
    ----------
    arguments : sequence of str
        As typed after its name.

    Returns
    -------
    int
        Exit status: 0 fine, 1 gradients disagree, 2 bad input, 130 interrupted.
    """
    _open_streams()
    output = sys.stdout
    try:
        status = program.main(list(arguments), prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()  # while a failure can be told
    except click.ClickException as problem:
        context = getattr(problem, "ctx", None)
        _complain(problem.format_message(), context.command_path if context else NAME)
        return problem.exit_code if isinstance(problem, click.UsageError) else 2
    except (KeyboardInterrupt, click.Abort):
        _complain("interrupted")
        return INTERRUPTED
    except MemoryError as problem:
        _complain(f"it needs more memory than there is. {problem}")
        return 2
    except BrokenPipeError:  # whoever read our output has seen enough
        _give_up_output()
        return 0
    except SystemExit as end:
        # The same, found by rich, or by click, which puts something quiet in the output's place.
        if sys.stdout is output and not isinstance(end.__context__, BrokenPipeError):
            raise
        return 0
    except OSError as problem:  # files name themselves, so this is standard output
        _give_up_output()
        _complain(f"{problem.filename or 'output'}: {problem.strerror or problem}")
        return 2
    return status if isinstance(status, int) else 0
