"""Functions of the user that see gradients on their way, and what removes them again."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

__all__ = ["HookHandle", "Hooks"]

Hooks = dict[int, Callable[[Any], Any]]
"""The hooks of a node by number, in the order in which they are called."""

_numbers = itertools.count()


class HookHandle:
    """What :meth:`Tensor.register_hook` returns: it removes that hook, and no other.

    Call it, call its :meth:`remove`, or use it in a ``with`` statement that the hook is for.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> x = ag.tensor(3.0, requires_grad=True)
    >>> handle = x.register_hook(lambda g: 10 * g)
    >>> (2 * x).backward()
    >>> handle.remove()
    >>> (2 * x).backward()
    >>> x.grad
    Tensor(22.)
    """

    __slots__ = ("_hooks", "_number")

    def __init__(self, hooks: Hooks, hook: Callable[[Any], Any]) -> None:
        self._hooks, self._number = hooks, next(_numbers)
        hooks[self._number] = hook

    def remove(self) -> None:
        """Call the hook no more; again, do nothing."""
        self._hooks.pop(self._number, None)

    def __call__(self) -> None:
        """Do what :meth:`remove` does."""
        self.remove()

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()
