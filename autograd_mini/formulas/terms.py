"""Pieces of LaTeX that know how tightly they bind, what stands above them, and their fraction."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "ENTRIES", "PRODUCT", "RELATION", "SIGN", "SUM", "TIGHT", "TOTAL", "Term", "enclosed", "named",
    "quotient", "raised", "times", "transposed",
]  # fmt: skip

RELATION, SUM, SIGN, TOTAL, ENTRIES, PRODUCT, TIGHT = range(7)
"""How tightly the outermost operation binds.

TOTAL is that of a sum sign, and ENTRIES that of products entry by entry.
"""


@dataclass(frozen=True)
class Term:
    r"""LaTeX, and what is needed to put it into other LaTeX.

    Attributes
    ----------
    text : str
    binds : int
        How tightly its outermost operation binds.
    base, above : str
        Where it is something raised: what, and the superscript.
    fraction : tuple of (Term, Term), optional
        Where it is a quotient: what stands above and below the line.
    is_number : bool
    """

    text: str
    binds: int
    base: str = ""
    above: str = ""
    fraction: tuple[Term, Term] | None = None
    is_number: bool = False


def enclosed(term: Term, level: int) -> str:
    """Return a term as an operand of an operation that binds as tightly as `level`."""
    return rf"\left({term.text}\right)" if term.binds < level else term.text


def raised(term: Term, exponent: str) -> Term:
    """Return a term with an exponent; what has one already is enclosed."""
    base = term.base if term.base and not term.above else rf"\left({term.text}\right)"
    return Term(f"{base}^{{{exponent}}}", TIGHT, base, exponent)


def transposed(term: Term) -> Term:
    """Return a transpose: ``A^{[1]T}``, ``K^{-T}``."""
    if term.above == "T":
        return Term(term.base, TIGHT, term.base)
    if term.above == "-1":
        return Term(f"{term.base}^{{-T}}", TIGHT, term.base, "-T")
    if term.above.startswith("["):
        return Term(f"{term.base}^{{{term.above}T}}", TIGHT, term.base, f"{term.above}T")
    made = raised(term, "T")
    return Term(made.text.replace("^{T}", "^T"), TIGHT, made.base, "T")


def quotient(above: Term, below: Term) -> Term:
    r"""Return a fraction: ``a / b / c`` is one line over ``b c``."""
    if above.fraction is not None:
        top, bottom = above.fraction
        first, second = (below, bottom) if below.is_number else (bottom, below)
        return quotient(top, times([first, second]))
    if above.binds == SIGN and above.text.startswith("-"):
        inner = Term(above.text.removeprefix("-"), above.binds, is_number=above.is_number)
        return Term(f"-{quotient(inner, below).text}", SIGN)
    if above.text.startswith(r"\begin{cases}"):
        return Term(rf"\frac{{1}}{{{below.text}}} {above.text}", PRODUCT)
    return Term(rf"\frac{{{above.text}}}{{{below.text}}}", TIGHT, fraction=(above, below))


def times(factors: list[Term], sign: str = "") -> Term:
    r"""Return a product: factors side by side, or with a sign such as ``\odot`` between them."""
    text = ""
    level = ENTRIES if sign else PRODUCT
    for k, factor in enumerate(factors):
        inner = enclosed(factor, level)
        if k == 0:
            text = inner
        elif sign:
            text += f" {sign} {inner}"
        else:
            text += f"{_gap(text, inner)}{inner}"
    return Term(text, level)


_WORD = r"\\mathit\{[^{}]*\}"
"""A name of several letters."""


def _gap(left: str, right: str) -> str:
    r"""Return a thin space where two names would run together; brackets need none."""
    if right.startswith((r"\left(", r"\left[")):
        return " "
    runs_together = re.search(r"(^|[^a-z\\])d[A-Za-z]$", left) or re.match(r"d[A-Za-z\\]", right)
    if left.endswith("}") and re.search(_WORD + "$", left):
        return r" \, "
    if right.startswith(r"\mathit{") and (left[-1:].isalnum() or left.endswith("}")):
        return r" \, "
    return r" \, " if left[-1:].isalnum() and (runs_together or left[-1:].isdigit()) else " "


def named(name: str, inner: str, below: str = "") -> str:
    """Return a function of several letters, applied."""
    word = name.replace("_", r"\_").replace(" ", r"\ ")
    index = f"_{{{below}}}" if below else ""
    return rf"\operatorname{{{word}}}{index}\left({inner}\right)"
