"""Spare Python's cycle collector the walk over recorded graphs.

Graphs have no cycles and are freed by reference counts.  The collector does not know that: while
a graph grows it walks all of it, several times over, and recording a million operations would
cost three times as much each as recording ten.  So it is told to leave the nodes alone.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable

__all__ = ["track", "untrack"]


def _nothing_to_do(node: object) -> None:
    """Leave `node` to the collector: this is not CPython, or not as we know it."""


def _python_function(name: str) -> Callable[[object], None]:
    if sys.implementation.name != "cpython":
        return _nothing_to_do
    prototype = ctypes.PYFUNCTYPE(None, ctypes.py_object)
    return prototype((name, ctypes.pythonapi))


# Only what has no way back to itself may be given to it: a cycle through it is never found.  Hooks
# can make one.  The node that has a hook is given back to the collector with it, and what was
# lies between it and the result once a gradient has come through: a hook that knows a tensor
# computed later than its own keeps it alive only if no gradient ever passes through that tensor.
untrack: Callable[[object], None] = _python_function("PyObject_GC_UnTrack")
"""Take an object out of the collector's lists."""

_track = _python_function("PyObject_GC_Track")


def track(node: object) -> None:
    """Give `node` back to the collector, because something it holds may lead back to it."""
    if not gc.is_tracked(node):
        _track(node)
