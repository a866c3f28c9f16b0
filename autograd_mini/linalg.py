"""``ag.linalg``: linear algebra under the names of NumPy and the Python array API.

>>> import autograd_mini as ag
>>> ag.linalg.inv(ag.tensor([[2.0, 0.0], [0.0, 4.0]]))
Tensor([[0.5 , 0.  ],
        [0.  , 0.25]])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_mini.functions import factorizations as _factorizations
from autograd_mini.functions import linalg as _linalg
from autograd_mini.functions import linalg_standard as _standard
from autograd_mini.functions import norms as _norms
from autograd_mini.namespace import public
from autograd_mini.protocols import FUNCTIONS

_MODULES = (_factorizations, _linalg, _norms, _standard)
_NAMES = [name for module in _MODULES for name in module.__all__]

__all__ = [*_NAMES, "LinAlgError", "matrix_rank"]  # noqa: PLE0604

LinAlgError = np.linalg.LinAlgError


def __dir__() -> list[str]:
    return sorted(__all__)


def _shared(name: str) -> Any:
    return public(name, FUNCTIONS[getattr(np.linalg, name)])


matrix_rank = _shared("matrix_rank")
globals().update({name: _shared(name) for name in _NAMES})
