"""Plant the mistakes that people make wherever they can stand in right implementations."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Plant:
    """A file with one mistake in it.

    Attributes
    ----------
    style : str
        Which file of the corpus.
    mistake : str
        What was planted.
    codes : tuple of str
        Names that are right for it.
    line : int
        Where it stands.
    first : str or None
        The gradient made on that line, where one is.
    text : str
        The whole file.
    """

    style: str
    mistake: str
    codes: tuple[str, ...]
    line: int
    first: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.style}:{self.line}:{self.mistake}"


@dataclass(frozen=True)
class _Rule:
    mistake: str
    codes: tuple[str, ...]
    pattern: str
    instead: str


_WEIGHT = r"^(\s*(?:self\.)?(?:dW\d?|dw|d_weights\d|grads\[.W\d.\]|nabla_w\[[^=]*\])\s*=\s*)"
_BIAS = r"^(\s*(?:self\.)?(?:db\d?|grads\[.b\d.\]|nabla_b\[[^=]*\])\s*=\s*)"
_M = r"(?:1\.?0?\s*/\s*m\s*\*\s*|\(1\.?0?\s*/\s*m\)\s*\*\s*)"

RULES: tuple[_Rule, ...] = (
    _Rule("1/m missing in dW", ("scale",), _WEIGHT + _M + r"(.*)$", r"\1\2"),
    _Rule("1/m missing in dW", ("scale",), _WEIGHT + r"([^+]*?) / m$", r"\1\2"),
    _Rule("1/m missing in db", ("scale",), _BIAS + _M + r"(.*)$", r"\1\2"),
    _Rule("1/m missing in db", ("scale",), _BIAS + r"(.*?) / m$", r"\1\2"),
    _Rule("1/m twice in dW", ("scale",), _WEIGHT + rf"({_M}.*)$", r"\1 1 / m * \2"),
    _Rule("dW doubled", ("scale",), _WEIGHT + r"(.+)$", r"\1 2 * (\2)"),
    _Rule("dW halved", ("scale",), _WEIGHT + r"(.+)$", r"\1 0.5 * (\2)"),
    _Rule("sign of dW", ("sign",), _WEIGHT + r"(.+)$", r"\1 -(\2)"),
    _Rule("sign of db", ("sign",), _BIAS + r"(.+)$", r"\1 -(\2)"),
    _Rule(
        "mean for sum in db",
        ("scale", "wrong_axis"),
        _BIAS + r"(.*)np\.sum\((.*)$",
        r"\1\2np.mean(\3",
    ),
    _Rule(
        "db not summed by axis",
        ("wrong_axis", "wrong_shape"),
        _BIAS + r"(.*), axis=[01](.*)$",
        r"\1\2\3",
    ),
    _Rule(
        "wrong axis in db",
        ("wrong_axis", "wrong_shape"),
        _BIAS + r"(.*)axis=1(.*)$",
        r"\1\2axis=0\3",
    ),
    _Rule(
        "wrong axis in db",
        ("wrong_axis", "wrong_shape"),
        _BIAS + r"(.*)axis=0(.*)$",
        r"\1\2axis=1\3",
    ),
    _Rule(
        "tanh' missing",
        ("missing_activation_derivative",),
        r"^(\s*dz1 = .*?|\s*dZ1 = .*?) \* \(1 - (?:np\.power\(A1, 2\)|self\.a1\*\*2|A1\*\*2)\)$",
        r"\1",
    ),
    _Rule(
        "1 - Z**2 for 1 - A**2",
        ("wrong_activation_derivative",),
        r"^(\s*dz1 = .*?|\s*dZ1 = .*?)(\* \(1 - )(?:self\.a1)(\*\*2\))$",
        r"\1\2self.z1\3",
    ),
    _Rule(
        "1 + A**2 for 1 - A**2",
        ("wrong_activation_derivative",),
        r"^(\s*d[zZ]1 = .*?\* \()1 - (.*)$",
        r"\g<1>1 + \2",
    ),
    _Rule(
        "relu' missing",
        ("missing_activation_derivative",),
        r"^(\s*dZ\d = )np\.multiply\((dA\d), .*$",
        r"\1\2",
    ),
    _Rule(
        "relu' missing",
        ("missing_activation_derivative",),
        r"^(\s*dZ1 = W2\.T\.dot\(dZ2\)) \* ReLU_deriv\(Z1\)$",
        r"\1",
    ),
    _Rule(
        "relu' missing",
        ("missing_activation_derivative",),
        r"^(\s*)dhidden\[hidden <= 0\] = 0$",
        r"\1pass",
    ),
    _Rule(
        "mask of the gradient",
        ("wrong_activation_derivative",),
        r"^(\s*dZ\d = np\.multiply\((dA\d), np\.int64\()A\d( > 0\)\))$",
        r"\1\2\3",
    ),
    _Rule(
        "sigmoid' missing",
        ("missing_activation_derivative", "wrong_output_gradient"),
        r"^(\s*delta = .*?) \* sp$",
        r"\1",
    ),
    _Rule(
        "keep_prob missing", ("dropout_mask", "scale"), r"^(\s*)dA\d = dA\d / keep_prob$", r"\1pass"
    ),
    _Rule("mask missing", ("dropout_mask",), r"^(\s*)dA\d = dA\d \* D\d$", r"\1pass"),
    _Rule(
        "L2 missing",
        ("missing_regularization",),
        r"^(\s*dW\d = .*?) \+ \(lambd \* W\d\) / m$",
        r"\1",
    ),
    _Rule(
        "L2 without 1/m",
        ("regularization_scale",),
        r"^(\s*dW\d = .*?) \+ \(lambd \* (W\d)\) / m$",
        r"\1 + lambd * \2",
    ),
    _Rule(
        "L2 subtracted",
        ("regularization_scale",),
        r"^(\s*dW\d = .*?) \+ (\(lambd \* W\d\) / m)$",
        r"\1 - \2",
    ),
    _Rule(
        "L2 missing",
        ("missing_regularization",),
        r"^(\s*grads\[.W\d.\] = .*?) \+ 2 \* reg \* W\d$",
        r"\1",
    ),
    _Rule(
        "L2 halved",
        ("regularization_scale",),
        r"^(\s*grads\[.W\d.\] = .*? \+ )2 \* (reg \* W\d)$",
        r"\1\2",
    ),
    _Rule(
        "Z1 for A1 in forward",
        ("forward_bug",),
        r"^(\s*Z2 = (?:np\.dot\(W2, |W2\.dot\())A1(\).*)$",
        r"\1Z1\2",
    ),
    _Rule(
        "X for A1 in dW2",
        ("wrong_cache", "wrong_shape"),
        r"^(\s*dW2 = .*dot\(dZ2, )A1(\.T\))$",
        r"\1X\2",
    ),
)


def sources() -> dict[str, str]:
    """Return the right implementations by name."""
    return {path.name: path.read_text() for path in sorted(CORPUS.glob("*.py"))}


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def plants() -> Iterator[Plant]:
    """Yield every mistake at every line where it can stand."""
    for style, text in sources().items():
        lines = text.split("\n")
        for rule in RULES:
            for number, line in enumerate(lines):
                wrong = re.sub(rule.pattern, rule.instead, line)
                if wrong == line:
                    continue
                planted = [*lines[:number], wrong, *lines[number + 1 :]]
                if not _parses("\n".join(planted)):
                    continue
                target = re.match(r"\s*(?:self\.)?([\w\[\]'\"-]+)\s*=", wrong)
                first = target[1] if target and "forward" not in rule.codes[0] else None
                yield Plant(style, rule.mistake, rule.codes, number + 1, first, "\n".join(planted))
