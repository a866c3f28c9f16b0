"""Writing files that are either whole or not there."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["atomic", "checked_place", "saved"]


def checked_place(path: str | os.PathLike[str]) -> Path:
    """Return `path` if a file can be there: to know before long work rather than after it.

    Parameters
    ----------
    path : path

    Raises
    ------
    FileNotFoundError
        If its folder does not exist.
    IsADirectoryError
        If it is a folder itself.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(target.parent))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "that is a folder, not a file", str(target))
    return target


@contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it takes the place of `path` if the block succeeds.

    Whatever interrupts the block leaves the old file whole. What is no file, such as ``/dev/null``
    or a pipe, is written into, and where a link points is written, not the link.

    Parameters
    ----------
    path : path

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "notes.txt"
    ...     with atomic(target) as draft:
    ...         _ = draft.write_text("complete")
    ...     target.read_text()
    'complete'
    """
    target = checked_place(path)
    device = target.exists() and not target.is_file()  # which nothing may take the place of
    if not device:
        target = Path(os.path.realpath(target))  # resolve() raises for a link to itself
    try:
        beside = tempfile.TemporaryDirectory(
            prefix=f".{target.name}.", dir=None if device else target.parent
        )
    except OSError as error:  # names the file that the caller knows
        raise OSError(error.errno, error.strerror, str(path)) from error
    with beside as folder:
        draft = Path(folder) / target.name  # under its own name: the suffix may say the format
        yield draft
        if device:
            target.write_bytes(draft.read_bytes())
            return
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        draft.replace(target)


def saved(text: str, path: str | os.PathLike[str] | None) -> str:
    """Return a text, written to a file where one is named.

    Parameters
    ----------
    text : str
    path : path, optional
    """
    if path is not None:
        with atomic(path) as draft:
            draft.write_text(text, encoding="utf-8")
    return text
