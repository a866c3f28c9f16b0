"""Deriving formulas, and drawing a person's function, from the command line."""

import numpy as np
import pytest

FUNCTIONS = """
import numpy as np

SCALE = 0.5

def loss(W, x, y):
    return np.sum((np.tanh(W @ x) - y) ** 2) * SCALE

def ridge(w, lam=0.1):
    return lam * np.sum(w**2)

def vector(x):
    return x * 2

def portfolio(w, Sigma, mu):
    return 0.5 * w @ Sigma @ w - mu @ w

def residual(A, x, b):
    return A @ x - b

def looked_up(x):
    return x * {}["rate"]

def singular(x):
    return np.linalg.svd(x)[1][0]

print("never")
raise SystemExit(3)
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(FUNCTIONS)
    return path


def test_a_network_has_the_courses_formulas(autograd_mini):
    ran = autograd_mini("derive", "--layers", "12,20,7,1", "--hidden", "relu")
    assert ran.status == 0
    assert ran.out.splitlines()[:5] == [
        "dZ3 = (A3 - Y) / m",
        "dW3 = dZ3 @ A2.T",
        "db3 = np.sum(dZ3, axis=1, keepdims=True)",
        "dA2 = W3.T @ dZ3",
        "dZ2 = dA2 * (Z2 > 0)",
    ]


def test_example_arguments_of_a_quadratic_form_are_such_that_it_is_a_number(autograd_mini, file):
    ran = autograd_mini("derive", f"{file}:portfolio")
    assert ran.status == 0
    assert "made up: w (3,), Sigma (3, 3), mu (3,)" in ran.err
    assert ran.out.splitlines() == ["dw = w @ Sigma / 2 - mu + Sigma @ w / 2", "dmu = -w"]


def test_example_arguments_do_not_make_a_number_of_what_is_a_vector(autograd_mini, file):
    ran = autograd_mini("derive", f"{file}:residual")
    assert ran.status == 2
    assert "returns shape (3,); a gradient is of one number" in ran.err


def test_layers_that_repeat_are_written_once(autograd_mini):
    ran = autograd_mini("derive", "--layers", "12,20,7,6,5,1", "--hidden", "relu", "--fold")
    assert ran.out.splitlines()[3:] == [
        "A[0] = X",
        "for l = L-1, …, 1 (L = 5):",
        "    dA[l] = W[l+1].T @ dZ[l+1]",
        "    dZ[l] = dA[l] * (Z[l] > 0)",
        "    dW[l] = dZ[l] @ A[l-1].T",
        "    db[l] = np.sum(dZ[l], axis=1, keepdims=True)",
    ]


def test_the_suffix_of_the_file_says_what_is_written(autograd_mini, tmp_path):
    parts = {
        "html": "<math", "tex": r"\begin{document}", "md": "| $dZ^{[2]}", "py": "def gradients(",
        "txt": "dZ2 = (A2 - Y) / m",
    }  # fmt: skip
    for suffix, part in parts.items():
        ran = autograd_mini("derive", "--layers", "3,4,1", "-o", f"formulas.{suffix}")
        assert ran.status == 0
        assert part in (tmp_path / f"formulas.{suffix}").read_text()


def test_a_form_can_be_asked_for_whatever_the_file_is_called(autograd_mini, tmp_path):
    ran = autograd_mini("derive", "--layers", "3,1", "--format", "mathml", "-o", "formulas.xml")
    assert ran.status == 0
    assert (tmp_path / "formulas.xml").read_text().startswith("<math")


def test_folded_formulas_are_written_as_latex_and_as_a_page_too(autograd_mini, tmp_path):
    fold = ["derive", "--layers", "3,4,4,1", "--fold"]
    assert r"l = L-1, \dots, 1" in autograd_mini(*fold, "--format", "latex").out
    assert autograd_mini(*fold, "-o", "folded.html").status == 0
    assert "<mi>L</mi><mo>−</mo><mn>1</mn>" in (tmp_path / "folded.html").read_text()


def test_a_function_of_a_file_is_derived_with_arguments_that_are_found(autograd_mini, file):
    ran = autograd_mini("derive", f"{file}:loss")
    assert ran.status == 0
    assert ran.out.splitlines() == [
        "t1 = np.tanh(W @ x)",
        "dW = (t1 - y) * (1 - t1 ** 2) @ x.T",
    ]
    assert "made up: W (3, 7), x (7, 13), y (3, 13)" in ran.err
    assert "by W; --wrt chooses" in ran.err
    assert "Executing the definitions" in ran.err


def test_the_readmes_ridge_holds_for_any_data(autograd_mini, locals_file, tmp_path):
    ran = autograd_mini("derive", f"{locals_file}:ridge", "-o", "ridge.py")
    assert ran.status == 0
    assert "X (13, 7)" in ran.err
    names = {}
    exec((tmp_path / "ridge.py").read_text(), names)
    rng = np.random.default_rng(0)
    for m, n in ((6, 3), (50, 4)):
        w, X, y = rng.normal(size=n), rng.normal(size=(m, n)), rng.normal(size=m)
        found = names["gradients"](w, X, y, 0.3)["dw"]
        np.testing.assert_allclose(found, 2 * X.T @ (X @ w - y) / m + 0.6 * w, rtol=1e-12)


def test_all_arguments_can_be_asked_for_in_their_order(autograd_mini, locals_file):
    ran = autograd_mini("derive", f"{locals_file}:ridge", "--wrt", "w,X,y", "--format", "source")
    assert "def gradients(w, X, y, lam):" in ran.out
    assert "m = len(y)" in ran.out


LABELS = """
import numpy as np

