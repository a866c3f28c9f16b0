"""Options that several commands share, and the kinds of values they take."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from nets.cli.problems import suggestion

__all__ = [
    "FILE", "FOLDER", "LAYERS", "Names", "Scale", "common", "network_options", "refuse", "stated",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


class _Value(click.ParamType[Any]):
    """A kind of value that help texts show as it is written."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return how help texts show it."""
        return self.name


class Layers(_Value):
    """Numbers of units, such as ``20,7,5``; ``none`` for no layer."""

    name = "N,N,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[int]:
        """Return the numbers."""
        if isinstance(value, list):
            return value
        if value.strip().lower() in ("", "none"):
            return []
        try:
            units = [int(each) for each in value.split(",")]
        except ValueError:
            units = [0]
        if min(units) < 1:
            self.fail(
                f"{value!r} is no list of layers: write numbers of units with commas between, "
                "such as 20,7,5",
                param,
                ctx,
            )
        return units


LAYERS = Layers()


class Names(_Value):
    """One of several names, or, if `many`, some of them with commas between."""

    def __init__(self, names: Iterable[str], many: bool = False) -> None:
        self.names, self.many = tuple(names), many
        self.name = "|".join(self.names) + (",…" if many else "")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the name, or a list of names where there are several."""
        given = value.split(",") if self.many else [value]
        for each in given:
            if each not in self.names:
                self.fail(f"there is no {each!r}{suggestion(each, self.names)}", param, ctx)
        return given if len(given) > 1 else given[0]


class Scale(_Value):
    """A named way to initialise weights, or their standard deviation."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self.name = "|".join([*self.names, "NUMBER"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the name or the number."""
        if value in self.names:
            return value
        try:
            scale = float(value)
        except ValueError:
            scale = 0.0
        if not 0 < scale < float("inf"):
            self.fail(f"{value!r} is neither {' nor '.join(self.names)} nor a scale", param, ctx)
        return scale


def common(function: F) -> F:
    """Add what every command has: ``--seed`` and ``--json``."""
    function = click.option(
        "--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else."
    )(function)
    return click.option(
        "--seed", type=click.IntRange(0, 2**31), default=0, show_default=True,
        help="Of every random number: the same seed gives the same result.",
    )(function)  # fmt: skip


def stated(ctx: click.Context) -> set[str]:
    """Return the names of the options that were given, here or before the command."""
    unstated = (click.core.ParameterSource.DEFAULT, click.core.ParameterSource.DEFAULT_MAP)
    return {name for name in ctx.params if ctx.get_parameter_source(name) not in unstated}


def refuse(ctx: click.Context, names: Iterable[str], why: str) -> None:
    """Refuse options that mean nothing beside what else was given.

    Raises
    ------
    click.UsageError
        If one of `names` was given; `why` completes the sentence that its option begins.
    """
    for name in sorted(stated(ctx) & set(names)):
        raise click.UsageError(f"--{name.replace('_', '-')} {why}")


def network_options(
    activations: Iterable[str],
    outputs: Iterable[str],
    scales: Iterable[str],
    init: click.ParamType[Any] | None = None,
) -> Callable[[F], F]:
    """Add what describes a network beside its layers.

    Parameters
    ----------
    activations, outputs, scales : iterable of str
        The names there are.
    init : click.ParamType, optional
        What ``--init`` takes where it has another meaning too.
    """
    options = [
        click.option(
            "--hidden", type=Names(activations, many=True), default="relu", show_default=True,
            help="Activation of the hidden layers, or one for each with commas between.",
        ),
        click.option(
            "--output", type=Names(outputs),
            help="Activation of the last layer; sigmoid for two classes, softmax for more.",
        ),
        click.option(
            "--init", type=init or Scale(scales), default="he", show_default=True,
            metavar=f"{Scale(scales).name}{'|FUNCTION' if init else ''}",
            help="Scale of the first weights."
            + (" For FILE: the function that makes them." if init else ""),
        ),
        click.option(
            "--l2", type=click.FloatRange(0), default=0.0, help="Weight of the squared weights."
        ),
        click.option(
            "--keep-prob", type=click.FloatRange(0, 1, min_open=True), default=1.0,
            help="Share of the hidden units that dropout keeps in a step.",
        ),
    ]  # fmt: skip

    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add
