"""An autodiff engine to learn from: gradients of NumPy code, and why yours differ.

>>> import autograd_mini as ag
>>> import numpy as np
>>> W = ag.tensor([[1.0, 2.0]], requires_grad=True, name="W")
>>> J = np.sum(np.tanh(W))
>>> J.backward()
>>> W.grad.shape
(1, 2)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from autograd_mini import fft, linalg
from autograd_mini.array_api import ARRAY_API
from autograd_mini.compile.decorator import compile
from autograd_mini.context import detect_anomaly, enable_grad, is_grad_enabled, no_grad, scope
from autograd_mini.deriving import derive
from autograd_mini.differentiate.functional import grad, hvp, jvp, value_and_grad, vjp
from autograd_mini.errors import (
    AnomalyError,
    ChangedInPlaceError,
    DataDependentError,
    GradcheckError,
    GradientLostWarning,
    NotDifferentiableError,
    NotRecordedError,
)
from autograd_mini.graphs import Graph
from autograd_mini.memory.allocator import keep_freed_memory
from autograd_mini.namespace import PUBLIC
from autograd_mini.pictures import draw
from autograd_mini.tensor import Tensor, asarray, tensor
from autograd_mini.tracing import graph, trace

__all__ = [
    "AnomalyError",
    "ChangedInPlaceError",
    "Comparison",
    "DataDependentError",
    "GradcheckError",
    "GradientLostWarning",
    "Graph",
    "NotDifferentiableError",
    "NotRecordedError",
    "Tensor",
    "asarray",
    "checkpoint",
    "compare",
    "compile",
    "derive",
    "detect_anomaly",
    "draw",
    "enable_grad",
    "fft",
    "grad",
    "gradcheck",
    "graph",
    "hessian",
    "hvp",
    "is_grad_enabled",
    "jacobian",
    "jvp",
    "linalg",
    "load_compiled",
    "no_grad",
    "numerical_grad",
    "primitive",
    "scope",
    "tensor",
    "testing",
    "trace",
    "value_and_grad",
    "vjp",
    "vmap",
]

__version__ = "0.1.0"

keep_freed_memory()

globals().update(
    {name: each for name, each in {**PUBLIC, **ARRAY_API}.items() if name not in globals()}
)

if TYPE_CHECKING:
    from autograd_mini import testing
    from autograd_mini.check.compare import compare
    from autograd_mini.check.comparison import Comparison
    from autograd_mini.check.gradcheck import gradcheck
    from autograd_mini.check.numerical import numerical_grad
    from autograd_mini.compile.loaded import load_compiled
    from autograd_mini.differentiate.checkpoint import checkpoint
    from autograd_mini.differentiate.jacobian import hessian, jacobian
    from autograd_mini.differentiate.primitive import primitive
    from autograd_mini.differentiate.vmap import vmap

_LATER = {
    "checkpoint": "autograd_mini.differentiate.checkpoint",
    "hessian": "autograd_mini.differentiate.jacobian",
    "jacobian": "autograd_mini.differentiate.jacobian",
    "load_compiled": "autograd_mini.compile.loaded",
    "primitive": "autograd_mini.differentiate.primitive",
    "vmap": "autograd_mini.differentiate.vmap",
    "Comparison": "autograd_mini.check.comparison",
    "compare": "autograd_mini.check.compare",
    "gradcheck": "autograd_mini.check.gradcheck",
    "numerical_grad": "autograd_mini.check.numerical",
    "testing": "autograd_mini.testing",
}
"""What is loaded when it is first asked for, because few programs need it: module by name."""


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(_LATER[name])
    value = module if module.__name__ == f"{__name__}.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})
