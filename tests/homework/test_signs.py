"""The sign of gradients is judged by what the file's own update does with them."""

import pytest

from nets.homework.inspecting import Request, inspect

NETWORK = """\
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def init(n_x, n_h, n_y):
    np.random.seed(2)
    return {"W1": np.random.randn(n_h, n_x) * 0.01, "b1": np.zeros((n_h, 1)),
            "W2": np.random.randn(n_y, n_h) * 0.01, "b2": np.zeros((n_y, 1))}

def forward_propagation(X, params):
    Z1 = np.dot(params["W1"], X) + params["b1"]
    A1 = np.tanh(Z1)
    Z2 = np.dot(params["W2"], A1) + params["b2"]
    A2 = sigmoid(Z2)
    return A2, {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}

def compute_cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(np.log(A2) * Y + np.log(1 - A2) * (1 - Y)) / m

def backward_propagation(params, cache, X, Y):
    m = X.shape[1]
    A1, A2 = cache["A1"], cache["A2"]
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(params["W2"].T, dZ2) * (1 - np.power(A1, 2))
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""
TURNED = NETWORK.replace("dZ2 = A2 - Y", "dZ2 = Y - A2")

IN_A_FUNCTION = """
def train(X, Y):
    p = init(X.shape[0], 4, 1)
    for i in range(100):
        A2, c = forward_propagation(X, p)
        g = backward_propagation(p, c, X, Y)
        for k in p: p[k] {0}= 1.2 * g["d" + k]
    return p
"""
UPDATE_PARAMETERS = """
def update_parameters(parameters, grads, learning_rate):
    for l in range(1, 3):
        w = "W" + str(l)
        parameters["W" + str(l)] = parameters["W" + str(l)] {0} learning_rate * grads["dW" + str(l)]
        parameters["b" + str(l)] = parameters["b" + str(l)] {0} learning_rate * grads["db" + str(l)]
    return parameters
"""
TAKEN_OUT = """
def update_parameters(parameters, grads, learning_rate=1.2):
    W1, dW1 = parameters["W1"], grads["dW1"]
    W1 = W1 {0} learning_rate * dW1
    return {{"W1": W1}}
"""
AT_MODULE_LEVEL = """
params = init(5, 4, 1)
for i in range(100):
    A2, cache = forward_propagation(X, params)
    grads = backward_propagation(params, cache, X, Y)
    for key in params:
        params[key] = params[key] {0} 0.1 * grads["d" + key]
"""
IN_MAIN = """
if __name__ == "__main__":
    params = init(5, 4, 1)
    for i in range(100):
        A2, cache = forward_propagation(X, params)
        grads = backward_propagation(params, cache, X, Y)
        params = {{key: params[key] {0} 0.1 * grads["d" + key] for key in params}}
"""
MOMENTUM = """
def update_with_momentum(parameters, grads, v, beta, learning_rate):
    v["dW1"] = beta * v["dW1"] + (1 - beta) * grads["dW1"]
    parameters["W1"] = parameters["W1"] {0} learning_rate * v["dW1"]
    return parameters, v
"""
UNDER_ANOTHER_NAME = """
def train(X, Y, lr=0.1):
    params = init(X.shape[0], 4, 1)
    p = params
    for i in range(100):
        A2, cache = forward_propagation(X, p)
        dW1, db1, dW2, db2 = backward_propagation(p, cache, X, Y).values()
        p["W1"] {0}= lr * dW1
        p["b1"] {0}= lr * db1
        p["W2"] {0}= lr * dW2
        p["b2"] {0}= lr * db2
    return params
"""
BOTH_UNDER_OTHER_NAMES = """
def step(params, grads, lr):
    old, g = params["W1"], grads["dW1"]
    params["W1"] = old {0} lr * g
"""
OF_A_LOOP = """
def step(params, grads, lr):
    for k, v in params.items():
        v {0}= lr * grads["d" + k]
"""
SIDE_BY_SIDE = """
def step(params, grads, lr):
    for p, g in zip(params.values(), grads.values()):
        p {0}= lr * g
"""
MADE_ANEW = """
def step(params, grads, lr):
    return {{k: v {0} lr * grads["d" + k] for k, v in params.items()}}
"""
ADAM = """
def step(params, grads, m, s, t, lr, b1=0.9, b2=0.999):
    for k in params:
        m[k] = b1 * m[k] + (1 - b1) * grads["d" + k]
        s[k] = b2 * s[k] + (1 - b2) * grads["d" + k] ** 2
        m_hat = m[k] / (1 - b1 ** t)
        s_hat = s[k] / (1 - b2 ** t)
        params[k] {0}= lr * m_hat / (np.sqrt(s_hat) + 1e-8)
