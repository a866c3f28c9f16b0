"""Read off a file whether its backward is handed one example at a time, or many."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence

from nets.homework.finding.anatomy import operands
from nets.homework.finding.parameters import is_bias, parameter_name
from nets.homework.finding.programs import Program
from nets.homework.finding.reach import every_method, own_functions, with_callees
from nets.homework.layouts.loops import BACKWARD
from nets.homework.layouts.rounds import updates_for_each
from nets.homework.reading.names import role_of
from nets.homework.reading.source import Source

__all__ = [
    "ONE_EXAMPLE", "adds_inputs", "counts_examples", "is_one_neuron", "makes_a_vector",
    "picks_vectors", "takes_one_example",
]  # fmt: skip

ONE_EXAMPLE = (
    "judged with one example at a time, as the file hands them over: whether something is divided "
    "by the number of examples does not show"
)
"""The note on code that is handed one example, and counts them."""


_ADDS = re.compile(
    r"\b(sum|mean|average|dot|matmul|einsum|outer|len|T|m|shape|size|axis|nansum)\b|@|\bfor\b"
)
"""What code for several examples has, and that for one neuron and one example has not."""


def is_one_neuron(source: Source, program: Program) -> bool:
    """Return whether a program is one neuron that is handed one example: ``dw = (a - y) * x``.

    Its own cost, and its backward beside what forward does, add nothing up.

    Parameters
    ----------
    source : Source
    program : Program
    """
    if program.owner or program.cost in (None, program.forward, program.backward):
        return False
    known = own_functions(source, program)
    forward = with_callees([program.forward], known)
    whole = with_callees([str(program.cost), program.backward], known)
    apart = [each for each in whole if not any(each is other for other in forward)]
    weights = {
        each.arg
        for each in known[program.forward].args.args
        if parameter_name(each.arg) and not is_bias(each.arg)
    }
    text = " ".join(ast.unparse(each) for each in apart)
    return len(weights) == 1 and not _ADDS.search(text)


def adds_inputs(source: Source, program: Program) -> bool:
    """Return whether forward adds something up: its one example is a vector then, no number.

    Parameters
    ----------
    source : Source
    program : Program
    """
    forward = with_callees([program.forward], own_functions(source, program))
    return any(_ADDS.search(ast.unparse(each)) for each in forward)


def makes_a_vector(source: Source, forward: ast.AST) -> bool:
    """Return whether a file makes the weights by which forward multiplies as one vector.

    ``self.weights = np.zeros(n_features)``, and ``X @ self.weights``.

    Parameters
    ----------
    source : Source
    forward : ast.AST
    """
    multiplied = {
        ast.unparse(each).rpartition(".")[2].strip("_")
        for node in ast.walk(forward)
        for each in operands(node) or ()
    }
    made = [
        _makes_vector(node.value)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign) and _makes_array(node.value)
        for target in node.targets
        if ast.unparse(target).rpartition(".")[2].strip("_") in multiplied
    ]
    return bool(made) and all(made)


_MAKER = re.compile(r"(np|numpy)\.(zeros|ones|random\.(rand|randn|random|normal|uniform))")


def _makes_array(node: ast.expr) -> bool:
    """Return whether an expression makes new weights."""
    return isinstance(node, ast.Call) and bool(_MAKER.fullmatch(ast.unparse(node.func)))


def _makes_vector(node: ast.expr) -> bool:
    """Return whether a call that makes an array makes a vector: it is handed one size."""
    if not isinstance(node, ast.Call):
        return False
    draws = ast.unparse(node.func).endswith(("normal", "uniform"))
    sizes = [each.value for each in node.keywords if each.arg in ("size", "shape")]
    sizes = sizes or list(node.args[2:] if draws else node.args)
    inner = sizes[0].elts if len(sizes) == 1 and isinstance(sizes[0], ast.Tuple) else sizes
    return len(inner) == 1


def takes_one_example(source: Source, program: Program) -> bool:
    """Return whether backward sums over no examples, because a loop hands it one at a time.

    Parameters
    ----------
    source : Source
    program : Program
    """
    if is_one_neuron(source, program):
        return True
    known = own_functions(source, program)
    others = every_method(source)
    steps = with_callees([program.backward], known, others)
    forward = with_callees([program.forward], known, others)
    if program.owner and updates_for_each(known, program.backward):
        return True
    if _makes_outer_products(steps) and not counts_examples(source, program):
        return True
    # What they go through themselves are layers, classes or time steps.
    apart = [each for each in source.functions() if not _reaches(each, program, known, others)]
    inside = {id(node) for each in (*steps, *forward, *apart) for node in ast.walk(each)}
    loops = any(
        _over_examples(node)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.For) and id(node) not in inside
    )
    own = {program.forward, program.cost, program.backward}
    alone = any(_adds_everything(each) for each in forward if _called(each) not in own)
    if alone and (loops or not counts_examples(source, program)):
        return True
    text = " ".join(
        ast.unparse(each)
        for each in steps
        if _called(each) == program.backward or not _measures(each)
    )
    return loops and not re.search(r"\b(sum|mean|average)\(|/ *m\b", text)


def _makes_outer_products(steps: Iterable[ast.AST]) -> bool:
    """Return whether matrices are made of two vectors, and none is added to: a sum over steps."""
    nodes = [node for each in steps for node in ast.walk(each)]
    sums = [each for node in nodes if isinstance(node, ast.AugAssign) for each in ast.walk(node)]
    summed = {id(each) for each in sums}
    outer = [
        node
        for node in nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("outer")
    ]
    return bool(outer) and not any(id(each) in summed for each in outer)


def _reaches(
    function: ast.FunctionDef,
    program: Program,
    known: Mapping[str, ast.FunctionDef],
    others: Sequence[ast.FunctionDef],
) -> bool:
    """Return whether a function runs a program, directly or not; lines of a loop are in any."""
    if program.backward == BACKWARD:
        return True
    called = with_callees([function.name], {**known, function.name: function}, others)
    return any(_called(each) in (program.forward, program.backward) for each in called)


def counts_examples(source: Source, program: Program) -> bool:
    """Return whether a program knows of several examples: it counts them, or names their axis.

    Parameters
    ----------
    source : Source
    program : Program
    """
    names = [program.forward, program.cost or "", program.backward]
    every = with_callees(
        [name.removeprefix("::") for name in names], own_functions(source, program)
    )
    return any(_counts(node) for function in every for node in ast.walk(function))


def _counts(node: ast.AST) -> bool:
    """Return whether something is divided by a number of examples, or summed over them."""
    if isinstance(node, ast.keyword) and node.arg == "axis":
        return True
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return role_of(node.targets[0].id) == "m" and _is_length(node.value)
    divides = isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div)
    divisor = node.right if isinstance(node, ast.BinOp) else getattr(node, "value", None)
    return divides and isinstance(divisor, ast.expr) and _is_length(divisor)


def _is_length(node: ast.expr) -> bool:
    """Return whether an expression is the length of data: ``len(Y)``, ``X.shape[0]``."""
    found = re.fullmatch(r"(?:float\()?(?:len\((.+?)\)|(.+?)\.shape\[[01]\])\)?", ast.unparse(node))
    of = (found[1] or found[2]).removeprefix("self.") if found is not None else ""
    return of.isidentifier() and role_of(of) in ("X", "Y", "AL")


def _called(function: ast.AST) -> str | None:
    return function.name if isinstance(function, ast.FunctionDef) else None


def _measures(function: ast.AST) -> bool:
    """Return whether a function only says how far off the output is."""
    return isinstance(function, ast.FunctionDef) and bool(
        re.search(r"mse|loss|cost|accuracy", function.name, re.IGNORECASE)
    )


def _adds_everything(function: ast.AST) -> bool:
    """Return whether a softmax divides by the sum over all examples: it is meant for one."""
    if not isinstance(function, ast.FunctionDef) or "softmax" not in function.name.lower():
        return False
    sums = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "sum"
    ]
    own = [len(node.args) + len(node.keywords) for node in sums]
    of_module = [ast.unparse(node.func) in ("np.sum", "numpy.sum") for node in sums]
    return bool(sums) and all(n == of for n, of in zip(own, of_module, strict=True))


def _over_examples(loop: ast.For) -> bool:
    """Return whether a loop goes through examples: ``for x, y in data``, ``x_train[j]``."""
    target, of = loop.target, loop.iter
    if isinstance(of, ast.Call) and ast.unparse(of.func) == "enumerate" and of.args:
        if not isinstance(target, ast.Tuple) or len(target.elts) != 2:
            return False
        target, of = target.elts[1], of.args[0]  # `for i, (x, y) in enumerate(data)`
        if isinstance(target, ast.Name):
            return _role(of) == "X"
    if isinstance(target, ast.Tuple):
        return len(target.elts) == 2 and _pairs(target.elts, of)
    numbers = {ast.unparse(target), *_drawn(loop)}
    return any(
        isinstance(node, ast.Subscript)
        and ast.unparse(node.slice) in numbers
        and role_of(ast.unparse(node.value)) == "X"
        for node in ast.walk(loop)
    )


_DRAWS_ONE = re.compile(r"(np\.|numpy\.)?(random\.)?(randint|randrange|choice)\((?!.*\bsize\b).*\)")


def _drawn(node: ast.AST) -> set[str]:
    """Return the names of numbers drawn at random: ``i = np.random.randint(len(X))``."""
    return {
        ast.unparse(each.targets[0])
        for each in ast.walk(node)
        if isinstance(each, ast.Assign)
        and isinstance(each.value, ast.Call)
        and len(each.value.args) < 3
        and _DRAWS_ONE.fullmatch(ast.unparse(each.value))
    }


def _pairs(targets: Iterable[ast.expr], of: ast.expr) -> bool:
    """Return whether pairs that a loop goes through are an example each, and its label.

    They are not those of layers, of the entries of a dictionary, or of whole batches.
    """
    first, second = targets
    if re.search(r"batch|mini", f"{ast.unparse(first)} {ast.unparse(second)}", re.IGNORECASE):
        return False
    named = _role(first) == "X" or _role(second) == "Y"
    if not isinstance(of, ast.Call):
        return named or _role(of) == "X" or isinstance(of, ast.Name)
    if ast.unparse(of.func) != "zip":
        return named and not re.search(r"batch|loader", ast.unparse(of.func), re.IGNORECASE)
    roles = [_role(each) for each in of.args]
    layers = any(re.search(r"sizes|layers?|dims|weights|bias", ast.unparse(e)) for e in of.args)
    return (named or "X" in roles or "Y" in roles) and not layers


def _role(node: ast.expr) -> str | None:
    return role_of(ast.unparse(node).rpartition(".")[2])


def picks_vectors(source: Source, program: Program) -> bool:
    """Return whether a loop hands backward one row of a matrix: ``backprop(X[j], y[j])``.

    Or whether backward makes a matrix of two vectors, ``np.outer(delta, x)``, in a file in which
    nothing is a column.

    Parameters
    ----------
    source : Source
    program : Program
    """
    known = own_functions(source, program)
    steps = with_callees([program.backward], known, every_method(source))
    outer = any("outer(" in ast.unparse(each) for each in steps)
    if outer and not _COLUMN.search(source.text):
        return True
    calls = (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))
    drawn = _drawn(source.tree)
    rows = {
        ast.unparse(node.targets[0])
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript)
        if _is_row(node.value) and ast.unparse(node.value.slice) in drawn
    }
    return any(
        ast.unparse(call.func).rpartition(".")[2] == program.backward
        and any(_is_row(each) or ast.unparse(each) in rows for each in call.args)
        for call in calls
    )


_COLUMN = re.compile(r",\s*1\)|\[:, *(None|np\.newaxis)\]|keepdims|ndmin")


def _is_row(node: ast.expr) -> bool:
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Name):
        return False
    return role_of(ast.unparse(node.value)) == "X"
