"""What a user may get wrong, and how it is said: one line, and exit status 2."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import click

__all__ = ["INTERRUPTED", "WRONG", "BadInput", "bad_input", "suggestion"]

WRONG = 1
"""Exit status where gradients disagree or a check failed."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it."""


class BadInput(click.ClickException):
    """Something the user gave cannot be used; the message says what, and what would do."""

    exit_code = 2


def suggestion(wrong: str, names: Iterable[str]) -> str:
    """Return what to say after a name that is not one of `names`.

    Examples
    --------
    >>> suggestion("trian", ["train", "draw"])
    '; did you mean train? There are train, draw'
    """
    known = list(names)
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    meant = f"; did you mean {near[0]}?" if near else "."
    return f"{meant} There are {', '.join(known)}"


@contextmanager
def bad_input(about: str = "") -> Iterator[None]:
    """Say errors of the block, which only the user's input can cause, as :class:`BadInput`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        name = error.filename or about
        raise BadInput(f"{name}: {reason}" if name else reason) from error
    except (ValueError, TypeError, KeyError, ImportError) as error:
        message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        raise BadInput(f"{about}: {message}" if about else message) from error