"""
UPDATES = [
    IN_A_FUNCTION, UPDATE_PARAMETERS, TAKEN_OUT, AT_MODULE_LEVEL, IN_MAIN, MOMENTUM,
    UNDER_ANOTHER_NAME, BOTH_UNDER_OTHER_NAMES, OF_A_LOOP, SIDE_BY_SIDE, MADE_ANEW,
    ADAM,
]  # fmt: skip


def examined(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text)
    found = inspect(Request(str(path)))
    [study] = found.studies
    return found, study


def line_of(text, part):
    [line] = [k for k, each in enumerate(text.split("\n"), 1) if part in each]
    return line


@pytest.mark.parametrize("update", UPDATES)
def test_the_other_sign_is_wrong_where_the_update_subtracts(tmp_path, update):
    text = TURNED + update.format("-")
    found, study = examined(tmp_path, text)
    assert found.exit_status == 1
    assert study.first_wrong == "dZ2"
    [root] = [row for row in study.rows if row.verdict == "wrong" and not row.inherited]
    assert root.diagnosis.code == "sign"
    assert root.diagnosis.line == line_of(text, "dZ2 = Y - A2")
    assert root.diagnosis.fix == "dZ2 = A2 - Y"
    assert all(row.verdict == "wrong" for row in study.rows)


@pytest.mark.parametrize("update", UPDATES)
def test_the_other_sign_is_right_where_the_update_adds(tmp_path, update):
    found, study = examined(tmp_path, TURNED + update.format("+"))
    assert found.exit_status == 0
    assert {row.verdict for row in study.rows} == {"convention"}
    assert "adds them" in study.rows[0].diagnosis.message


@pytest.mark.parametrize("update", UPDATES)
def test_right_gradients_that_are_added_are_told(tmp_path, update):
    _, study = examined(tmp_path, NETWORK + update.format("+"))
    assert {row.verdict for row in study.rows} == {"ok"}
    assert any("climbs the cost" in note for note in study.notes)
    _, study = examined(tmp_path, NETWORK + update.format("-"))
    assert study.notes == ()


def test_a_velocity_kept_from_before_is_not_what_it_becomes(tmp_path):
    text = (
        NETWORK
        + """
def step(params, grads, v, lr, mu=0.9):
    for k in params:
        v_prev = v[k]
        v[k] = mu * v[k] - lr * grads["d" + k]
        params[k] += -mu * v_prev + (1 + mu) * v[k]
"""
    )
    _, study = examined(tmp_path, text)
    assert study.notes == ()


def test_one_right_gradient_that_is_added_among_others_is_told(tmp_path):
    text = NETWORK + UPDATE_PARAMETERS.format("-")
    start, _, rest = text.rpartition(" - ")
    _, study = examined(tmp_path, text)
    assert study.notes == ()
    _, study = examined(tmp_path, f"{start} + {rest}")
    assert {row.verdict for row in study.rows} == {"ok"}
    [note] = study.notes
    assert f"line {len(start.splitlines())} " in note
    assert "adds its gradient where the other updates subtract theirs" in note


@pytest.mark.parametrize(
    "line", ["params['b1'] -= lr * grads['db2']", "params['W1'] = params['W1'] - lr * grads['dW2']"]
)
def test_an_update_by_the_gradient_of_another_parameter_is_told(tmp_path, line):
    text = f"{NETWORK}\ndef step(params, grads, lr):\n    params['W2'] -= lr * grads['dW2']\n"
    assert examined(tmp_path, text)[1].notes == ()
    _, study = examined(tmp_path, f"{text}    {line}\n")
    [note] = study.notes
    assert f"changes {line[:12]} by the gradient of {line[-4:-2]}" in note


def test_without_an_update_the_message_says_what_it_depends_on(tmp_path):
    found, study = examined(tmp_path, TURNED)
    assert found.exit_status == 0
    assert {row.verdict for row in study.rows} == {"convention"}
    assert "only if your update adds the gradient" in study.rows[0].diagnosis.message


def test_a_cost_with_the_other_sign_is_not_blamed_on_backward(tmp_path):
    text = NETWORK.replace("return -np.sum(np.log", "return np.sum(np.log")
    found, study = examined(tmp_path, text + AT_MODULE_LEVEL.format("-"))
    assert found.exit_status == 0
    assert "compute_cost that has the other sign" in study.rows[0].diagnosis.message


IN_ONE = """\
import numpy as np
def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    cost = -1 / m * np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return {"dw": np.dot(X, (A - Y).T) / m, "db": np.sum(A - Y) / m}, cost
def optimize(w, b, X, Y, rate):
    for i in range(100):
        grads, cost = propagate(w, b, X, Y)
        w = w - rate * grads["dw"]
        b = b - rate * grads["db"]
    return w, b
