"""``np.einsum`` in all its spellings."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_mini.ops import einsum as ops
from autograd_mini.protocols import implements, operand, plainly

__all__ = ["einsum", "explicit"]

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

plainly(np.einsum_path)


@implements(np.einsum)
def einsum(
    *operands: Any, out: Any = None, optimize: Any = False, dtype: Any = None, **options: Any
) -> Any:
    """Sum products of entries named by letters: ``np.einsum``.

    Any spelling that NumPy takes: explicit and implicit results, ellipsis, repeated and omitted
    letters, and operands that alternate with lists of numbers.

    Examples
    --------
    >>> import autograd_mini as ag
    >>> A = ag.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> ag.einsum("ij,j->i", A, [1.0, 1.0])
    Tensor([3., 7.])
    >>> ag.grad(lambda A: ag.einsum("ii->", A))(A)
    Tensor([[1., 0.],
            [0., 1.]])
    """
    unknown = set(options) - {"order", "casting"}
    if unknown:
        raise TypeError(f"einsum() has no argument {', '.join(sorted(unknown))}")
    if isinstance(operands[0], str):
        subscripts, arrays = operands[0], [operand(each) for each in operands[1:]]
    else:
        subscripts, arrays = _spelled(operands)
    made = explicit(subscripts, tuple(getattr(each, "ndim", 0) for each in arrays))
    return ops.einsum(arrays, made, optimize=optimize, dtype=dtype)


def _spelled(operands: Sequence[Any]) -> tuple[str, list[Any]]:
    """Return subscripts and arrays of a call like ``einsum(x, [0, 1], y, [1, 2], [0, 2])``."""
    pairs = len(operands) // 2
    arrays = [operand(operands[2 * k]) for k in range(pairs)]
    terms = [_word(operands[2 * k + 1]) for k in range(pairs)]
    result = "->" + _word(operands[-1]) if len(operands) % 2 else ""
    return ",".join(terms) + result, arrays


def _word(labels: Sequence[Any]) -> str:
    # Implicit results are in the order of the numbers, and capitals sort before small letters.
    ordered = sorted(_LETTERS)
    return "".join("..." if each is Ellipsis else ordered[each] for each in labels)


@functools.lru_cache(maxsize=512)
def explicit(subscripts: str, ndims: tuple[int, ...]) -> str:
    """Return subscripts with every letter written out, for operands with these many axes.

    Parameters
    ----------
    subscripts : str
        In any form that NumPy takes.
    ndims : tuple of int

    Examples
    --------
    >>> from autograd_mini.functions.einsum import explicit
    >>> explicit("...ij, jk", (3, 2))
    'aij,jk->aik'
    """
    terms, arrow, result = subscripts.replace(" ", "").partition("->")
    words = terms.split(",")
    if len(words) != len(ndims):
        raise ValueError(f"einsum of {subscripts!r} names {len(words)} operands, got {len(ndims)}")
    hidden = 0
    for word, ndim in zip(words, ndims, strict=True):
        named = len(word.replace("...", ""))
        if named > ndim or (named < ndim and "..." not in word):
            raise ValueError(f"einsum of {subscripts!r}: {word!r} names {named} axes of {ndim}")
        hidden = max(hidden, ndim - named if "..." in word else 0)
    free = [letter for letter in _LETTERS if letter not in subscripts]
    batch = "".join(free[:hidden])
    written = []
    for word, ndim in zip(words, ndims, strict=True):
        n = ndim - len(word.replace("...", ""))
        written.append(word.replace("...", batch[hidden - n :] if n else ""))
    if not arrow:
        joined = terms.replace("...", "").replace(",", "")
        result = "".join(letter for letter in sorted(set(joined)) if joined.count(letter) == 1)
        result = "..." + result if "..." in terms else result
    elif hidden and "..." not in result:
        raise ValueError(
            f"einsum of {subscripts!r}: the result needs an ellipsis for the {hidden} axes that "
            "one of the operands stands for"
        )
    return f"{','.join(written)}->{result.replace('...', batch)}"