def nll(X, y, W, b):
    Z = X @ W + b
    P = np.exp(Z) / np.sum(np.exp(Z), axis=1, keepdims=True)
    return -np.mean(np.log(P[np.arange(len(y)), y]))
"""


def test_labels_are_found_and_called_what_they_are(autograd_mini, tmp_path):
    (tmp_path / "labels.py").write_text(LABELS)
    ran = autograd_mini("derive", f"{tmp_path / 'labels.py'}:nll")
    assert ran.out.splitlines()[0] == "dZ = (P - onehot(y)) / m"
    ran = autograd_mini("derive", f"{tmp_path / 'labels.py'}:nll", "--format", "source")
    assert "def gradients(X, y, W, b):" in ran.out
    assert "expect(" not in ran.out


def test_arguments_can_be_given(autograd_mini, file, tmp_path):
    given = "(np.ones((2, 3)), np.ones((3, 1)), np.ones((2, 1)))"
    ran = autograd_mini("derive", f"{file}:loss", "--args", given, "--format", "latex")
    assert ran.status == 0
    assert r"\tanh \left(W x\right)" in ran.out
    np.savez(tmp_path / "args.npz", W=np.ones((2, 3)), x=np.ones(3), y=np.ones(2))
    ran = autograd_mini("derive", f"{file}:loss", "--args", str(tmp_path / "args.npz"), "--json")
    assert ran.json["target"] == f"{file}:loss"
    assert {"text", "latex", "source"} <= set(ran.json)


def test_the_source_stands_alone(autograd_mini, file, tmp_path):
    ran = autograd_mini("derive", f"{file}:ridge", "--format", "source", "-o", "grads.py")
    assert ran.status == 0
    names = {}
    exec((tmp_path / "grads.py").read_text(), names)
    found = names["gradients"](np.array([1.0, 2.0]), 0.1)
    np.testing.assert_allclose(found["dw"], [0.2, 0.4])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["FILE:los"], "did you mean loss?"),
        (["FILE:vector", "--args", "(np.ones(3),)"], "returns shape"),
        (["nofile.py:f"], "nofile.py"),
        (["whatever"], "is no FILE.py:FUNCTION"),
        (["FILE:loss", "--args", "(1"], "no Python expression"),
        (["FILE:loss", "--args", "(1.0,)"], "does not run on example arguments"),
        (["--layers", "3,1", "-o", "formulas.doc"], "not as .doc"),
        (["--layers", "99999999999,1"], "it needs more memory than there is."),
        (["FILE:looked_up"], "KeyError: 'rate'"),
        (["FILE:singular", "--format", "source"], "have the formulas as text"),
        (["--layers", "3,1", "-o", "nowhere/formulas.tex"], "nowhere: there is no such folder"),
    ],
)
def test_what_cannot_be_derived_is_said_in_one_line(autograd_mini, file, arguments, told):
    ran = autograd_mini("derive", *(each.replace("FILE", str(file)) for each in arguments))
    assert ran.status == 2
    assert told in ran.err.splitlines()[-1]


def test_a_function_is_drawn(autograd_mini, file, tmp_path):
    ran = autograd_mini("draw", f"{file}:loss", "-o", "loss.svg", "--json")
    assert ran.status == 0
    assert ran.json["target"] == f"{file}:loss"
    assert "<svg" in (tmp_path / "loss.svg").read_text()


def test_pictures_of_a_function_know_its_gradients(autograd_mini, file, tmp_path):
    assert autograd_mini("draw", f"{file}:loss", "-o", "loss.svg").status == 0
    assert "not computed" not in (tmp_path / "loss.svg").read_text()


def test_pages_of_a_network_know_its_gradients(autograd_mini, tmp_path):
    assert autograd_mini("draw", "--layers", "3,4,2", "-o", "net.html").status == 0
    page = (tmp_path / "net.html").read_text()
    assert '"ran":true' in page.replace(" ", "")


LOCALS = """
import numpy as np

