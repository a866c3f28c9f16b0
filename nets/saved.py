"""What is kept of a network in a file: its settings, its parameters, and the training so far."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any

from numpy.typing import NDArray

from nets import files
from nets.optimizers import Optimizer, optimizer
from nets.training import History

__all__ = ["Saved"]

Array = NDArray[Any]

_STATE = "optimizer."
"""What the names of an optimizer's arrays begin with."""


@dataclass
class Saved:
    """A network as a file has it.

    Attributes
    ----------
    settings : dict
        What to make the network with.
    parameters : dict
        W1, b1, ….
    optimizer : Optimizer or None
    history : History or None
        Both or neither.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "net.safetensors"
    ...     Saved({"layer_dims": [2, 1]}, {"W1": np.zeros((1, 2))}).write(path)
    ...     Saved.read(path)
    Saved(settings={'layer_dims': [2, 1]}, parameters={'W1': array([[0., 0.]])}, optimizer=None,\
 history=None)
    """

    settings: dict[str, Any]
    parameters: dict[str, Array]
    optimizer: Optimizer | None = None
    history: History | None = None

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write a file, all or nothing."""
        settings, arrays = dict(self.settings), dict(self.parameters)
        if self.history is not None and self.optimizer is not None:
            settings["history"] = asdict(self.history)
            rule = self.optimizer
            settings["optimizer"] = {
                "name": rule.name, "learning_rate": rule.learning_rate, "steps": rule.steps
            }  # fmt: skip
            arrays |= {f"{_STATE}{name}": each for name, each in rule.state.items()}
        files.write(path, arrays, settings)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Saved:
        """Return what a file has.

        Raises
        ------
        FileNotFoundError
        ValueError
            If it is another kind of file.
        """
        arrays, settings = files.read(path)
        seen, rule = settings.pop("history", None), settings.pop("optimizer", None)
        state = {name: each for name, each in arrays.items() if name.startswith(_STATE)}
        made = cls(settings, {name: each for name, each in arrays.items() if name not in state})
        if seen is not None:
            made.history = History(**seen)
            made.optimizer = optimizer(rule["name"], rule["learning_rate"])
            made.optimizer.steps = rule["steps"]
            made.optimizer.state = {name.removeprefix(_STATE): each for name, each in state.items()}
        return made
