"""Errors that show that what was made up for forward is of another kind than it takes."""

from __future__ import annotations

import re
import traceback

from nets.homework.finding.programs import Program
from nets.homework.reading.source import Source
from nets.homework.results import Failure

__all__ = ["unfit"]

_OF_DATA = re.compile(
    r"too many indices for array|dimensions except for the concatenation axis must match|"
    r"must have same number of dimensions"
)
"""Images and sequences have more axes than the tables that are made up here."""
_OF_PARAMETERS = re.compile(
    r"unhashable type: 'slice'|dtype\('<U\d+'\)|string indices must be integers|"
    r"'str' object has no attribute"
)
"""A list of layers is gone through otherwise than a dictionary of weights."""


def unfit(source: Source, program: Program, error: BaseException) -> Failure | None:
    """Return why a file was not analysed, where its forward takes other data or parameters.

    Only what forward raises, which runs before everything else, tells that.

    Parameters
    ----------
    source : Source
    program : Program
    error : BaseException
    """
    frames = [
        (frame.f_code.co_name, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename == str(source.path)
    ]
    names = [name for name, _ in frames]
    if program.forward.removeprefix("::") not in names or program.backward in names:
        return None
    message = str(error).partition("\n")[0]
    line = frames[-1][1]
    unpacks = "values to unpack" in message and ".shape" in source.line(line)
    if _OF_DATA.search(message) or unpacks:
        what = "the inputs that were made up for it, which are a matrix"
    elif _OF_PARAMETERS.search(message):
        what = "the parameters that were made up for it; --init NAME says what makes them"
    else:
        return None
    reason = f"{program.forward} does not take {what} (line {line}: {message}); "
    reason += "--data FILE.npz gives X, Y and arguments by name"
    return Failure("Data", reason, theirs=False)
