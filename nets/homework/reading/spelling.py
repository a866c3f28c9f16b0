"""How people spell gradients: what a name such as ``grads['dW1']`` is the gradient of.

Names are brought into one numbering, in which the first layer is 1.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from nets.homework.reading.names import role_of

__all__ = [
    "GRADIENT", "INDEX", "KEY", "STEP", "canonical", "holds_gradients", "is_step", "last_part",
    "matching", "of_parameters", "of_what", "spelled_like_gradient",
]  # fmt: skip

INDEX = re.compile(r"\[(-?\d+)\]")
KEY = re.compile(r"\[['\"]([^'\"]+)['\"]\]")
_LETTERS = re.compile(r"([A-Za-zα-ωΑ-Ω∂∇]+)_?(\d+|L|l)?(?:_?[a-z]+)?$")


def canonical(path: str, numbered_from: int = 1) -> str:
    """Return a name such as ``W1`` for ``self.weights[0]``, ``params['W1']`` or ``layers[0].W``.

    Examples
    --------
    >>> canonical("self.weights[0]"), canonical("self.params['W1']"), canonical("dense1.W")
    ('W1', 'W1', 'W1')
    """
    index = [int(k) for k in INDEX.findall(path)]
    if not index and (layer := re.search(r"[A-Za-z_](\d+)\.\w+$", path)):
        index = [int(layer[1]) - numbered_from]
    keys = KEY.findall(path)
    last = keys[-1] if keys else re.sub(r"\[.*?\]", "", path).rpartition(".")[2]
    found = _LETTERS.fullmatch(last.strip("_"))
    letters, digits = (found[1], found[2]) if found else (last, None)
    if re.fullmatch(r"[Ww]s?|[Ww]eights?|[Tt]heta|syn(apses?)?", letters):
        letters = "W" if (digits or index) else letters
    elif re.fullmatch(r"[bB]s?|[bB]ias(es)?", letters):
        letters = "b" if (digits or index) else letters
    elif digits is None and not index:
        return last.strip("_")
    if digits is not None:
        return f"{letters}{digits}"
    if index and index[0] >= 0:
        return f"{letters}{index[0] + numbered_from}"
    return last.strip("_")


GRADIENT = re.compile(
    r"(?:self\.)?_?(?:d_?(?:[JjLlCcEe]|[Cc]ost|[Ll]oss|[Ee]rr(?:or)?)_?(?:d|wrt_)_?|"
    r"d_|d(?=[A-Zwbzath])|∂|"
    r"g_?(?=[WwbB]_?(?:\d*|[hoxy]{1,2})$)|grads?_?(?:of_)?|gradients?_|"
    r"nabla_?|delta_?(?=[wWbB]))(?P<stem>[A-Za-z]\w*)$"
)
_CONTAINER = re.compile(
    r"(?:self\.)?_?(?:d|g|\w*grads?|\w*gradients?\w*|d_?\w+|\w*nabla\w*|\w*delta\w*)\["
)


def of_what(path: str) -> str | None:
    """Return what a gradient spelled like `path` is the gradient of, as far as its name tells.

    Examples
    --------
    >>> of_what("self.grads['dW1']"), of_what("dweights[0]"), of_what("error")
    ('W1', 'weights[0]', None)
    """
    keys = KEY.findall(path)
    index = "".join(f"[{k}]" for k in INDEX.findall(path))
    plain = re.sub(r"\[[^\]]*\]", "", path) if not keys else keys[-1]
    found = GRADIENT.match(plain.rpartition(".")[2])
    if found:
        return str(found["stem"]) + index
    if keys and not re.match(r"d[A-Z]", keys[-1]):
        return f"{keys[-1]}{index}"
    return None


def last_part(path: str) -> str:
    """Return the last part of a name, without numbers of entries.

    Examples
    --------
    >>> last_part("self.Z1"), last_part("cache['Z1']"), last_part("Z1[0]")
    ('Z1', 'Z1', 'Z1')
    """
    keys = KEY.findall(path)
    return keys[-1] if keys else re.sub(r"\[.*", "", path).rpartition(".")[2]


def holds_gradients(path: str) -> bool:
    """Return whether an entry of a dict is a gradient: by its key, or by what the dict is called.

    ``cache['W1']`` and ``params['W1']`` are none.
    """
    return bool(_CONTAINER.match(path) or GRADIENT.match(KEY.findall(path)[-1]))


def spelled_like_gradient(path: str) -> bool:
    """Return whether a name, or the key of an entry, is one that gradients have.

    Examples
    --------
    >>> spelled_like_gradient("grads['dW1']"), spelled_like_gradient("self.nabla_w[0]")
    (True, True)
    >>> spelled_like_gradient("params['W1']"), spelled_like_gradient("data")
    (False, False)
    """
    plain = re.sub(r"\[.*", "", path).rpartition(".")[2]
    keyed = re.match(r".*\[f?['\"]d[A-Za-z_]", path)
    return bool(keyed or _CONTAINER.match(path) or GRADIENT.match(plain)) and not role_of(plain)


def of_parameters(paths: Sequence[str]) -> dict[str, str]:
    """Return the canonical name of each parameter; where two would be alike, the path itself."""
    names = {path: canonical(path) for path in paths}
    many = Counter(names.values())
    return {path: name if many[name] == 1 else path for path, name in names.items()}


def matching(spelled: str, shapes: Mapping[str, Any]) -> str | None:
    """Return the parameter that a gradient spelled so is the gradient of, None if it does not tell.

    Parameters
    ----------
    spelled : str
    shapes : mapping
        By canonical parameter name.

    Examples
    --------
    >>> matching("grads['db1']", {"W1": (3, 2), "b1": (3, 1)})
    'b1'
    """
    exact = _EXACT.match(spelled)
    if exact is not None and exact[1] in shapes:  # `dc` and `dgamma`, where c and gamma are
        return exact[1]
    of = of_what(spelled)
    if of is None:
        return None
    name = canonical(of)
    for each in (name, of, name.upper(), name.lower()):
        if each in shapes:
            return each
    lower = {key.lower(): key for key in shapes}
    if name.lower() in lower:
        return lower[name.lower()]
    for form in _ALIKE:  # db of `self.bias`
        alike = [key for key in shapes if form.fullmatch(key.rpartition(".")[2])]
        if form.fullmatch(name) and len(alike) == 1:
            return alike[0]
    return None


_EXACT = re.compile(r"(?:self\.)?_?(?:[dg]_?|grad_)(\w+)$")
_ALIKE = (
    re.compile(r"_*(b|bias(es)?|intercept)_*", re.IGNORECASE),
    re.compile(r"_*(w|weights?|theta|coefs?|\w+_weights)_*", re.IGNORECASE),
)


STEP = re.compile(
    r"(?:self\.)?_?(?:(?P<d>d_?(?:(?:J|[lL]|C|E|cost|loss)_?(?:d|wrt_))?)(?P<kind>[zZaA]|[hH](?=\d))(?P<layer>\d+|L)?(?P<prev>_prev)?(?:_curr)?|"
    r"(?P<delta>deltas?|d_?out_?z)_?(?P<number>\d+)?|"
    r"l(?:ayer_?)?(?P<after>\d+)_err(?:or)?|(?P<last>d_?(?:scores?|logits?)))$"
)


def is_step(spelled: str) -> bool:
    """Return whether a name says that something is no gradient of a parameter."""
    plain = last_part(spelled)
    return bool(STEP.match(plain) or re.search(r"delta|err", plain, re.IGNORECASE))
