"""Have the memory of a graph that is freed wait for the next one."""

from __future__ import annotations

import numpy as np

__all__ = ["keep_freed_memory"]

_BLOCK = 31 * 1024 * 1024  # bytes; from 32 MiB on glibc learns nothing


def keep_freed_memory() -> None:
    """Teach the C library that blocks of some megabytes come and go.

    As long as it has seen only small ones, glibc gives back to the system what a training step
    frees, and the system clears the same pages again for the next step: that takes a quarter of
    the time of a step whose arrays have some hundred kilobytes, and two fifths where they have
    eight megabytes.  Once a block of 31 MiB was freed, it keeps up to 62 MiB instead (mallopt(3),
    on the dynamic mmap threshold), as in any program that has used an array of that size.  This
    block is never touched, so it costs three calls of the system and no memory.
    """
    np.empty(_BLOCK, np.uint8)
