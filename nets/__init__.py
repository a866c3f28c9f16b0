"""The L-layer network of the course: by hand, and through the engine.

>>> import nets
>>> flower = nets.data.planar_flower()
>>> net = nets.LLayerNetwork([2, 4, 1], hidden="tanh")
>>> history = net.fit(flower.X, flower.Y, epochs=10, learning_rate=1.2)
>>> history.epochs
10
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nets import data, handwritten
    from nets.errors import DivergedError, OtherDataWarning
    from nets.loading import load
    from nets.network import LLayerNetwork
    from nets.training import History

__all__ = [
    "DivergedError", "History", "LLayerNetwork", "OtherDataWarning", "data", "handwritten", "load",
]  # fmt: skip

# Imported when first used: `import nets` costs nothing, and nothing pays for what it does not use.
_HOME = {
    "DivergedError": "nets.errors",
    "History": "nets.training",
    "LLayerNetwork": "nets.network",
    "OtherDataWarning": "nets.errors",
    "data": "nets.data",
    "handwritten": "nets.handwritten",
    "load": "nets.loading",
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'nets' has no attribute {name!r}")
    module = importlib.import_module(home)
    return module if home == f"nets.{name}" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
