r"""MathML for the LaTeX in which operations and derivations are written.

The part of LaTeX read here is what the tables of operations use: names, numbers, signs, scripts,
fractions, roots, fences that grow, functions by name, and aligned lines or matrices.  What is not
known is refused, so that nothing is ever shown as raw commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

__all__ = ["formula", "mathml"]

_TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)

_SYMBOLS = {
    "cdot": "⋅", "odot": "⊙", "ast": "∗", "star": "⋆", "times": "×", "ge": "≥", "le": "≤",
    "ne": "≠", "dots": "…", "ldots": "…", "cdots": "⋯", "lor": "∨", "land": "∧", "lnot": "¬",
    "approx": "≈", "in": "∈", "mid": "∣", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈",
    "rceil": "⌉", "partial": "∂", "oplus": "⊕", "ll": "≪", "gg": "≫", "to": "→",
}  # fmt: skip

_LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ",
    "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ",
    "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ", "infty": "∞", "top": "⊤", "dagger": "†",
}  # fmt: skip

_FUNCTIONS = frozenset((
    "arccos", "arcsin", "arctan", "cos", "cosh", "det", "exp", "log", "ln", "max", "min", "sin",
    "sinh", "tan", "tanh",
))  # fmt: skip

_LARGE = {"sum": "∑", "prod": "∏"}

_CALLIGRAPHIC = {"F": "ℱ", "L": "ℒ", "N": "𝒩"}

_APPLIED = _FUNCTIONS | {"operatorname", "mathcal"}

_NO_OPERAND = frozenset((None, "(", ")", "[", "]", "}", "&", ",", r"\left", r"\right", r"\\"))
"""Before these, no thin space sets the name of a function off."""

_SPACES = {",": 0.167, ":": 0.222, ";": 0.278, " ": 0.25, "quad": 1.0, "qquad": 2.0}

_FENCES = {"(": "(", ")": ")", "[": "[", "]": "]", "|": "|", "\\|": "‖", "\\{": "{", "\\}": "}"}

_SIGNS = {"-": "−", "*": "∗", "'": "′"}

_TABLES = {"aligned": ("", ""), "bmatrix": ("[", "]"), "matrix": ("", ""), "cases": ("{", "")}


def mathml(latex: str, display: bool = True) -> str:
    r"""Return a ``<math>`` element for a formula in LaTeX.

    Parameters
    ----------
    latex : str
        As :attr:`Derivation.latex` or :meth:`Graph.to_latex` write it.
    display : bool
        Whether it stands on lines of its own.

    Raises
    ------
    ValueError
        If a command is not known, or brackets do not pair up.

    Examples
    --------
    >>> mathml("x^2", display=False)
    '<math><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    kind = ' display="block"' if display else ""
    return f"<math{kind}>{formula(latex)}</math>"


def formula(latex: str) -> str:
    """Return what stands inside a ``<math>`` element; see :func:`mathml`."""
    reader = _Reader(latex)
    made = reader.row()
    if reader.ahead is not None:
        raise reader.wrong(f"{reader.ahead} without its counterpart")
    return made


