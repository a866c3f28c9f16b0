"""Find the forward pass, cost and backward pass in a person's file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nets.homework.finding.alone import layer_pairs, lone_loss
from nets.homework.finding.calls import returned_names, signature_text
from nets.homework.finding.held import cost_or_held
from nets.homework.finding.parameters import weights_of
from nets.homework.layouts.layered import NETWORK
from nets.homework.layouts.loops import BACKWARD, FORWARD
from nets.homework.layouts.named_layers import LAYERS
from nets.homework.layouts.rounds import trained_with
from nets.homework.layouts.unrolled import WEIGHTS
from nets.homework.reading.names import function_role, role_of
from nets.homework.reading.source import Source

__all__ = ["NotFoundError", "Program", "find_programs"]

Functions = Mapping[str, ast.FunctionDef]


class NotFoundError(Exception):
    """What there is does not tell which functions belong together; the message says it all."""


@dataclass(frozen=True)
class Program:
    """Functions (or methods of one class) that belong together.

    Attributes
    ----------
    forward, backward : str
        One and the same where a function does both.
    cost : str or None
        None where there is none.
    init : str or None
    owner : str or None
        The class that they are methods of.
    stated : bool
        Whether a person said so.
    """

    forward: str
    backward: str
    cost: str | None = None
    init: str | None = None
    owner: str | None = None
    stated: bool = False

    @property
    def costs_apart(self) -> bool:
        """Whether a function of its own computes the cost."""
        return self.cost not in (None, self.forward)


def find_programs(
    source: Source,
    *,
    forward: str | None = None,
    cost: str | None = None,
    backward: str | None = None,
    init: str | None = None,
) -> list[Program]:
    """Find what can be compared.

    Parameters
    ----------
    source : Source
    forward, cost, backward, init : str, optional
        Names where a person states them; ``Class.method`` for a method.

    Raises
    ------
    NotFoundError
        If there is nothing to compare.
    """
    stated = {"forward": forward, "cost": cost, "backward": backward, "init": init}
    functions = {each.name: each for each in source.functions()}
    classes = {each.name: methods(each) for each in source.classes()}
    if any(stated.values()):
        return [_stated(stated, functions, classes)]
    whole = {name: each for name, each in functions.items() if name not in (FORWARD, BACKWARD)}
    found = list(_of_functions(whole))
    for name, own in classes.items():
        found += [
            replace(each, cost=cost_or_held(each.cost, each.forward, own, classes))
            for each in _of_class(name, own, functions)
        ]
    if LAYERS in functions:  # a layer that goes forward and backward is no network
        made = {ast.unparse(e.func) for e in ast.walk(functions[LAYERS]) if isinstance(e, ast.Call)}
        found = [each for each in found if each.owner not in made]
    if not found and FORWARD in functions:
        costs = [name for name in functions if _is_cost_of_model(functions[name])]
        of_lines = FORWARD if _returns_cost(functions[FORWARD]) else None
        init = next((name for name in (NETWORK, LAYERS) if name in functions), None)
        return [Program(FORWARD, BACKWARD, costs[0] if costs else of_lines, init)]
    if not any(_is_network(each, functions) for each in found):
        found += [Program(*pair) for pair in layer_pairs(functions)]
    if not found:
        raise NotFoundError(source.lacking or _missing(functions, classes))
    return [each for each in found if not _is_part(each, found, functions, classes)]


def _is_network(program: Program, functions: Functions) -> bool:
    """Return whether a program has weights, as a loss that stands alone has not."""
    alone = program.owner is None and program.forward == program.backward
    return not alone or lone_loss(functions[program.forward]) is None


def _is_part(
    program: Program,
    found: Sequence[Program],
    functions: Functions,
    classes: Mapping[str, Functions],
) -> bool:
    """Return whether a function that goes forward and back is only a step of another program."""
    if program.owner is not None or program.forward != program.backward:
        return False
    others = [each for each in found if each is not program]
    bodies = [
        (classes[each.owner] if each.owner else functions).get(each.backward) for each in others
    ]
    return any(
        isinstance(node, ast.Call) and ast.unparse(node.func) == program.backward
        for body in bodies
        if body is not None
        for node in ast.walk(body)
    )


def methods(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    """Return the methods of a class by name."""
    return {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}


def _stated(
    stated: Mapping[str, str | None],
    functions: Functions,
    classes: Mapping[str, Functions],
) -> Program:
    plain: dict[str, str | None] = {}
    owner = None
    for role, name in stated.items():
        if name is None:
            plain[role] = None
            continue
        before, _, last = name.rpartition(".")
        if before and before not in classes:
            raise NotFoundError(f"--{role} {name}: the file has no class {before}{_list(classes)}")
        known = classes[before] if before else functions
        if last not in known:
            raise NotFoundError(f"--{role} {name}: there is no such function{_list(known)}")
        owner = before or owner
        plain[role] = last
    own = classes[owner] if owner else functions
    guesses = _of_class(owner, own, functions) if owner else list(_of_functions(own))
    first = guesses[0] if guesses else Program("", "")
    made = Program(
        plain["forward"] or first.forward,
        plain["backward"] or first.backward,
        plain["cost"] or first.cost,
        plain["init"] or first.init,
        owner,
        stated=True,
    )
    if not made.forward or not made.backward:
        raise NotFoundError(_missing(functions, classes))
    return made


def _list(names: Mapping[str, Any]) -> str:
    """Return what there is instead, functions with their arguments."""
    said = [
        signature_text(each) if isinstance(each, ast.FunctionDef) else name
        for name, each in names.items()
    ]
    return f"; it has {', '.join(said)}" if said else ""


# -- functions ------------------------------------------------------------------------------------


def _of_functions(functions: Functions) -> Iterator[Program]:
    roles = {name: _role(function) for name, function in functions.items()}
    steps = {name for name, role in roles.items() if role in ("forward", "backward", "both")}
    for name, role in roles.items():
        if role == "init" and _called(functions[name]) & steps:
            roles[name] = None  # `build_model` that trains what it makes
    by_role = {
        role: [name for name, each in roles.items() if each == role] for role in set(roles.values())
    }
    for name in by_role.get("both", []):
        yield Program(name, name, name, _init_for(name, functions, by_role))
    for name in by_role.get("backward", []):
        if not functions[name].args.args:
            continue
        forward = _partner(name, by_role.get("forward", []), functions)
        if forward is None:
            whole = [each for each in by_role.get("cost", []) if _is_whole(functions[each])]
            if (of := _partner(name, whole, functions)) is not None:
                yield Program(of, name, of, _init_for(of, functions, by_role))
            continue
        others = [each for each in by_role["backward"] if each != name]
        costs = by_role.get("cost", [])
        if not _regularized(name) and any(map(_regularized, others)):
            costs = [each for each in costs if not _regularized(each)]
        cost = _partner(name, costs, functions, forward)
        if cost is None and _returns_cost(functions[forward]):
            cost = forward
        yield Program(forward, name, cost, _init_for(forward, functions, by_role))
    for name, of in _derivatives(functions):
        if {roles[name], roles[of]} <= {None, "cost"}:
            yield Program(of, name, of, _init_for(of, functions, by_role))


def _derivatives(functions: Functions) -> Iterator[tuple[str, str]]:
    """Yield functions that are called the derivative of another, and that."""
    for name, function in functions.items():
        found = _DERIVATIVE.fullmatch(name)
        of = (found["of"] or found["by"]) if found is not None else ""
        if of in functions and _is_alike(functions[of], function):
            yield name, of


_DERIVATIVE = re.compile(
    r"_*(?P<of>\w+?)_?(?:grad(?:ient)?s?|deriv(?:ative)?|prime|jac(?:obian)?)"
    r"|_*(?:d_?|(?:grad(?:ient)?|deriv(?:ative)?|jac(?:obian)?)_)(?:of_)?(?P<by>\w+?)(?:_d_?\w+)?",
    re.IGNORECASE,
)
"""What the derivative of a function is called that has a name of its own: ``huber_gradient``."""


def _is_alike(cost: ast.FunctionDef, derivative: ast.FunctionDef) -> bool:
    """Return whether a function is handed what a cost is: parameters, and data."""
    same = [each.arg for each in cost.args.args] == [each.arg for each in derivative.args.args]
    return same and _is_whole(cost)


def _regularized(name: str) -> bool:
    """Return whether a function is one of those with an L2 term, of which there is another."""
    return re.search(r"_(reg|l2|regulari[sz]\w*)(_|$)", name, re.IGNORECASE) is not None


def _is_whole(cost: ast.FunctionDef) -> bool:
    """Return whether a cost takes data and parameters, and runs forward itself."""
    arguments = [each.arg for each in cost.args.args]
    roles = [role_of(each) for each in arguments]
    weights = bool(weights_of(cost)) or "parameters" in roles
    return "X" in roles and "Y" in roles and weights


def _role(function: ast.FunctionDef) -> str | None:
    """Return what a function does, by its name and what it is given and returns."""
    role = function_role(function.name)
    arguments = [each.arg for each in function.args.args]
    if role == "cost" and len(arguments) >= 3:
        returned = [part for each in returned_names(function) for part in each]
        if any(re.match(r"(d[A-Z]\w*|(\w+_)?grad\w*)$", part) for part in returned):
            return "both"
    if role == "both" and function.name.startswith("loss_function"):
        return "cost"
    handed = arguments and re.fullmatch(r"d[A-Z_]\w*|dout|delta|grad_\w+", arguments[0])
    labelled = any(role_of(each) == "Y" for each in arguments)
    if role == "backward" and handed and len(arguments) <= 3 and not labelled:
        return None  # the backward of one layer
    if role == "forward" and not any(role_of(each) == "X" for each in arguments):
        return None
    sized = any(role_of(each) == "layer_dims" for each in arguments)
    if role == "init" and not any(
        sized or "W" in ast.unparse(each) or "w" in ast.unparse(each) for each in function.body
    ):
        return None
    return role


def _returns_cost(function: ast.FunctionDef) -> bool:
    return any(
        re.fullmatch(r"J|cost\w*|loss\w*", part)
        for each in returned_names(function)
        for part in each
    )


def _is_cost_of_model(function: ast.FunctionDef) -> bool:
    """Return whether a cost takes the parameters, and data at most, and runs forward itself."""
    if _role(function) == "cost" and _is_whole(function):
        return True
    roles = [role_of(each.arg) for each in function.args.args]
    whole = "parameters" in roles and set(roles) <= {"parameters", "X", "Y"}
    return whole and _role(function) == "cost"


def _partner(
    backward: str, candidates: Sequence[str], functions: Functions, forward: str | None = None
) -> str | None:
    """Return the function that belongs to `backward`: called with it, or alike by name."""
    if not candidates:
        return None
    scores = dict.fromkeys(candidates, 0.0)
    for function in functions.values():
        called = _called(function)
        if backward in called and (forward is None or forward in called):
            for name in candidates:
                scores[name] += 3.0 * (name in called)
    ending = _ending(backward)
    for name in candidates:
        own = _ending(name)
        scores[name] += 2.0 if own == ending else -4.0 if own else 0.0
        scores[name] -= 0.01 * list(functions).index(name) / max(len(functions), 1)
    best = max(candidates, key=lambda name: scores[name])
    return best if scores[best] > -2 or len(candidates) == 1 else None


def _called(function: ast.AST) -> set[str]:
    return {
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name))
    }


_STEM = re.compile(
    r"^(l_model_|compute_|calc_|calculate_|full_)?(forward|backward|back|cost|loss|grad(ient)?s?)"
    r"_?(prop(agation)?|pass|model|function)?",
    re.IGNORECASE,
)


def _ending(name: str) -> str:
    """Return what distinguishes a function from others of its role: ``_with_dropout``, ``_n``."""
    return _STEM.sub("", name.strip("_")).strip("_").lower()


def _init_for(
    forward: str, functions: Functions, by_role: Mapping[str | None, Sequence[str]]
) -> str | None:
    """Return the function that makes the parameters: called with forward, else the likeliest."""
    if WEIGHTS in functions:
        return WEIGHTS
    candidates = [
        name
        for name in by_role.get("init", [])
        if not re.search(r"adam|velocity|momentum|rmsprop", name, re.IGNORECASE)
    ]
    for function in functions.values():
        called = _called(function)
        if forward in called:
            for name in candidates:
                if name in called:
                    return name
    deep = [name for name in candidates if re.search(r"deep|he$|random", name, re.IGNORECASE)]
    if deep and forward.lower().startswith("l_model"):
        return deep[0]
    plain = [name for name in candidates if name not in deep] or candidates
    return plain[0] if plain else None


# -- classes --------------------------------------------------------------------------------------


def _of_class(owner: str, own: Functions, functions: Functions) -> list[Program]:
    roles = {name: _method_role(function) for name, function in own.items()}
    backward = [name for name, role in roles.items() if role == "backward"]
    forward = [name for name, role in roles.items() if role == "forward"]
    cost = [name for name, role in roles.items() if role == "cost"]
    both = [name for name, role in roles.items() if role == "both"]
    if both and not backward:
        return [Program(both[0], both[0], both[0], None, owner)]
    found = []
    for name in backward[:1]:
        if _is_layer(own[name]) or any(_is_loss(own[each]) for each in forward):
            continue
        of = forward[0] if forward else cost[0] if cost else None
        if of is not None:
            made = Program(of, name, cost[0] if cost else None, None, owner)
            if made.cost is None and _returns_cost(own[of]):
                made = replace(made, cost=of)
            if made.cost is None:
                outside = [each for each, f in functions.items() if _role(f) == "cost"]
                made = replace(made, cost=f"::{outside[0]}" if outside else None)
            found.append(made)
    if found or both or not all(_is_layer(own[name]) for name in backward):
        return found
    outside = [each for each, f in functions.items() if _role(f) == "cost"]
    of_file = f"::{outside[0]}" if outside else None
    return [
        Program(of, name, cost[0] if cost else of_file, None, owner)
        for of, name in trained_with(own)
    ]


def _method_role(function: ast.FunctionDef) -> str | None:
    name = function.name.strip("_")
    if name in ("predict", "fit", "train", "update", "init", "accuracy"):
        return "forward" if name == "predict" else None
    role = function_role(name)
    returned = [part for each in returned_names(function) for part in each]
    if role == "cost" and any(re.match(r"grads?$|d[A-Z]\w*$", part) for part in returned):
        return "both"
    if role == "cost" and _stores_gradients(function):
        return "both"
    return role if role != "init" else None


def _stores_gradients(method: ast.FunctionDef) -> bool:
    """Return whether a method leaves gradients in its object: ``self.dW1``."""
    return any(
        isinstance(node, (ast.Attribute, ast.Subscript))
        and isinstance(node.ctx, ast.Store)
        and re.match(r"self\..*\b(d_?[Ww]_?\d*\b|grads?\b|gradients?\b)", ast.unparse(node))
        for node in ast.walk(method)
    )


def _is_layer(backward: ast.FunctionDef) -> bool:
    """Return whether a backward is that of one layer: it is handed a gradient, no labels.

    That of a loss may be handed both: ``backward(dvalues, y_true)``.
    """
    arguments = [each.arg for each in backward.args.args if each.arg != "self"]
    if not arguments:  # `net.backward()` of what it remembers
        return False
    first = arguments[0]
    if first in ("dvalues", "dout"):
        return True
    handed = re.fullmatch(
        r"d[A-Z_]\w*|dout|dinputs|dvalues|\w*(delta|grad|error)\w*|upstream\w*|d_\w+|d[yxza]",
        first,
    )
    return bool(handed) and not any(role_of(each) == "Y" for each in arguments)


def _is_loss(forward: ast.FunctionDef) -> bool:
    """Return whether a forward is that of a loss: it is handed predictions and labels, no data."""
    roles = {role_of(each.arg) for each in forward.args.args}
    return {"AL", "Y"} <= roles and "X" not in roles


def _missing(functions: Functions, classes: Mapping[str, Functions]) -> str:
    """Say what was found, what is missing, and which options point at it."""
    everything = [signature_text(each) for each in functions.values()]
    everything += [
        f"{name}.{signature_text(each)}" for name, own in classes.items() for each in own.values()
    ]
    if not everything:
        return "The file defines no functions: there is nothing to compare"
    roles = {name: _role(each) for name, each in functions.items()}
    found = [f"{role}: {name}" for name, role in roles.items() if role]
    lacking = [role for role in ("forward", "backward") if role not in roles.values()]
    return (
        f"found {', '.join(found) or 'no network'}; "
        f"no {' and no '.join(lacking) or 'pair of functions'} was recognised. "
        f"The file defines {', '.join(everything[:12])}"
        f"{' …' if len(everything) > 12 else ''}. "
        f"Say which with --forward NAME --cost NAME --backward NAME --init NAME"
        f"{'' if found else _IN_PYTHON}"
    )


_IN_PYTHON = (
    "; the gradient of another function is compared in Python: ag.compare({'dw': its gradient}, "
    "its value on ag.tensor(w, requires_grad=True, name='w'))"
)
