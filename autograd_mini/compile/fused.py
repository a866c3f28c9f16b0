"""What programs of fused loops call: the compiler of loops, and care for their arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import numpy as np
from numba import njit
from numba.core.compiler import CompilerBase, DefaultPassBuilder

__all__ = ["fused", "ready", "write_back"]


class _Unaliased(CompilerBase):  # type: ignore[misc]
    """Numba's compiler, told that no two arrays of a loop share memory, as programs see to."""

    def define_pipelines(self) -> list[Any]:
        self.state.flags.noalias = True
        return [DefaultPassBuilder.define_nopython_pipeline(self.state)]


def fused(loop: Callable[..., None]) -> Any:
    """Return `loop` compiled, once for all programs in which the same loop stands."""
    assert isinstance(loop, FunctionType)
    code = loop.__code__.replace(co_firstlineno=1, co_filename="<fused>")
    return _compiled(code, _Globals(loop.__globals__))


class _Globals(dict[str, Any]):
    """The names around a loop, which are the same around each of them."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Globals)


@functools.lru_cache(maxsize=1024)
def _compiled(code: CodeType, names: _Globals) -> Any:
    loop = FunctionType(code, dict(names), code.co_name)
    return njit(pipeline_class=_Unaliased, error_model="numpy", nogil=True)(loop)


def ready(x: Any) -> Any:
    """Return `x`, or a copy, as loops want it: C order, aligned, writable."""
    if x.__class__ is np.ndarray and x.flags.carray:
        return x
    return np.array(x, order="C")


def write_back(x: Any, given: Any) -> None:
    """Write what has become of ``x = ready(given)`` into what was given."""
    if x is not given:
        np.copyto(given, x)
