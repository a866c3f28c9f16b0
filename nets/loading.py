"""Read a saved network."""

from __future__ import annotations

import os

from nets import files
from nets.network import LLayerNetwork
from nets.optimizers import optimizer
from nets.training import History

__all__ = ["load"]


def load(path: str | os.PathLike[str]) -> LLayerNetwork:
    """Return the network that was saved to a file.

    Parameters
    ----------
    path : path
        What :meth:`LLayerNetwork.save` or the checkpoint of ``fit`` wrote.

    Raises
    ------
    FileNotFoundError
    ValueError
        If it is another kind of file, or its arrays do not fit its settings.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from nets import LLayerNetwork, load
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     LLayerNetwork([2, 3, 1]).save(pathlib.Path(folder) / "net.safetensors")
    ...     load(pathlib.Path(folder) / "net.safetensors")
    LLayerNetwork([2, 3, 1], hidden=['relu'], output='sigmoid')
    """
    arrays, settings = files.read(path)
    history, rule = settings.pop("history", None), settings.pop("optimizer", None)
    net = LLayerNetwork(**settings)
    for name, each in net.parameters.items():
        if (
            name not in arrays
            or arrays[name].shape != each.shape
            or arrays[name].dtype != net.dtype
        ):
            raise ValueError(f"{path} is damaged: {name} is missing or of another shape or dtype")
        net.parameters[name] = arrays[name]
    if history is not None:
        net.history = History(**history)
        net.optimizer = optimizer(rule["name"], rule["learning_rate"])
        net.optimizer.steps = rule["steps"]
        net.optimizer.state = {
            name.removeprefix("optimizer."): each
            for name, each in arrays.items()
            if name.startswith("optimizer.")
        }
    return net
