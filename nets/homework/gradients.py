"""Which array is the gradient of what: names as people write them, in one numbering."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import autograd_mini as ag
from nets.homework.completing import BEYOND
from nets.homework.names import role_of
from nets.homework.trace import RETURNED, Assigned

__all__ = [
    "Manual",
    "canonical",
    "forward_names",
    "intermediates",
    "made_at",
    "manual",
    "of_parameters",
    "returned",
    "spelled_like_gradient",
]

_INDEX = re.compile(r"\[(-?\d+)\]")
_KEY = re.compile(r"\[['\"]([^'\"]+)['\"]\]")
_LETTERS = re.compile(r"([A-Za-zα-ωΑ-Ω∂∇]+)_?(\d+|L|l)?(?:_?[a-z]+)?$")


@dataclass(frozen=True)
class Manual:
    """One gradient that a person's backward made.

    Attributes
    ----------
    name : str
        As it is spelled.
    value : numpy.ndarray
    line : int or None
        The line that made it.
    returned : bool
        Whether it is a result of backward rather than a step on the way.
    """

    name: str
    value: Any
    line: int | None
    returned: bool = True


def canonical(path: str, numbered_from: int = 1) -> str:
    """Return a name such as ``W1`` for ``self.weights[0]``, ``params['W1']`` or ``layers[0].W``.

    Examples
    --------
    >>> canonical("self.weights[0]"), canonical("self.params['W1']"), canonical("dense1.W")
    ('W1', 'W1', 'W1')
    """
    index = [int(k) for k in _INDEX.findall(path)]
    if not index and (layer := re.search(r"[A-Za-z_](\d+)\.\w+$", path)):
        index = [int(layer[1]) - numbered_from]
    keys = _KEY.findall(path)
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


_GRADIENT = re.compile(
    r"(?:self\.)?_?(?:d_?(?:[JjLlCcEe]|cost|loss)_?(?:d|wrt_)_?|d_|d(?=[A-Zwbzath])|∂|"
    r"grads?_?(?:of_)?|gradients?_|"
    r"nabla_?|delta_?(?=[wWbB]))(?P<stem>[A-Za-z]\w*)$"
)
_CONTAINER = re.compile(
    r"(?:self\.)?_?(?:d|g|\w*grads?|\w*gradients?\w*|d_?\w+|\w*nabla\w*|\w*delta\w*)\["
)


def _of(path: str) -> str | None:
    """Return what a gradient spelled like `path` is the gradient of, as far as its name tells."""
    keys = _KEY.findall(path)
    index = "".join(f"[{k}]" for k in _INDEX.findall(path))
    plain = re.sub(r"\[[^\]]*\]", "", path) if not keys else keys[-1]
    found = _GRADIENT.match(plain.rpartition(".")[2])
    if found:
        return str(found["stem"]) + index
    if keys and not re.match(r"d[A-Z]", keys[-1]):
        return f"{keys[-1]}{index}"
    return None


def _holds_gradients(path: str) -> bool:
    """Return whether an entry of a dict is a gradient: by its key, or by what the dict is called.

    ``cache['W1']`` and ``params['W1']`` are none.
    """
    return bool(_CONTAINER.match(path) or _GRADIENT.match(_KEY.findall(path)[-1]))


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
    return bool(keyed or _CONTAINER.match(path) or _GRADIENT.match(plain)) and not role_of(plain)


def of_parameters(paths: Sequence[str]) -> dict[str, str]:
    """Return the canonical name of each parameter; where two would be alike, the path itself."""
    names = {path: canonical(path) for path in paths}
    many = Counter(names.values())
    return {path: name if many[name] == 1 else path for path, name in names.items()}


def returned(
    result: Any,
    names: Sequence[Sequence[str]],
    trace: Sequence[Assigned],
    shapes: Mapping[str, tuple[int, ...]],
) -> dict[str, Manual]:
    """Return the gradients that backward returned or left behind, by canonical parameter name.

    Parameters
    ----------
    result
        What backward returned.
    names : sequence of sequences of str
        Those of its return statements.
    trace : sequence of Assigned
        What happened in backward.
    shapes : mapping
        The shape of each parameter by canonical name.
    """
    flat = list(_flat(result, names))
    found: dict[str, Manual] = {}
    rest: list[tuple[str, Any]] = []
    for spelled, value in flat:
        of = _match(spelled, shapes)
        if of is not None and of not in found:
            found[of] = manual(spelled, value, trace)
        else:
            rest.append((spelled, value))
    if not set(found) & set(shapes):
        found |= _left_behind(trace, shapes)
    if not found and len(shapes) == len(flat) == 1:  # whatever its shape
        return {next(iter(shapes)): manual(*flat[0], trace)}
    for spelled, value in rest:
        free = [
            name for name, shape in shapes.items() if name not in found and np.shape(value) == shape
        ]
        if spelled in shapes:
            continue  # `return theta`, after the update, is no gradient
        if len(free) == 1 and np.ndim(value) > 0 and "?" not in spelled and not _is_step(spelled):
            found[free[0]] = manual(spelled, value, trace)
        elif (inner := _of(spelled)) is not None:
            found.setdefault(canonical(inner), manual(spelled, value, trace))
    listed = len(flat) == len(shapes) and all(_INDEX.search(spelled) for spelled, _ in flat)
    if listed and not set(found) & set(shapes):  # a list in the order of the weights, none fits
        return {name: manual(*each, trace) for name, each in zip(shapes, flat, strict=True)}
    return found


def _flat(result: Any, names: Sequence[Sequence[str]], name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (name, array) for what was returned, named as in the return statement."""
    if isinstance(result, (tuple, list)):
        fitting = [each for each in names if len(each) == len(result)]
        if isinstance(result, list) and not name and [len(each) for each in names] == [1]:
            name, fitting = names[0][0], []  # `return grads`
        spelled = fitting[-1] if fitting else [f"{name}[{k}]" for k in range(len(result))]
        if name and not fitting:
            spelled = [f"{name}[{k}]" for k in range(len(result))]
        for inner, value in zip(spelled, result, strict=True):
            yield from _flat(value, (), inner)
    elif isinstance(result, Mapping):
        of = name or (names[-1][0] if names and len(names[-1]) == 1 else "grads")
        of = "grads" if of == "?" else of
        for key, value in result.items():
            key_text = str(key)
            plain = bool(_GRADIENT.match(key_text)) and isinstance(key, str)
            inner = key_text if plain else f"{of}[{key!r}]"
            yield from _flat(value, (), inner)
    elif isinstance(result, (np.ndarray, np.floating, float)):
        spelled_one = name or (names[-1][0] if names and len(names[-1]) == 1 else "?")
        if not re.search(r"cost|loss|^J$", spelled_one):
            yield spelled_one, np.asarray(result)