def attention(X, W_q, W_k, W_v):
    Q, K, V = X @ W_q, X @ W_k, X @ W_v
    S = Q @ K.T / np.sqrt(Q.shape[1])
    P = np.exp(S) / np.sum(np.exp(S), axis=1, keepdims=True)
    O = P @ V
    return np.sum(O ** 2)

def ridge(w, X, y, lam=0.1):
    r = X @ w - y
    return np.mean(r ** 2) + lam * np.sum(w ** 2)

def leaves(x):
    raise SystemExit(3)

def forever(x):
    return forever(x)
"""


@pytest.fixture
def locals_file(tmp_path):
    path = tmp_path / "locals.py"
    path.write_text(LOCALS)
    return path


def test_steps_are_called_what_the_functions_variables_are(autograd_mini, locals_file):
    ran = autograd_mini("derive", f"{locals_file}:attention", "--wrt", "W_q,W_k,W_v")
    assert ran.status == 0
    assert ran.out.splitlines() == [
        "dO = 2 * O",
        "dV = P.T @ dO",
        "dW_v = X.T @ dV",
        "dP = dO @ V.T",
        "dS = P * (dP - np.sum(dP * P, axis=1, keepdims=True))",
        "dK = dS.T @ Q / np.sqrt(3)",
        "dW_k = X.T @ dK",
        "dQ = dS @ K / np.sqrt(3)",
        "dW_q = X.T @ dQ",
    ]


def test_what_is_not_differentiated_by_is_data(autograd_mini, locals_file):
    ran = autograd_mini("derive", f"{locals_file}:ridge", "--wrt", "w")
    assert ran.out.splitlines() == ["dr = 2 * r / m", "dw = 2 * lam * w + X.T @ dr"]
    ran = autograd_mini("derive", f"{locals_file}:ridge", "--wrt", "w", "--format", "source")
    assert "def gradients(w, X, y, lam):" in ran.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["FILE:ridge", "--wrt", "v"], "no argument 'v'"),
        (["FILE:leaves"], "it ends the program"),
        (["FILE:forever"], "it calls itself without end"),
        (["FILE:ridge", "--args", "(1.0, 2.0, 3.0, 4.0, 5.0)"], "takes 4 arguments"),
        (["--layers", "3,1", "--wrt", "W1"], "are for FILE.py:FUNCTION"),
        (["--layers", "3"], "at least two numbers"),
        (["FILE:ridge", "--layers", "3,1"], "--layers describes a network"),
        (["--layers", "3,1", "-o", "formulas"], "the suffix of the file"),
    ],
)
def test_what_else_goes_wrong_is_said_in_one_line(autograd_mini, locals_file, arguments, told):
    ran = autograd_mini("derive", *(each.replace("FILE", str(locals_file)) for each in arguments))
    assert ran.status == 2
    assert told in ran.err.splitlines()[-1]
    assert len(ran.err.splitlines()) <= 2


def test_the_networks_decay_is_over_m(autograd_mini):
    ran = autograd_mini("derive", "--layers", "3,4,1", "--l2", "0.1")
    assert "dW2 = dZ2 @ A1.T + 0.1 * W2 / m" in ran.out.splitlines()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["FILE:ridge", "-o", "ridge.xyz"], "one of svg, png, pdf, dot, html, txt"),
        (["FILE:ridge", "-o", "nowhere/ridge.svg"], "nowhere: there is no such folder"),
        (["FILE:rigde"], "did you mean ridge?"),
        (["FILE:leaves"], "it ends the program"),
        (["--layers", "3"], "at least two numbers"),
        (["FILE:ridge", "--keep-prob", "0.5"], "--keep-prob describes a network"),
        (["--layers", "3,1", "--args", "(1.0,)"], "are for FILE.py:FUNCTION"),
        (["--layers", "3,1", "--wrt", "W"], "are for FILE.py:FUNCTION"),
        (["FILE:ridge", "--wrt", "ww"], "has no argument 'ww'"),
        (["--layers", "12,20,7,1", "--hidden", "relu,tanh,relu"], "2 hidden layers"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_line(autograd_mini, locals_file, arguments, told):
    ran = autograd_mini("draw", *(each.replace("FILE", str(locals_file)) for each in arguments))
    assert ran.status == 2
    assert told in ran.err.splitlines()[-1]


def test_a_drawn_function_shows_its_variables(autograd_mini, locals_file, tmp_path):
    ran = autograd_mini("draw", f"{locals_file}:attention", "-o", "attention.svg")
    assert ran.status == 0
    drawn = (tmp_path / "attention.svg").read_text()
    for name in ("Q", "K", "V", "S", "P", "O", "dS", "dW_q", "J"):
        assert f'data-name="{name}"' in drawn


def test_the_network_of_the_course_is_drawn(autograd_mini, tmp_path):
    for suffix in ("svg", "html", "txt", "dot"):
        path = f"course.{suffix}"
        layers = ["--layers", "12288,20,7,5,1", "--hidden", "relu"]
        assert autograd_mini("draw", *layers, "-o", path).status == 0
        assert "12288" in (tmp_path / path).read_text()


def test_the_masks_of_dropout_have_their_name(autograd_mini):
    ran = autograd_mini("derive", "--layers", "3,4,1", "--keep-prob", "0.5")
    assert "dZ1 = dA1 * D1 * (Z1 > 0)" in ran.out.splitlines()


USUAL = """
import numpy as np
import autograd_mini as ag

