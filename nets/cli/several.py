"""Files that people hand in: find them, and examine several at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from nets.cli.problems import BadInput
from nets.homework.results import Examination, Failure

__all__ = ["SUFFIXES", "Examine", "examine_all", "files_in"]

Examine = Callable[[Path], Examination]

SUFFIXES = (".py", ".ipynb")

_NOT_THEIRS = {"__pycache__", "node_modules", "site-packages", "venv", "env"}

MOST_AT_ONCE = 4
"""Files examined at the same time: each is run in a process of its own."""


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Return files as given, and those of folders, each once.

    Raises
    ------
    BadInput
        If there is no such file, if it is no Python or notebook, or if a folder holds none.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(_inside(path))
            if not inside:
                raise BadInput(f"{path} holds neither .py nor .ipynb files")
            found += inside
        elif not path.exists():
            raise BadInput(f"no file {str(path)!r}")
        elif path.suffix.lower() not in SUFFIXES:
            raise BadInput(f"{path} is neither a .py nor an .ipynb file{_meant(path)}")
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _meant(path: Path) -> str:
    """Return what a person who gives data as a file may mean."""
    if path.suffix.lower() not in (".npz", ".csv", ".h5"):
        return ""
    return f"; for data write --data {path}"


def _inside(folder: Path) -> Iterator[Path]:
    """Yield the Python files and notebooks below a folder, but no packages installed there."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if each[0] != "." and each not in _NOT_THEIRS]
        for name in names:
            if name[0] != "." and Path(name).suffix.lower() in SUFFIXES:
                yield Path(parent, name)


def examine_all(files: Sequence[Path], examine: Examine) -> tuple[list[Examination], bool]:
    """Examine files, a few at once; return what was found, and whether Ctrl-C ended it early.

    What is complete by then is returned, in the order of the files.
    """
    done: dict[Path, Examination] = {}
    pool = ThreadPoolExecutor(min(MOST_AT_ONCE, os.cpu_count() or 1, len(files)))
    try:
        with _progress(len(files)) as update:
            running = {pool.submit(_survived, examine, path): path for path in files}
            for future in _as_completed(running):
                done[running[future]] = future.result()
                update(str(running[future]))
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        return [done[path] for path in files if path in done], True
    pool.shutdown()
    return [done[path] for path in files], False


def _survived(examine: Examine, path: Path) -> Examination:
    """Examine a file; whatever goes wrong in doing so does not cost the others."""
    try:
        return examine(path)
    except Exception as error:  # noqa: BLE001 - a mistake of ours, told as such
        said = f"{type(error).__name__}: {error}".strip(": ")
        message = f"the analysis itself failed, which is a mistake of ours ({said})"
        failure = Failure(type(error).__name__, message, theirs=False)
        return Examination(str(path), failure=failure)


def _as_completed(running: Iterable[Future[Examination]]) -> Iterator[Future[Examination]]:
    """Yield what is complete; never wait for long, so that Ctrl-C is heard."""
    pending = set(running)
    while pending:
        complete, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
        yield from complete


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """Give a function to call after each file; show a bar if somebody waits for several."""
    if total < 2 or not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = (
        TextColumn("examined"), MofNCompleteColumn(), BarColumn(), TextColumn("{task.description}")
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda name: bar.update(task, advance=1, description=name)
