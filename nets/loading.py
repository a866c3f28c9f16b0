"""Read a saved network."""

from __future__ import annotations

import os

from nets.network import LLayerNetwork
from nets.saved import Saved

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
    saved = Saved.read(path)
    net = LLayerNetwork(**saved.settings)
    for name, each in net.parameters.items():
        found = saved.parameters.get(name)
        if found is None or found.shape != each.shape or found.dtype != net.dtype:
            raise ValueError(f"{path} is damaged: {name} is missing or of another shape or dtype")
        net.parameters[name] = found
    net.optimizer, net.history = saved.optimizer, saved.history
    return net
