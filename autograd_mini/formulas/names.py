"""Names and numbers in LaTeX, with the course's notation for names."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np

from autograd_mini.formulas.constants import times_root
from autograd_mini.formulas.counts import Count, Powers, Ratio
from autograd_mini.formulas.terms import PRODUCT, SIGN, TIGHT, Term, quotient, raised

__all__ = ["latex_name", "name_term", "number_term"]

_LAYERED = re.compile(r"(W|b|Z|A|D|V|S|X|beta|gamma)(\d+)")
_INDEXED = re.compile(r"([A-Za-z]+)_?(\d{1,4})|([A-Za-z]+)_([A-Za-z][A-Za-z0-9]?)")
_LETTERS = dict(zip("αβγδϵεζηθικλμνξπρστυϕφχψωℓΓΔΘΛΞΠΣΥΦΨΩ", (
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "iota",
    "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "varphi",
    "chi", "psi", "omega", "ell", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma",
    "Upsilon", "Phi", "Psi", "Omega",
), strict=True))  # fmt: skip
_GREEK = frozenset(_LETTERS.values())
_SPELLED = str.maketrans(_LETTERS)
_ACCENTS = {"hat": "hat", "bar": "bar", "tilde": "tilde"}


def latex_name(name: str) -> str:
    r"""Return a name in the course's notation: ``dW1`` is :math:`dW^{[1]}`.

    Examples
    --------
    >>> from autograd_mini.formulas.names import latex_name
    >>> latex_name("dW1"), latex_name("alpha"), latex_name("m"), latex_name("dW_q")
    ('dW^{[1]}', '\\alpha', 'm', 'dW_{q}')
    """
    return name_term(name).text


def name_term(name: str) -> Term:
    """Return a name as a term, which knows what stands above it."""
    spelled = name.translate(_SPELLED)
    known = _known(spelled)
    if known is None and name.startswith("d"):
        inner = _known(spelled[1:])
        if inner is not None:
            space = " " if inner.base.startswith("\\") else ""
            return Term(f"d{inner.text}", TIGHT, f"d{space}{inner.base}", inner.above)
    if known is None:
        text = rf"\mathit{{{name}}}".replace("_", r"\_")
        return Term(text, TIGHT, text)
    return known


def _known(name: str) -> Term | None:
    """Return a name of a form that is written otherwise than letter by letter."""
    if re.fullmatch(r"[A-Za-z]", name):
        return Term(name, TIGHT, name)
    if name in _GREEK:
        return Term(f"\\{name}", TIGHT, f"\\{name}")
    for ending, accent in _ACCENTS.items():
        inner = _known(name.removesuffix(ending)) if name.endswith(ending) else None
        if inner is not None and name != ending and not inner.above:
            text = rf"\{accent}{{{inner.text}}}"
            return Term(text, TIGHT, text)
    layered = _LAYERED.fullmatch(name)
    if layered:
        letter = _word(layered[1])
        return raised(Term(letter, TIGHT, letter), f"[{layered[2]}]")
    indexed = _INDEXED.fullmatch(name)
    if indexed and (word := indexed[1] or indexed[3]) and (len(word) == 1 or word in _GREEK):
        text = f"{_word(word)}_{{{indexed[2] or indexed[4]}}}"
        return Term(text, TIGHT, text)
    return None


def _word(name: str) -> str:
    return f"\\{name}" if name in _GREEK else name


def number_term(value: Any) -> Term:
    """Return a number, or what stands for an array without a name."""
    if isinstance(value, Count):
        return _sized(value.times, value.sizes)
    if isinstance(value, Ratio) and (value.sizes or value.below != 1):
        over = tuple((size, -power) for size, power in value.sizes if power < 0)
        under = tuple((size, power) for size, power in value.sizes if power > 0)
        above = _sized(value.above, over) if over else _signed(value.above)
        return quotient(above, _sized(value.below, under))
    array = np.asarray(value)
    return _array(array) if array.size != 1 else _signed(array.reshape(())[()])


def _sized(factor: float, sizes: Powers) -> Term:
    """Return a number times powers of sizes."""
    parts = [] if factor == 1 and sizes else [_number(factor)]
    for size, power in sizes:
        name = latex_name(size.name)
        parts.append(name if power == 1 else f"{name}^{{{power}}}")
    return Term(" ".join(parts), TIGHT if len(parts) == 1 else PRODUCT)


def _signed(value: Any) -> Term:
    if isinstance(value, (bool, np.bool_)):
        return Term(rf"\text{{{value}}}", TIGHT)
    text = _number(value)
    return Term(text, SIGN if text.startswith("-") else TIGHT, is_number=True)


def _number(value: Any) -> str:
    """Return a number: 1.73… as a root, 1e-05 as a power of ten."""
    if isinstance(value, (complex, np.complexfloating)):
        return rf"\left({value:.6g}\right)"
    size = abs(float(value))
    sign = "-" if value < 0 else ""
    if not math.isfinite(size):
        return rf"{sign}\infty" if math.isinf(size) else r"\text{nan}"
    turns = round(size / math.pi)
    if turns and turns * math.pi == size:
        return rf"{sign}{turns if turns > 1 else ''}\pi"
    root = times_root(size)
    if root is not None:
        return rf"{sign}{root[0] if root[0] > 1 else ''} \sqrt{{{root[1]}}}".replace(" ", "", 1)
    mantissa, _, exponent = f"{size:.6g}".partition("e")
    if not exponent:
        return f"{sign}{mantissa}"
    power = f"10^{{{int(exponent)}}}"
    return f"{sign}{power}" if mantissa == "1" else rf"{sign}{mantissa} \cdot {power}"


def _array(array: Any) -> Term:
    """Return a unit matrix, ones, a short array, or a letter with its shape."""
    square = array.ndim == 2 and array.shape[0] == array.shape[1]
    if square and np.array_equal(array, np.eye(array.shape[0])):
        return Term("I", TIGHT, "I")
    if (
        square
        and array.dtype.kind == "f"
        and np.array_equal(array, array[0, 0] * np.eye(array.shape[0]))
    ):
        return Term(rf"{_number(array[0, 0])} \, I", PRODUCT)
    if array.size and (array == array.flat[0]).all() and array.dtype.kind in "fi":
        one = r"\mathbf{1}"
        number = _number(array.flat[0])
        return Term(one, TIGHT) if number == "1" else Term(rf"{number} \, {one}", PRODUCT)
    half = np.tri(array.shape[0]) - 0.5 * np.eye(array.shape[0]) if square else None
    if half is not None and (np.array_equal(array, half) or np.array_equal(array, half.T)):
        letter = "L" if np.array_equal(array, half) else "U"
        return Term(rf"\left({letter}_{{1}} - \frac{{1}}{{2}} I\right)", TIGHT)
    short = all(len(_number(each)) <= 4 for each in array.flat[:8])
    if 0 < array.size <= 8 and array.ndim in (1, 2) and array.dtype.kind in "fiu" and short:
        rows = array.reshape(-1, array.shape[-1])
        inner = r" \\ ".join(" & ".join(_number(each) for each in row) for row in rows)
        return Term(rf"\begin{{bmatrix}} {inner} \end{{bmatrix}}", TIGHT)
    sizes = r" \times ".join(map(str, array.shape))
    return Term(rf"C_{{{sizes}}}", TIGHT)