def _match(spelled: str, shapes: Mapping[str, Any]) -> str | None:
    of = _of(spelled)
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


_ALIKE = (
    re.compile(r"_*(b|bias(es)?|intercept)_*", re.IGNORECASE),
    re.compile(r"_*(w|weights?|theta|coefs?|\w+_weights)_*", re.IGNORECASE),
)


def _left_behind(
    trace: Sequence[Assigned], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, Manual]:
    """Return gradients that are attributes or local names when backward ends."""
    found: dict[str, Manual] = {}
    unfit: dict[str, Manual] = {}
    for each in trace:
        if _KEY.search(each.name) and not _holds_gradients(each.name):
            continue
        of = _match(each.name, shapes)
        if of is not None and not each.given:
            fits = np.ndim(each.value) in (len(shapes[of]), 1)
            (found if fits else unfit)[of] = manual(each.name, np.asarray(each.value), trace)
    return {**unfit, **found} if found else {}


def manual(spelled: str, value: Any, trace: Sequence[Assigned], result: bool = True) -> Manual:
    """Return a gradient with the line that made it, as far as what happened tells."""
    return Manual(spelled, np.asarray(value), _line(spelled, value, trace), result)


def _line(spelled: str, value: Any, trace: Sequence[Assigned]) -> int | None:
    """Return the line that first had these values under the name of a gradient."""
    value = np.asarray(value)
    same = [
        each
        for each in trace
        if not each.given
        and np.shape(each.value) == value.shape
        and np.array_equal(np.asarray(each.value), value, equal_nan=True)
    ]
    same = [each for each in same if each.line < BEYOND]
    letter = (_of(spelled) or "?")[0].lower()
    alike = [each for each in same if (_of(each.name) or " ")[0].lower() == letter]
    if same:  # `db = dZ` is no line of dZ
        return (alike or same)[0].line
    named = [each for each in trace if each.name == spelled and not each.given]
    return named[-1].line if named else None