"""


@pytest.mark.parametrize("minus", ["1 / m * np.sum(Y", "np.sum(Y"])
def test_a_cost_without_its_minus_is_told_too_where_one_function_does_all(tmp_path, minus):
    found, study = examined(tmp_path, IN_ONE.replace("-1 / m * np.sum(Y", minus))
    assert found.exit_status == 0
    assert "so it is the cost that has the other sign" in study.rows[0].diagnosis.message


def test_a_likelihood_is_climbed(tmp_path):
    text = NETWORK.replace("return -np.sum(np.log", "return np.sum(np.log")
    text = text.replace("compute_cost", "log_likelihood").replace("A2 - Y", "Y - A2")
    _, study = examined(tmp_path, text + AT_MODULE_LEVEL.format("+"))
    assert study.ok
    assert study.notes == ()


LINES = """\
import numpy as np
def fit(X, y, lr=0.1, epochs=100):
    n, d = X.shape
    w = np.zeros(d); b = 0.0
    for _ in range(epochs):
        p = 1 / (1 + np.exp(-(X @ w + b)))
        loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        dw = X.T @ (y - p) / n
        db = np.mean(y - p)
        w -= lr * dw
        b -= lr * db
    return w, b
"""


def test_each_line_with_the_other_sign_is_one_to_change(tmp_path):
    found, study = examined(tmp_path, LINES)
    assert found.exit_status == 1
    fixes = {row.name: row.diagnosis.fix for row in study.rows}
    assert fixes == {"dw": "dw = X.T @ (p - y) / n", "db": "db = np.mean(p - y)"}


IAMTRASK = """\
import numpy as np
def nonlin(x, deriv=False):
    if deriv: return x * (1 - x)
    return 1 / (1 + np.exp(-x))
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
y = np.array([[0], [1], [1], [0]])
syn0 = 2 * np.random.random((3, 4)) - 1
syn1 = 2 * np.random.random((4, 1)) - 1
for j in range(60000):
    l0 = X
    l1 = nonlin(np.dot(l0, syn0))
    l2 = nonlin(np.dot(l1, syn1))
    l2_error = y - l2
    l2_delta = l2_error * nonlin(l2, deriv=True)
    l1_error = l2_delta.dot(syn1.T)
    l1_delta = l1_error * nonlin(l1, deriv=True)
    syn1 += l1.T.dot(l2_delta)
    syn0 += l0.T.dot(l1_delta)
"""


def test_an_update_that_is_measured_tells_its_direction_itself(tmp_path):
    found, study = examined(tmp_path, IAMTRASK)
    assert found.exit_status == 0
    text = IAMTRASK.replace("y - l2", "l2 - y")
    found, study = examined(tmp_path, text)
    assert found.exit_status == 1
    [root] = [row for row in study.rows if row.verdict == "wrong" and not row.inherited]
    assert (root.diagnosis.code, root.diagnosis.fix) == ("sign", "l2_error = y - l2")
    assert root.diagnosis.line == line_of(text, "l2_error = l2 - y")
    text = IAMTRASK.replace("syn1 +=", "syn1 -=").replace("syn0 +=", "syn0 -=")
    assert examined(tmp_path, text)[0].exit_status == 1


NIELSEN = """\
import numpy as np
class Network(object):
    def __init__(self, sizes):
        self.num_layers = len(sizes)
        self.biases = [np.random.randn(y, 1) for y in sizes[1:]]
        self.weights = [np.random.randn(y, x) for x, y in zip(sizes[:-1], sizes[1:])]
    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights): a = sigmoid(np.dot(w, a)+b)
        return a
    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activation = x; activations = [x]; zs = []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation)+b; zs.append(z)
            activation = sigmoid(z); activations.append(activation)
        delta = self.cost_derivative(activations[-1], y) * sigmoid_prime(zs[-1])
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].transpose())
        for l in range(2, self.num_layers):
            sp = sigmoid_prime(zs[-l])
            delta = np.dot(self.weights[-l+1].transpose(), delta) * sp
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, activations[-l-1].transpose())
        return (nabla_b, nabla_w)
    def update_mini_batch(self, mini_batch, eta):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        for x, y in mini_batch:
            db, dw = self.backprop(x, y)
            nabla_b = [nb+d for nb, d in zip(nabla_b, db)]
            nabla_w = [nw+d for nw, d in zip(nabla_w, dw)]
        self.weights = [w-(eta/len(mini_batch))*nw for w, nw in zip(self.weights, nabla_w)]
        self.biases = [b-(eta/len(mini_batch))*nb for b, nb in zip(self.biases, nabla_b)]
    def cost_derivative(self, output_activations, y):
        return (output_activations-y)
