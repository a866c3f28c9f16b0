"""Where data comes from: a file, or a name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from nets import data
from nets.cli.problems import BadInput, bad_input, suggestion
from nets.data import Dataset

__all__ = ["NAMED", "SOURCE_HELP", "dataset"]

NAMED: dict[str, Callable[[], Dataset]] = {
    "planar_flower": data.planar_flower,
    "moons": data.moons,
    "circles": data.circles,
    "spiral": data.spiral,
    "blobs": data.blobs,
    "digits": data.digits,
}
"""The data sets that have a name."""

SOURCE_HELP = f"a file (.npz, .csv, .h5) or one of {', '.join(NAMED)}"


def dataset(source: str) -> Dataset:
    """Return the data of a file or a name.

    Raises
    ------
    BadInput
        If there is neither, or the file does not hold data that a network can take.
    """
    path = Path(source)
    if source in NAMED and not path.is_file():
        with bad_input(source):
            return NAMED[source]()
    if not path.exists():
        raise BadInput(f"no file {click.format_filename(source)!r}{suggestion(source, NAMED)}")
    with bad_input():  # which names the file itself
        return data.load(path)
