"""``ag.compile``: record once, replay the program."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

__all__ = ["compile"]


def compile(  # noqa: A001 - the name of the interface
    f: Callable[..., Any] | None = None, *, backend: str = "numpy"
) -> Any:
    """Return `f` compiled; also a decorator.

    Parameters
    ----------
    f : callable
        Takes and returns arrays, or containers of them.  Anything else among its arguments is
        part of the program: each new value is recorded again, and the programs of the latest 16
        kinds of arguments are kept.  Pass what changes from call to call as an array or
        ``np.float64``, like a learning rate: a Python float is recorded again each time it
        changes.
    backend : {"numpy", "numba"}
        What the program calls: NumPy, or loops that numba compiles (extra ``numba``), which do
        in one pass over memory what NumPy does in several, and take seconds to compile.

    Returns
    -------
    CompiledFunction
        It returns Tensors in the containers of `f`, also where `f` returns plain arrays or
        numbers; text and None stay what they are.  Results are their
        caller's: nothing overwrites them, and none is a view.

    Raises
    ------
    TypeError
        If `f` is no function.  On a call, if it returns what is no array or number, like a
        function or a generator.
    ValueError
        For other backends.  On a call, if `f` makes a list that it was given longer, removes or
        reorders entries of a container or replaces Python's numbers in it (arrays it may replace),
        is given labels for which there is no class, writes into an array that is read-only, puts a
        result into one entry of an array that NumPy made, or has its object keep a view of another
        array.
    ImportError
        If numba is asked for and not installed.
    DataDependentError
        On a call, if `f` looks at values (``if``, ``float()``), changes what is no array beside its
        arguments (a set, a deque), or reads what cannot be watched (a file, a clock, an iterator,
        random numbers of Python's: arrays that NumPy draws are drawn anew).
    NotDifferentiableError
        On a call, if `f` writes a result into an array that it makes with NumPy.

    Warns
    -----
    UserWarning
        On a call, if `f` asks ``isinstance(x, np.ndarray)``, which is False for a tensor; or if it
        has been recorded 16 times.

    Notes
    -----
    What `f` reads beside its arguments (closures, globals, attributes) is compared before each
    replay with what it was; if it has changed, `f` is recorded again.  Arrays of more than 64 KiB
    among it are compared by a digest, which reads them once more on each call: pass them as
    arguments.  If `f` changes some of it, as in ``self.W -= rate * dW``, it gets all arrays among
    it like arguments.  If a tensor among it needs a gradient, `f` itself runs on each call: pass
    such tensors as arguments of a function that ``ag.grad`` or ``ag.value_and_grad``
    differentiates inside.

    Naive logarithms of sigmoid and softmax are replaced by stable formulas, so a result may be
    better than that of `f`.  The first call warns as NumPy does; replays neither warn nor heed
    ``np.errstate``, and go on with ``inf`` and ``nan``.  ``docs/compile.md`` says all of this with
    examples, and what to write instead of what is refused.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> import numpy as np
    >>> step = ag.compile(ag.value_and_grad(lambda w, x: np.sum(np.tanh(w * x))))
    >>> step(np.array([0.0, 0.0]), np.array([1.0, 2.0]))
    (Tensor(0.), Tensor([1., 2.]))
    """
    if f is None:
        return functools.partial(compile, backend=backend)
    if not callable(f):
        raise TypeError(f"ag.compile takes a function, not {type(f).__name__}")
    # what compiling takes would slow down every import of the package
    from autograd_mini.compile.compiled import CompiledFunction  # noqa: PLC0415

    return CompiledFunction(f, backend)