def sigmoid(z): return 1.0/(1.0+np.exp(-z))
def sigmoid_prime(z): return sigmoid(z)*(1-sigmoid(z))
"""


def test_a_cost_is_assumed_whose_factor_people_choose(tmp_path):
    _, study = examined(tmp_path, NIELSEN)
    assert {row.verdict for row in study.rows} == {"ok"}
    text = NIELSEN.replace("(output_activations-y)", "(y-output_activations)")
    found, study = examined(tmp_path, text)
    assert found.exit_status == 1
    assert "half the squared error" in study.cost
    [root] = [row for row in study.rows if row.verdict == "wrong" and not row.inherited]
    assert root.diagnosis.code == "sign"
    assert root.diagnosis.line == line_of(text, "return (y-output_activations)")


@pytest.mark.slow
def test_a_factor_that_nobody_chooses_is_no_convention(tmp_path):
    text = NIELSEN.replace("sigmoid(z)*(1-sigmoid(z))", "sigmoid(z)*(1+sigmoid(z))")
    found, study = examined(tmp_path, text)
    assert found.exit_status == 1
    assert {row.verdict for row in study.rows} == {"wrong"}
    [root] = [row for row in study.rows if not row.inherited]
    assert root.diagnosis.code == "wrong_activation_derivative"


@pytest.mark.slow
@pytest.mark.parametrize("factor", ["0.210801", "1.18517", "3.7"])
def test_gradients_with_a_stray_factor_are_wrong(tmp_path, factor):
    text = NETWORK.replace("dZ2 = A2 - Y", f"dZ2 = {factor} * (A2 - Y)")
    found, study = examined(tmp_path, text)
    assert found.exit_status == 1
    assert study.first_wrong in ("dZ2", "dW2")


def test_a_rate_written_into_the_update_is_no_stray_factor(tmp_path):
    text = IAMTRASK.replace("+= l1.T", "+= 0.37 * l1.T").replace("+= l0.T", "+= 0.37 * l0.T")
    assert examined(tmp_path, text)[0].exit_status == 0


RASHID = """
import numpy

class Network:
    def __init__(self, input_nodes, hidden_nodes, output_nodes, learningrate):
        self.wih = numpy.random.normal(0.0, 0.5, (hidden_nodes, input_nodes))
        self.who = numpy.random.normal(0.0, 0.5, (output_nodes, hidden_nodes))
        self.lr = learningrate

    def train(self, inputs_list, targets_list):
        inputs = numpy.array(inputs_list, ndmin=2).T
        targets = numpy.array(targets_list, ndmin=2).T
        hidden = 1 / (1 + numpy.exp(-numpy.dot(self.wih, inputs)))
        final = 1 / (1 + numpy.exp(-numpy.dot(self.who, hidden)))
        errors = targets - final
        hidden_errors = numpy.dot(self.who.T, errors * final * (1.0 - final))
        self.who += self.lr * numpy.dot(errors * final * (1.0 - final), hidden.T)
        self.wih += self.lr * numpy.dot(hidden_errors * hidden * (1.0 - hidden), inputs.T)

    def query(self, inputs_list):
        inputs = numpy.array(inputs_list, ndmin=2).T
        hidden = 1 / (1 + numpy.exp(-numpy.dot(self.wih, inputs)))
        return 1 / (1 + numpy.exp(-numpy.dot(self.who, hidden)))
"""


def test_one_update_that_goes_the_other_way_is_the_one_that_is_wrong(tmp_path):
    file = tmp_path / "rashid.py"
    file.write_text(RASHID)
    assert inspect(Request(str(file))).exit_status == 0
    for name, other in (("wih", "who"), ("who", "wih")):
        text = RASHID.replace(f"self.{name} +=", f"self.{name} -=")
        file.write_text(text)
        [study] = inspect(Request(str(file))).studies
        wrong = [row for row in study.rows if row.verdict == "wrong"]
        assert [row.name for row in wrong] == [f"update of self.{name}"], other
        assert wrong[0].diagnosis.code == "sign"
        assert text.split("\n")[wrong[0].diagnosis.line - 1].strip().startswith(f"self.{name} -=")
        assert "final - targets" not in wrong[0].diagnosis.fix