def linear(theta, X, y):
    m = X.shape[0]
    return 1 / (2 * m) * np.sum((X @ theta - y) ** 2)

def network(W1, b1, W2, b2, X, Y):
    A1 = np.maximum(W1 @ X + b1, 0)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))

def chances(w, b, X, y):
    a = ag.sigmoid(X @ w + b)
    return ag.binary_cross_entropy(a, y)

def singular(A):
    return np.sum(np.linalg.svd(A)[1])
"""


@pytest.mark.parametrize(
    ("name", "line", "arguments"),
    [
        ("linear", "dtheta = X.T @ (X @ theta - y) / m", "theta, X, y"),
        ("network", "dW2 = (A2 - Y) @ A1.T / n", "W1, b1, W2, b2, X, Y"),
        ("chances", "dw = X.T @ (a - y) / m", "w, b, X, y"),
    ],
)
def test_usual_functions_need_no_example_arguments(autograd_mini, tmp_path, name, line, arguments):
    (tmp_path / "usual.py").write_text(USUAL)
    found = autograd_mini("derive", f"{tmp_path / 'usual.py'}:{name}")
    assert line in found.out.splitlines()
    source = autograd_mini("derive", f"{tmp_path / 'usual.py'}:{name}", "--format", "source").out
    assert f"def gradients({arguments}):" in source
    assert "expect(" not in source


def test_formulas_without_a_source_are_shown(autograd_mini, tmp_path):
    (tmp_path / "usual.py").write_text(USUAL)
    ran = autograd_mini("derive", f"{tmp_path / 'usual.py'}:singular")
    assert ran.status == 0
    assert "dA = " in ran.out
    ran = autograd_mini("derive", f"{tmp_path / 'usual.py'}:singular", "--json")
    assert ran.status == 0
    assert ran.json["source"] is None
    ran = autograd_mini("derive", f"{tmp_path / 'usual.py'}:singular", "--format", "source")
    assert ran.status == 2
    assert "no NumPy source for the operation svd" in ran.err


PARAMETERS_IN_A_DICT = """
import numpy as np
def cost(p, X, Y):
    return np.mean((np.tanh(p["W"] @ X + p["b"]) - Y) ** 2)