class _Reader:
    """Reads LaTeX from left to right; each method returns the MathML of what it has read."""

    def __init__(self, latex: str) -> None:
        self._latex = latex
        self._tokens = [each for each in _TOKEN.findall(latex) if not each.isspace()]
        self._next = 0

    def wrong(self, what: str) -> ValueError:
        """Return the error to raise."""
        return ValueError(f"{what} in the formula {self._latex}")

    @property
    def ahead(self) -> str | None:
        """The token to be read next; None at the end."""
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def take(self, expected: str | None = None) -> str:
        token = self.ahead
        if token is None or (expected is not None and token != expected):
            found = "the end" if token is None else token
            raise self.wrong(f"{found} where {expected or 'more'} should stand")
        self._next += 1
        return token

    # -- rows and scripts ---------------------------------------------------------------------

    def row(self) -> str:
        """Read until something closes what is open."""
        return _row(self._parts())

    def _parts(self) -> list[str]:
        parts: list[str] = []
        while self.ahead is not None and self.ahead not in ("}", "&", r"\\", r"\right", r"\end"):
            name = self.ahead.removeprefix("\\")
            parts.append(self._scripted())
            if name in _APPLIED and self.ahead not in _NO_OPERAND:
                parts.append(_space(_SPACES[","]))
        return parts

    def _scripted(self) -> str:
        """Read one thing with what is written above and below it."""
        first = self.ahead
        base = self._one() if first not in ("^", "_") else "<mrow></mrow>"
        large = first in (r"\sum", r"\prod", r"\max", r"\min")
        below = above = ""
        while self.ahead in ("^", "_"):
            mark = self.take()
            if above if mark == "^" else below:
                raise self.wrong(f"two {mark} after one thing")
            if mark == "^":
                above = self._one()
            else:
                below = self._one()
        both, under, over = (
            ("munderover", "munder", "mover") if large else ("msubsup", "msub", "msup")
        )
        if below and above:
            base = _element(both, base + below + above)
        elif below or above:
            base = _element(under if below else over, base + below + above)
        return base

    def _braces(self) -> str:
        self.take("{")
        made = self.row()
        self.take("}")
        return made

    # -- single things ------------------------------------------------------------------------

    def _one(self) -> str:
        token = self.ahead
        if token == "{":
            return self._braces()
        token = self.take()
        if token.startswith("\\"):
            return self._command(token[1:])
        if token[0].isdigit():
            return _element("mn", token)
        if token.isalpha():
            return _element("mi", token)
        if token in "}&":
            raise self.wrong(f"{token} without its counterpart")
        if token in "()[]|":
            return f'<mo stretchy="false">{token}</mo>'
        return _element("mo", escape(_SIGNS.get(token, token)))

    def _command(self, name: str) -> str:
        special: dict[str, Callable[[], str]] = {
            "frac": self._fraction, "sqrt": self._root, "left": self._fenced,
            "begin": self._table, "operatorname": self._named, "mathit": self._named_in_italics,
            "mathrm": self._named, "mathbf": self._named_in_bold,
            "text": self._text, "mathcal": self._calligraphic,
            "overline": self._overlined, "hat": lambda: self._accented("^"),
            "tilde": lambda: self._accented("~"), "bar": lambda: self._accented("¯"),
        }  # fmt: skip
        if name in special:
            return special[name]()
        if name in _SPACES:
            return _space(_SPACES[name])
        if name in _LETTERS:
            return _element("mi", _LETTERS[name])
        if name in _FUNCTIONS:
            return _element("mi", name)
        if name in _LARGE:
            return _element("mo", _LARGE[name])
        if name in _SYMBOLS:
            return _element("mo", _SYMBOLS[name])
        if name in ("_", "%", "#", "&"):
            return _element("mi", escape(name))
        if name in ("|", "{", "}"):
            return f'<mo stretchy="false">{"‖" if name == "|" else name}</mo>'
        raise self.wrong(f"the command \\{name} is not known")

    def _fraction(self) -> str:
        above = self._one()
        return _element("mfrac", above + self._one())

    def _root(self) -> str:
        if self.ahead != "[":
            return _element("msqrt", self._one())
        self.take("[")
        degree = self._one()
        self.take("]")
        return _element("mroot", self._one() + degree)

    def _fence(self) -> str:
        token = self.take()
        if token == ".":
            return ""
        if token not in _FENCES:
            raise self.wrong(f"{token} where a bracket should stand")
        return _FENCES[token]

    def _fenced(self) -> str:
        opening = self._fence()
        parts = self._parts()
        self.take(r"\right")
        return _element("mrow", _between(opening, _row(parts), self._fence()))

    def _table(self) -> str:
        kind = self._word()
        if kind not in _TABLES:
            raise self.wrong(f"the environment {kind} is not known")
        rows: list[list[str]] = [[self.row()]]
        while self.ahead in ("&", r"\\"):
            if self.take() == "&":
                rows[-1].append(self.row())
            else:
                rows.append([self.row()])
        self.take(r"\end")
        if self._word() != kind:
            raise self.wrong(f"an end that is not that of {kind}")
        rows = [row for row in rows if row != ["<mrow></mrow>"]]
        opening, closing = _TABLES[kind]
        table = "".join(
            _element("mtr", "".join(_cell(kind, k, each) for k, each in enumerate(row)))
            for row in rows
        )
        style = ' displaystyle="true"' if kind == "aligned" else ""
        made = f"<mtable{style}>{table}</mtable>"
        return _element("mrow", _between(opening, made, closing)) if opening else made

    def _word(self) -> str:
        """Read letters between braces, as they stand."""
        self.take("{")
        word = ""
        while self.ahead not in ("}", None):
            word += self.take().replace(r"\_", "_")
        self.take("}")
        return word

    def _named(self) -> str:
        return f'<mi mathvariant="normal">{escape(self._word())}</mi>'

    def _named_in_italics(self) -> str:
        return f'<mi style="font-style:italic">{escape(self._word())}</mi>'

    def _named_in_bold(self) -> str:
        return f'<mi mathvariant="normal" style="font-weight:bold">{escape(self._word())}</mi>'

    def _text(self) -> str:
        return _element("mtext", escape(self._word()))

    def _calligraphic(self) -> str:
        letter = self._word()
        return _element("mi", _CALLIGRAPHIC.get(letter, letter))

    def _overlined(self) -> str:
        return _element("mover", self._one() + '<mo accent="true">¯</mo>')

    def _accented(self, accent: str) -> str:
        return f'<mover accent="true">{self._one()}<mo stretchy="false">{accent}</mo></mover>'


def _element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>"


def _row(parts: list[str]) -> str:
    """Return elements as one."""
    return parts[0] if len(parts) == 1 else _element("mrow", "".join(parts))


def _space(width: float) -> str:
    return f'<mspace width="{width}em"/>'


def _between(opening: str, inner: str, closing: str) -> str:
    left = f"<mo>{opening}</mo>" if opening else ""
    right = f"<mo>{closing}</mo>" if closing else ""
    return f"{left}{inner}{right}"


def _cell(kind: str, column: int, inner: str) -> str:
    side = "center" if kind.endswith("matrix") else ("right", "left")[column % 2]
    side = "left" if kind == "cases" else side
    gap = ";padding-left:0;padding-right:0" if kind == "aligned" else ""
    return f'<mtd style="text-align:{side}{gap}">{inner}</mtd>'