_STEP = re.compile(
    r"(?:self\.)?_?(?:(?P<d>d_?(?:(?:J|[lL]|C|E|cost|loss)_?(?:d|wrt_))?)(?P<kind>[zZaA]|[hH](?=\d))(?P<layer>\d+|L)?(?P<prev>_prev)?(?:_curr)?|"
    r"(?P<delta>deltas?|d_?out_?z)_?(?P<number>\d+)?|"
    r"l(?:ayer_?)?(?P<after>\d+)_err(?:or)?|(?P<last>d_?(?:scores?|logits?)))$"
)


def intermediates(
    trace: Sequence[Assigned], depth: int, known: Mapping[str, tuple[int, ...]]
) -> dict[str, Manual]:
    """Return gradients of intermediate values, by the canonical name of the value.

    Parameters
    ----------
    trace : sequence of Assigned
        What happened in backward.
    depth : int
        The number of layers.
    known : mapping
        The shapes of the values that the forward pass named.
    """
    calls: dict[tuple[str, str], list[list[Assigned]]] = {}
    for each in trace:
        if each.given or not _STEP.match(each.name) or isinstance(each.value, ag.Tensor):
            continue
        runs = calls.setdefault((each.name, each.function), [])
        if runs and runs[-1][-1].call == each.call and _in_place(runs[-1][-1], each):
            runs[-1].append(each)
        else:
            runs.append([each])
    numbers = [int(p["number"]) for n, _ in calls if (p := _STEP.match(n)) and p["number"]]
    late = max(max(numbers, default=0) - depth, 0)  # delta3, delta2 in a network of two layers
    found: dict[str, Manual] = {}
    spares_z = all(
        (p := _STEP.match(name)) and (p["kind"] in ("a", "A") or p["last"]) for name, _ in calls
    )
    for (name, _), runs in calls.items():
        parsed = _STEP.match(name)
        assert parsed is not None
        kind = "A" if parsed["after"] else (parsed["kind"] or "Z").upper()
        number = (
            parsed["after"]
            or parsed["layer"]
            or (parsed["number"] and str(int(parsed["number"]) - late))
        )
        for k, run in enumerate(runs):
            if number == "L" or parsed["last"]:
                layer = depth
            elif parsed["after"] and int(parsed["after"]) == depth:
                continue  # `l2_error = y - l2` is a difference, and no derivative of any cost
            elif number is not None:
                layer = int(number)
            elif len(runs) == depth or depth == 1:
                layer = depth - k - (1 if parsed["prev"] else 0)
            elif len(runs) == depth + 1 and parsed["prev"]:  # the first is of the output
                layer = depth - k
            else:
                continue
            masked = spares_z and _masked(run[0].value, run[-1].value)
            for letter, each in ((kind, run[0]), ("Z", run[-1])) if masked else ((kind, run[-1]),):
                names = (f"{letter}{layer}", f"{letter.lower()}{layer}")
                of = next((name for name in names if name in known), None)
                if of is not None and np.shape(each.value) == known[of]:
                    found[of] = Manual(each.name, each.value, made_at(each, trace), False)
    return found