def weighted(w, X, y, s):
    return np.sum(s * (X @ w - y) ** 2)
def ridge(w, X, y, lam):
    return np.sum((X @ w - y) ** 2) + lam * np.sum(w ** 2)
"""
GIVEN = "({'W': np.ones((1, 2)), 'b': np.zeros((1, 1))}, np.ones((2, 5)), np.ones((1, 5)))"


@pytest.mark.parametrize(
    ("wrt", "derived"),
    [([], ["dW", "db"]), (["--wrt", "p"], ["dW", "db"]), (["--wrt", "b"], ["db"])],
)
def test_parameters_may_come_in_a_dict(autograd_mini, tmp_path, wrt, derived):
    (tmp_path / "f.py").write_text(PARAMETERS_IN_A_DICT)
    found = autograd_mini("derive", f"{tmp_path / 'f.py'}:cost", "--args", GIVEN, *wrt)
    lines = found.out.splitlines()
    assert [line.partition(" = ")[0] for line in lines if line.startswith("d")] == derived
    assert not any("np.array" in line for line in lines)


def test_what_is_done_to_data_is_in_the_formulas(autograd_mini, tmp_path):
    (tmp_path / "f.py").write_text(PARAMETERS_IN_A_DICT)
    ones = "(np.ones(3), np.ones((5, 3)), np.ones(5), np.ones(5))"
    found = autograd_mini("derive", f"{tmp_path / 'f.py'}:weighted", "--args", ones)
    assert found.out.splitlines() == ["dw = 2 * (X.T @ (s * (X @ w - y)))"]
    found = autograd_mini("derive", f"{tmp_path / 'f.py'}:ridge", "--wrt", "lam")
    assert found.out.splitlines() == ["dlam = np.sum(w ** 2)"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("[[1.0, 2.0], [3.0]]", "the argument w is no array: its rows have different lengths"),
        ("(np.ones(3, int), np.ones((5, 3), int), np.ones(5, int), 1)", "write 1.0 rather than 1"),
    ],
)
def test_arguments_that_are_no_floats_are_told_of(autograd_mini, tmp_path, arguments, said):
    (tmp_path / "f.py").write_text(PARAMETERS_IN_A_DICT)
    found = autograd_mini("derive", f"{tmp_path / 'f.py'}:weighted", "--args", arguments)
    assert found.status == 2
    assert said in found.err
    assert "Traceback" not in found.err


BRANCHES = """
import numpy as np
def branch(w):
    if np.sum(w) > 0:
        return np.sum(w ** 2)
    return np.sum(w ** 3)
def plain(w):
    if w.ndim > 1:
        return np.sum(w ** 2)
    return np.sum(np.where(w > 0, w ** 3, w))
def labels(W, X, Y):
    P = np.exp(W @ X) / np.sum(np.exp(W @ X), axis=0)
    return -np.mean(np.log(P[Y, np.arange(len(Y))]))
