"""How people call gradients: ``dW1``, ``dJdW1``, ``dz1``, ``grads['W1']``, ``nabla_w1``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["backward_order", "kind_and_layer", "match"]

_WRAPPED = re.compile(r"""^\w+\[['"](?P<stem>.+)['"]\]$|^self\.(?P<attribute>.+)$""")
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"^(?:d|d_|∂)(?:J|L|C|E|cost|loss)[_/ ]*(?:d_?|∂)(?P<stem>.+)$",
        r"^(?:d_|d|∂)(?P<stem>.+)$",
        r"^(?:gradients?|grads?|nabla|∇)_?(?P<stem>.+)$",
        r"^(?P<stem>.+?)[_.]?grad(?:ient)?$",
        r"^(?P<stem>.+)$",
    )
)
_NUMBERED = re.compile(r"^(?P<kind>[a-zA-Z]+?)(?P<layer>\d+|L)$")


def _stems(key: str) -> list[str]:
    """Return what `key` may be the gradient of, the likeliest first."""
    wrapped = _WRAPPED.match(key)
    if wrapped:
        key = wrapped["stem"] or wrapped["attribute"]
    found = (form.match(key) for form in _FORMS)
    return list(dict.fromkeys(each["stem"] for each in found if each))


def _simple(name: str) -> str:
    return re.sub(r"[\s_\[\]{}^()']", "", name).casefold()


def match(key: str, names: Iterable[str]) -> str | None:
    """Return which of `names` the gradient called `key` belongs to, None if to none.

    Parameters
    ----------
    key : str
        As a person writes it.
    names : iterable of str
        Names of tensors, or keys of other gradients.

    Examples
    --------
    >>> match("dJdW1", ["W1", "b1"]), match("dz1", ["Z1"]), match("dAL", ["A1", "A2"])
    ('W1', 'Z1', 'A2')
    """
    known = list(names)
    if key in known and not any(stem in known for stem in _stems(key)[:-1]):
        return key
    stems = _stems(key)
    for stem in stems:
        if stem in known:
            return stem
    for first in ("X", "x", "A0"):  # what the first layer is fed
        if first in known and {"X", "A0", "a0", "x"} & set(stems):
            return first
    simple = {_simple(stem): name for name in reversed(known) for stem in (name, *_stems(name))}
    for stem in stems:
        if _simple(stem) in simple:
            return simple[_simple(stem)]
        last = _last_layer(stem, known)
        if last is not None:
            return last
    return None


def _last_layer(stem: str, names: Sequence[str]) -> str | None:
    """Return the name that ``AL`` stands for: the A with the highest number."""
    parsed = _NUMBERED.match(stem)
    if not parsed or parsed["layer"] != "L":
        return None
    numbered = [
        (int(each["layer"]), name)
        for name in names
        if (each := _NUMBERED.match(name))
        and each["layer"] != "L"
        and each["kind"] == parsed["kind"]
    ]
    return max(numbered)[1] if numbered else None


def kind_and_layer(key: str) -> tuple[str, int] | None:
    """Return ``("W", 1)`` for ``dW1``, and None for a gradient without a layer's number."""
    for stem in _stems(key):
        parsed = _NUMBERED.match(_simple(stem))
        if parsed and parsed["layer"] not in ("L", "l") and len(parsed["kind"]) == 1:
            return parsed["kind"].upper() if parsed["kind"] != "b" else "b", int(parsed["layer"])
    return None


def backward_order(keys: Sequence[str], reached: Sequence[str]) -> list[str]:
    """Return `keys` in the order in which backward makes them.

    Parameters
    ----------
    keys : sequence of str
        Gradients, in the order in which the person returns them.
    reached : sequence of str
        The same gradients as the engine's backward reaches them, where it does.
    """
    parsed = {key: kind_and_layer(key) for key in keys}
    if all(each is not None and each[0] in _ORDER for each in parsed.values()):
        return sorted(keys, key=lambda key: (-parsed[key][1], _ORDER.index(parsed[key][0])))  # type: ignore[index]
    position = {key: k for k, key in enumerate(reached)}
    return sorted(keys, key=lambda key: position.get(key, len(position)))


_ORDER = ("A", "Z", "W", "b")