def _is_step(spelled: str) -> bool:
    """Return whether a name says that something is no gradient of a parameter."""
    keys = _KEY.findall(spelled)
    plain = keys[-1] if keys else re.sub(r"\[.*", "", spelled).rpartition(".")[2]
    return bool(_STEP.match(plain) or re.search(r"delta|err", plain, re.IGNORECASE))


def made_at(made: Assigned, trace: Sequence[Assigned]) -> int:
    """Return the line that computed a step: in a helper, or before it got another name."""
    kind = _kind_of(made.name) or "Z"
    same = [
        k
        for k, each in enumerate(trace)
        if each.call == made.call and not each.given and _equal(each.value, made.value)
    ]
    first = next(k for k in same if trace[k] is made or _kind_of(trace[k].name) == kind)
    while first > 0 and trace[first - 1].name == RETURNED:
        back = trace[first - 1]
        if back.call <= trace[first].call or not _equal(back.value, made.value):
            break
        first = next(
            k
            for k, each in enumerate(trace)
            if each.call == back.call and not each.given and _equal(each.value, made.value)
        )
    return trace[_unpacked_from(first, trace)].line


def _unpacked_from(at: int, trace: Sequence[Assigned]) -> int:
    """Return where a value was made that a line takes out of a tuple: ``dx, dw = backward(…)``."""
    own = trace[at]
    before = [k for k in range(at) if trace[k].call == own.call and trace[k].line != own.line]
    inner = [
        k
        for k in range(max(before, default=-1) + 1, at)
        if trace[k].call > own.call and not trace[k].given and _equal(trace[k].value, own.value)
    ]
    return inner[0] if inner else at


def _kind_of(name: str) -> str | None:
    parsed = _STEP.match(name)
    return (parsed["kind"] or "Z").upper() if parsed else None


def _equal(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=True)


def _masked(before: Any, after: Any) -> bool:
    """Return whether `dA[A <= 0] = 0` happened, with which a dA becomes the dZ of a relu layer."""
    changed = after != before
    return bool(np.any(changed)) and not np.any(after[changed])


def _in_place(before: Assigned, after: Assigned) -> bool:
    """Return whether a name's value was changed rather than another given to it: a mask."""
    return np.shape(before.value) == np.shape(after.value) and after.line - before.line <= 3


def forward_names(trace: Sequence[Assigned], depth: int) -> dict[str, list[Assigned]]:
    """Return the recorded values of the forward pass by canonical name.

    A name that gets values more than once has several, such as an A that dropout changes.
    """
    found: dict[str, list[Assigned]] = {}
    seen: set[int] = set()
    loops: dict[str, list[Assigned]] = {}
    for each in trace:
        value = each.value
        if not isinstance(value, ag.Tensor) or each.given or id(value) in seen:
            continue
        if not value.requires_grad or value.is_leaf:
            continue
        keys = _KEY.findall(each.name)
        plain = keys[-1] if keys else re.sub(r"\[.*", "", each.name).rpartition(".")[2]
        if re.fullmatch(r"[zZaAhH]\d+", plain):
            found.setdefault(plain.upper(), []).append(each)
        elif re.fullmatch(r"scores?|logits?", plain):
            found.setdefault(f"Z{depth}", []).append(each)
        elif layer := re.fullmatch(r"l(?:ayer_?)?(\d+)", plain):
            found.setdefault(f"A{layer[1]}", []).append(each)
        elif re.fullmatch(r"[zZaA](_curr)?", plain):
            loops.setdefault(plain[0].upper(), []).append(each)
        else:
            continue
        seen.add(id(value))
    for letter, many in loops.items():
        if len(many) == depth or (len(many) == depth - 1 and letter == "A"):
            for k, each in enumerate(many, 1):
                found.setdefault(f"{letter}{k}", [each])
    return found