"""


def test_a_branch_that_depends_on_values_is_told_of(autograd_mini, tmp_path):
    (tmp_path / "f.py").write_text(BRANCHES)
    for command in ("derive", "draw"):
        found = autograd_mini(command, f"{tmp_path / 'f.py'}:branch")
        assert found.status == 0
        assert "What runs depends on values (f.py, line 4)" in found.err
    given = "np.ones((2, 3)), np.ones((3, 4)), np.array([0, 1, 1, 0])"
    for name, args in (("plain", []), ("labels", ["--args", given])):
        found = autograd_mini("derive", f"{tmp_path / 'f.py'}:{name}", *args)
        assert found.status == 0
        assert "depends on values" not in found.err


LOST = """
import math
import numpy as np
def mixed(x): return math.sin(x) + x ** 2
def rounded(w): return np.sum(w ** 2) * int(np.sum(w))
def meant(w): return np.sum(w ** 2) * np.sum(w).item()
def returned(w): return float(np.sum(w ** 2))
"""


@pytest.mark.parametrize("command", ["derive", "draw"])
@pytest.mark.parametrize(("name", "line"), [("mixed", 4), ("rounded", 5), ("returned", 7)])
def test_a_value_whose_gradient_is_lost_is_refused_and_not_taken_for_a_constant(
    autograd_mini, tmp_path, command, name, line
):
    (tmp_path / "f.py").write_text(LOST)
    found = autograd_mini(command, f"f.py:{name}")
    assert (found.status, found.out) == (2, "")
    assert f"f.py:{name}: " in found.err
    assert f"became a plain number (line {line} of f.py): no gradient flows through" in found.err
    assert "Leave float() out, write np.sin for math.sin and the like, and x.item()" in found.err
    assert "--args" not in found.err
    assert autograd_mini(command, "f.py:meant").status == 0


UNUSABLE = """
import numpy as np
def two(w): return np.sum(w), w
def item(w): return np.sum(w).item()
def nothing(w): np.sum(w)
def alone(): return 1.0
class Net:
    def cost(self, w): return np.sum(w)
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("two", "two returns a tuple: it must return one number or array, the cost alone"),
        ("item", "item returns a float, of which nothing is recorded"),
        ("nothing", "nothing returns None: it must return"),
        ("alone", "alone takes no positional arguments: there is nothing to differentiate by"),
        ("Net.cost", "a function is needed here; write one that calls the method"),
    ],
)
def test_what_cannot_be_differentiated_is_not_blamed_on_example_arguments(
    autograd_mini, tmp_path, name, said
):
    (tmp_path / "f.py").write_text(UNUSABLE)
    found = autograd_mini("derive", f"{tmp_path / 'f.py'}:{name}")
    assert found.status == 2
    assert said in found.err
    assert "--args" not in found.err


REASSIGNED = """
import numpy as np
def mlp(W1, W2, A, Y):
    A = np.tanh(W1 @ A)
    A = np.tanh(W2 @ A)
    return np.mean((A - Y) ** 2)
"""


def test_what_is_assigned_to_the_name_of_an_input_is_not_called_so(autograd_mini, tmp_path):
    (tmp_path / "f.py").write_text(REASSIGNED)
    found = autograd_mini("derive", f"{tmp_path / 'f.py'}:mlp")
    assert found.out.splitlines() == [
        "n = Y.size",
        "t1 = np.tanh(W1 @ A)",
        "t2 = np.tanh(W2 @ t1)",
        "t3 = (t2 - Y) * (1 - t2 ** 2)",
        "dW1 = 2 * (W2.T @ t3 * (1 - t1 ** 2) @ A.T) / n",
        "dW2 = 2 * (t3 @ t1.T) / n",
    ]


@pytest.mark.parametrize("wrt", ["W", "x"])
def test_a_picture_is_of_the_gradients_asked_for(autograd_mini, file, tmp_path, wrt):
    ran = autograd_mini("draw", f"{file}:loss", "--wrt", wrt, "-o", "loss.svg")
    assert ran.status == 0
    drawn = (tmp_path / "loss.svg").read_text()
    assert [name for name in "Wx" if f'data-name="d{name}"' in drawn] == [wrt]


@pytest.mark.parametrize("command", ["draw", "derive"])
def test_what_the_function_prints_is_not_among_the_results(autograd_mini, tmp_path, command):
    (tmp_path / "told.py").write_text("def f(w):\n    print('here')\n    return w * w\n")
    ran = autograd_mini(command, "told.py:f", "--args", "2.0", "--json")
    assert ran.json["target"] == "told.py:f"
    assert "here" in ran.err


def test_a_file_that_is_not_there_is_not_executed(autograd_mini):
    ran = autograd_mini("draw", "missing.py:f")
    assert ran.status == 2
    assert ran.err == "autograd-mini: missing.py: cannot be read: No such file or directory\n"
