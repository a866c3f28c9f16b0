"""Show how training goes, on a terminal; and let Ctrl-C end it between two steps."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

__all__ = ["Interrupts", "progress_bar"]

Update = Callable[[int, Callable[[], str]], None]

_BETWEEN_UPDATES = 0.1  # seconds; drawing more often would cost more than a small step


@contextlib.contextmanager
def progress_bar(total: int, show: bool | None = None) -> Iterator[Update]:
    """Give a function that moves the bar: ``update(done, text)``, where `text` makes the text.

    Parameters
    ----------
    total : int
        Epochs.
    show : bool, optional
        Whether to show it at all; by default where standard error is a terminal.
    """
    if show is None:
        show = sys.stderr is not None and sys.stderr.isatty()
    if not show:
        yield lambda *_: None
        return
    try:
        from rich import console, progress  # noqa: PLC0415
    except ImportError:  # the bar is an extra
        yield lambda *_: None
        return
    columns = (
        "epoch",
        progress.MofNCompleteColumn(),
        progress.BarColumn(),
        progress.TimeRemainingColumn(),
        "{task.description}",
    )
    with progress.Progress(*columns, console=console.Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        due = 0.0

        def update(done: int, text: Callable[[], str]) -> None:
            nonlocal due
            now = time.monotonic()
            if now >= due or done >= total:
                due = now + _BETWEEN_UPDATES
                bar.update(task, completed=done, description=text())

        yield update


class Interrupts:
    """Turn the first Ctrl-C inside the block into ``asked``; a second one raises as ever.

    An exception could come in the middle of a step and leave half of the parameters changed.
    Outside the main thread, or where the program handles Ctrl-C itself, nothing is done.
    """

    def __init__(self) -> None:
        self.asked = False
        self._installed = False

    def __enter__(self) -> Interrupts:
        if (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        ):
            signal.signal(signal.SIGINT, self._ask)
            self._installed = True
        return self

    def _ask(self, *_: object) -> None:
        self.asked = True
        self._restore()

    def _restore(self) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._installed = False

    def __exit__(self, *error: object) -> None:
        self._restore()
