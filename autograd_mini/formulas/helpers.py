"""Functions that sources bring with them, where an expression is not enough."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["HELPERS", "helpers_for"]

HELPERS = {
    "expect": '''def expect(name, x, *shape):
    """Refuse shapes that the formulas were not derived for; None: any length."""
    found = np.shape(x)
    pairs = zip(shape, found)
    if len(found) != len(shape) or any(n not in (None, k) for n, k in pairs):
        raise ValueError(f"derived for {name} of shape {shape}, not {found}: derive anew")
''',
    "expect_chosen": '''def expect_chosen(name, mask, count):
    """Refuse masks that choose more entries, or fewer, than the formulas were derived for."""
    found = np.count_nonzero(mask)
    if found != count:
        raise ValueError(f"derived for {count} entries chosen by {name}, not {found}: derive anew")
''',
    "placed": '''def placed(shape, *parts):
    """Return zeros of this shape with each part added at its index."""
    total = np.zeros(shape, np.result_type(0.0, *[part for _, part in parts]))
    for index, part in parts:
        np.add.at(total, index, part)
    return total
''',
    "powers": '''def powers(x, exponents):
    """Return a column for each exponent: x raised to it."""
    return np.vander(x, max(exponents, default=-1) + 1, increasing=True)[:, list(exponents)]
''',
    "written": '''def written(x, index, value):
    """Return a copy of x with the value written at an index."""
    copy = np.array(x)
    copy[index] = value
    return copy
''',
    "onehot": '''def onehot(y, n):
    """Return a row of n for each label, with a single 1."""
    return np.eye(n)[y]
''',
    "numbered": '''def numbered(x, count, of="classes", what="labels"):
    """Refuse what is not from 0 to count - 1: NumPy would count from the end."""
    if np.any((x < 0) | (x >= count)):
        raise ValueError(f"{what} must lie in 0 ... {count - 1} for {count} {of}")
    return x
''',
    "softmax": '''def softmax(x, axis=-1):
    """Return exp(x) over its sum along an axis, shifted so that nothing overflows."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)
''',
    "log_softmax": '''def log_softmax(x, axis=-1):
    """Return the logarithm of softmax along an axis."""
    x = x - np.max(x, axis=axis, keepdims=True)
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))
''',
    "logsumexp": '''def logsumexp(x, axis=None, keepdims=False):
    """Return log(sum(exp(x))) along an axis, shifted so that nothing overflows."""
    top = np.max(x, axis=axis, keepdims=True)
    total = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return total if keepdims else np.squeeze(total, axis=axis)
''',
    "mirror": '''def mirror(x, UPLO="L"):
    """Return the symmetric matrix that has this triangle of x."""
    x = np.tril(x) if UPLO == "L" else np.swapaxes(np.triu(x), -1, -2)
    return x + np.swapaxes(np.tril(x, -1), -1, -2)
''',
    "collect": '''def collect(g, source, shape):
    """Return zeros of this shape with each entry of g added where it came from (from 1; 0: no)."""
    total = np.zeros(int(np.prod(shape)) + 1, np.result_type(0.0, g))
    np.add.at(total, np.ravel(source), np.ravel(g))
    return total[1:].reshape(shape)
''',
    "rearrange": '''def rearrange(x, source):
    """Return the entries of x with these numbers (from 1), and 0 where the number is 0."""
    return np.append(np.zeros(1, x.dtype), x)[source]
''',
    "euclidean_norm": '''def euclidean_norm(x, axis=None, keepdims=False):
    """Return the root of the sum of squares along axes."""
    return np.sqrt(np.sum(np.abs(x) ** 2, axis=axis, keepdims=keepdims))
''',
    "over": '''def over(x, y):
    """Return x / y, and 0 where y is 0."""
    return np.where(y == 0, 0, x / np.where(y == 0, 1, y))
''',
    "cofactors": '''def cofactors(A):
    """Return the slopes of det(A) by the entries of A, which may be singular."""
    u, s, vt = np.linalg.svd(A)
    rest = [np.prod(np.delete(s, k, axis=-1), axis=-1) for k in range(s.shape[-1])]
    sign = np.linalg.det(u) * np.linalg.det(vt)
    return sign[..., None, None] * (u * np.stack(rest, axis=-1)[..., None, :]) @ vt
''',
    "gelu_tanh": '''def gelu_tanh(x):
    """Return nearly x times the probability that a standard normal number is below x."""
    near = np.clip(x, -10, 10)
    return 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (near + 0.044715 * near**3)))
''',
    "normal_cdf": '''def normal_cdf(x):
    """Return the probability that a standard normal number is below x."""
    return 0.5 * np.vectorize(erfc, otypes=[np.result_type(x, 0.5)])(-x / 2**0.5)
''',
}
"""By name; each but NumPy needs nothing."""

_IMPORTS = {"normal_cdf": "from math import erfc\n"}


def helpers_for(names: Collection[str]) -> tuple[str, str]:
    r"""Return what to import, and the functions to define, for these names.

    Examples
    --------
    >>> helpers_for({"normal_cdf"})[0]
    'from math import erfc\n'
    """
    used = [name for name in HELPERS if name in names]
    imports = "".join(_IMPORTS.get(name, "") for name in used)
    return imports, "".join(f"{HELPERS[name]}\n\n" for name in used)
