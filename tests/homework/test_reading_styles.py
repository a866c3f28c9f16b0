"""Ways of writing that are right are found right: what is whose, and which way examples stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from nets.homework.inspecting import Request, inspect
from nets.homework.results import Study


def examined(text: str, folder: Path) -> Study:
    """Return the one study of a file with this text."""
    file = folder / "mine.py"
    file.write_text("import numpy as np\n" + text)
    found = inspect(Request(str(file)))
    assert found.failure is None, found.failure
    (study,) = found.studies
    return study


def verdicts(study: Study) -> dict[str, str]:
    """Return the verdict by the name of the gradient."""
    return {row.name: row.verdict for row in study.rows}


TEN_CLASSES = """
def init_params():
    W1 = np.random.rand(10, 12) - 0.5
    b1 = np.random.rand(10, 1) - 0.5
    W2 = np.random.rand(10, 10) - 0.5
    b2 = np.random.rand(10, 1) - 0.5
    return W1, b1, W2, b2

def softmax(Z):
    return np.exp(Z) / sum(np.exp(Z))

def forward_prop(w1, b1, w2, b2, X):
    Z1 = w1.dot(X) + b1
    A1 = np.maximum(Z1, 0)
    Z2 = w2.dot(A1) + b2
    A2 = softmax(Z2)
    return Z1, A1, Z2, A2

def one_hot(Y):
    hot = np.zeros((Y.size, Y.max() + 1))
    hot[np.arange(Y.size), Y] = 1
    return hot.T

def backward_prop(Z1, A1, Z2, A2, W1, W2, X, Y):
    dZ2 = A2 - one_hot(Y)
    dW2 = 1 / m * dZ2.dot(A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = W2.T.dot(dZ2) * (Z1 > 0)
    dW1 = 1 / m * dZ1.dot(X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    return dW1, db1, dW2, db2
"""


def test_classes_are_counted_by_the_largest_label(tmp_path: Path) -> None:
    study = examined(TEN_CLASSES, tmp_path)
    assert verdicts(study) == dict.fromkeys(("dW1", "db1", "dW2", "db2"), "ok")


def test_weights_named_after_what_they_lead_to_are_weights(tmp_path: Path) -> None:
    study = examined(
        """
class Net:
    def __init__(self, inputSize, hiddenSize, outputSize):
        self.weights_input_hidden = np.random.randn(inputSize, hiddenSize)
        self.weights_hidden_output = np.random.randn(hiddenSize, outputSize)
        self.bias_output = np.zeros((1, outputSize))

    def forward(self, X):
        self.hidden_output = 1 / (1 + np.exp(-np.dot(X, self.weights_input_hidden)))
        z = np.dot(self.hidden_output, self.weights_hidden_output) + self.bias_output
        self.output = 1 / (1 + np.exp(-z))
        return self.output

    def backward(self, X, y, output, learning_rate):
        delta = (output - y) * output * (1 - output)
        hidden = delta.dot(self.weights_hidden_output.T) * self.hidden_output
        hidden = hidden * (1 - self.hidden_output)
        self.weights_hidden_output -= learning_rate * self.hidden_output.T.dot(delta)
        self.weights_input_hidden -= learning_rate * X.T.dot(hidden)
        self.bias_output -= learning_rate * np.sum(delta, axis=0, keepdims=True)
""",
        tmp_path,
    )
    assert study.ok
    assert len(study.rows) == 3


@pytest.mark.parametrize("product", ["np.dot(X.T, w)", "X.T @ w", "np.dot(w.T, X).T"])
def test_data_may_be_turned_instead_of_weights(product: str, tmp_path: Path) -> None:
    study = examined(
        f"""
def propagate(w, b, X, Y):
    m = X.shape[1]
    A = 1 / (1 + np.exp(-({product} + b)))
    cost = -1 / m * (np.dot(Y, np.log(A)) + np.dot(1 - Y, np.log(1 - A)))
    dw = 1 / m * np.dot(X, A - Y.T)
    db = 1 / m * np.sum(A - Y.T)
    return {{"dw": dw, "db": db}}, np.squeeze(cost)
""",
        tmp_path,
    )
    assert verdicts(study) == {"dw": "ok", "db": "ok"}


def test_labels_that_stand_the_other_way_are_turned_for_the_cost(tmp_path: Path) -> None:
    study = examined(
        """
def init_parameters(layer_dims):
    parameters = {}
    for l in range(1, len(layer_dims)):
        parameters[f'W{l}'] = np.random.randn(layer_dims[l], layer_dims[l - 1])
        parameters[f'b{l}'] = np.zeros((layer_dims[l], 1))
    return parameters

def forward_propagation(X, parameters):
    cache = {'A0': X.T}
    for l in range(1, len(parameters) // 2 + 1):
        Z = np.dot(parameters[f'W{l}'], cache[f'A{l - 1}']) + parameters[f'b{l}']
        cache[f'A{l}'] = 1 / (1 + np.exp(-Z))
    return cache

def cross_entropy(y_true, y_pred):
    return -np.mean(y_true * np.log(y_pred) + (1 - y_true) * np.log(1 - y_pred))

def backward_propagation(parameters, cache, X, Y):
    grads, L, m = {}, len(parameters) // 2, X.shape[0]
    dZ = cache[f'A{L}'] - Y.T
    for l in reversed(range(1, L + 1)):
        A = cache[f'A{l - 1}']
        grads[f'dW{l}'] = np.dot(dZ, A.T) / m
        grads[f'db{l}'] = np.sum(dZ, axis=1, keepdims=True) / m
        dZ = np.dot(parameters[f'W{l}'].T, dZ) * A * (1 - A)
    return grads
""",
        tmp_path,
    )
    assert set(verdicts(study).values()) == {"ok"}


def test_a_loss_that_leaves_gradients_in_its_object_is_backward_too(tmp_path: Path) -> None:
    study = examined(
        """
class Net:
    def __init__(self, nFeatures, nHidden, nClasses):
        self.param = {
            'W1': np.random.randn(nFeatures, nHidden), 'b1': np.zeros(nHidden),
            'W2': np.random.randn(nHidden, nClasses), 'b2': np.zeros(nClasses),
            'mW1': np.zeros((nFeatures, nHidden)), 'mb1': np.zeros(nHidden),
            'dW1': np.zeros((nFeatures, nHidden)), 'db1': np.zeros(nHidden),
        }

    def loss(self, X, y):
        N = X.shape[0]
        a1 = np.maximum(X.dot(self.param['W1']) + self.param['b1'], 0)
        scores = np.exp(a1.dot(self.param['W2']) + self.param['b2'])
        probs = scores / np.sum(scores, axis=1, keepdims=True)
        loss = np.sum(-np.log(probs[range(N), y] + 1e-8)) / N
        dscores = probs
        dscores[range(N), y] -= 1
        dscores /= N
        self.param['dW2'] = np.dot(a1.T, dscores)
        self.param['db2'] = np.sum(dscores, axis=0)
        da1 = np.dot(dscores, self.param['W2'].T)
        da1[a1 <= 0] = 0
        self.param['dW1'] = np.dot(X.T, da1)
        self.param['db1'] = np.sum(da1, axis=0)
        self.param['mW1'] = 0.9 * self.param['mW1'] + self.param['dW1']
        return loss
""",
        tmp_path,
    )
    assert study.ok
    assert len(study.rows) == 4
    assert "unchecked" not in verdicts(study).values()


def test_what_a_loop_needs_of_its_file_stays_the_files(tmp_path: Path) -> None:
    study = examined(
        """
class Config:
    rate = 0.01

def train(X, y):
    synapse_0 = 2 * np.random.random((2, 5)) - 1
    synapse_1 = 2 * np.random.random((5, 1)) - 1
    for _ in range(1000):
        layer_1 = 1 / (1 + np.exp(-np.dot(X, synapse_0)))
        layer_2 = 1 / (1 + np.exp(-np.dot(layer_1, synapse_1)))
        layer_2_delta = (y - layer_2) * (layer_2 * (1 - layer_2))
        layer_1_delta = np.dot(layer_2_delta, synapse_1.T) * (layer_1 * (1 - layer_1))
        synapse_0 += Config.rate * np.dot(X.T, layer_1_delta)
        synapse_1 += Config.rate * np.dot(layer_1.T, layer_2_delta)
""",
        tmp_path,
    )
    assert study.ok


def test_a_gradient_that_a_mask_turns_into_the_next_is_both(tmp_path: Path) -> None:
    study = examined(
        """
class Net:
    def __init__(self, D, H, C):
        self.params = {'W1': np.random.randn(D, H), 'W2': np.random.randn(H, C)}

    def loss(self, X, y, reg):
        z1 = X.dot(self.params['W1'])
        a1 = np.maximum(z1, 0)
        probs = np.exp(a1.dot(self.params['W2']))
        probs /= np.sum(probs, axis=1, keepdims=True)
        N = len(X)
        loss = -np.sum(np.log(probs[range(N), y] + 1e-8)) / N
        grads = {}
        dscores = probs
        dscores[range(N), y] -= 1
        dscores /= N
        grads['W2'] = a1.T.dot(dscores) + reg * self.params['W2']
        da1 = np.dot(dscores, self.params['W2'].T)
        da1[a1 <= 0] = 0
        grads['W1'] = X.T.dot(da1) + reg * self.params['W1']
        return loss, grads
""",
        tmp_path,
    )
    wrong = {
        row.name: row.diagnosis and row.diagnosis.code
        for row in study.rows
        if row.verdict == "wrong"
    }
    assert wrong == dict.fromkeys(("grads['W2']", "grads['W1']"), "regularization_scale")


def test_no_verdict_mixes_two_ways_to_read_a_file(tmp_path: Path) -> None:
    study = examined(
        """
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.first = np.random.randn(n_in, n_hidden)
        self.second = np.random.randn(n_hidden, n_out)

    def forward(self, X):
        self.hidden = np.tanh(X @ self.first)
        return 1 / (1 + np.exp(-self.hidden @ self.second))

    def backward(self, X, y, output, lr):
        delta = output - y
        grad_second = self.hidden.T @ delta
        grad_first = X.T @ (delta @ self.second.T * (1 - self.hidden ** 2))
        self.second -= lr * grad_second
        self.first -= lr * grad_first
""",
        tmp_path,
    )
    assert study.ok
    assert {row.shape for row in study.rows} == {(5, 4), (4, 1)}


def test_methods_that_check_gradients_do_not_make_them(tmp_path: Path) -> None:
    study = examined(
        """
class Softmax:
    def __init__(self, nFeatures, nClasses):
        self.W = np.random.randn(nFeatures, nClasses)

    def scores(self, X):
        e = np.exp(np.dot(X, self.W))
        return e / np.sum(e, axis=1, keepdims=True)

    def loss_and_gradient(self, X, y):
        probs, N = self.scores(X), X.shape[0]
        loss = np.sum(-np.log(probs[range(N), y])) / N
        probs[range(N), y] -= 1
        dW = np.dot(X.T, probs / N)
        return loss, dW

    def predict(self, X):
        return np.argmax(self.scores(X), axis=1)

    def gradient_check(self, X, y):
        return self.loss_and_gradient(X, y)[1]
""",
        tmp_path,
    )
    assert study.backward == "Softmax.loss_and_gradient"
    assert study.ok


SIGMOID = "1 / (1 + np.exp(-X.dot(W1) - b1))"

VECTORS = """
def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def compute_cost(X, y, w, b):
    m, cost = X.shape[0], 0.0
    for i in range(m):
        f = sigmoid(np.dot(X[i], w) + b)
        cost += -y[i] * np.log(f) - (1 - y[i]) * np.log(1 - f)
    return cost / m

def compute_gradient(X, y, w, b):
    m, n = X.shape
    dj_dw, dj_db = np.zeros(n), 0.0
    for i in range(m):
        error = sigmoid(np.dot(X[i], w) + b) - y[i]
        for j in range(n):
            dj_dw[j] += error * X[i, j]
        dj_db += error
    return dj_dw / m, dj_db / m
"""

NUMBERS = """
def compute_cost(x, y, w, b):
    total = 0
    for i in range(len(x)):
        total += (w * x[i] + b - y[i]) ** 2
    return total / (2 * len(x))

def compute_gradient(x, y, w, b):
    error = w * x + b - y
    return np.sum(error * x) / len(x), np.sum(error) / len(x)
"""


@pytest.mark.parametrize("text", [VECTORS, NUMBERS])
def test_a_cost_may_run_forward_itself_on_vectors(text: str, tmp_path: Path) -> None:
    named = text.replace(
        "return np.sum(error * x) / len(x), np.sum(error) / len(x)",
        "dj_dw = np.sum(error * x) / len(x)\n    dj_db = np.sum(error) / len(x)\n"
        "    return dj_dw, dj_db",
    )
    assert set(verdicts(examined(named, tmp_path)).values()) == {"ok"}


def test_a_sum_for_a_mean_over_a_vector_is_told(tmp_path: Path) -> None:
    study = examined(VECTORS.replace("dj_dw / m, dj_db / m", "dj_dw / m, dj_db"), tmp_path)
    assert verdicts(study) == {"dj_dw": "ok", "dj_db": "wrong"}


def test_a_method_that_makes_and_trains_its_weights_is_read_by_its_lines(tmp_path: Path) -> None:
    study = examined(
        """
class LogisticRegression:
    def __init__(self, lr=0.001, n_iters=1000):
        self.lr, self.n_iters = lr, n_iters
        self.weights = self.bias = None

    def _sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for _ in range(self.n_iters):
            predictions = self._sigmoid(np.dot(X, self.weights) + self.bias)
            dw = (1 / n_samples) * np.dot(X.T, predictions - y)
            db = (1 / n_samples) * np.sum(predictions - y)
            self.weights = self.weights - self.lr * dw
            self.bias = self.bias - self.lr * db

    def predict(self, X):
        scores = self._sigmoid(np.dot(X, self.weights) + self.bias)
        return [0 if each <= 0.5 else 1 for each in scores]
""",
        tmp_path,
    )
    assert verdicts(study) == {"dw": "ok", "db": "ok"}


def test_private_attributes_are_named_as_the_class_names_them(tmp_path: Path) -> None:
    study = examined(
        """
class DeepNeuralNetwork:
    def __init__(self, nx, layers):
        self.__L = len(layers)
        self.__cache = {}
        self.__weights = {}
        for i, n in enumerate(layers):
            self.__weights[f'W{i + 1}'] = np.random.randn(n, layers[i - 1] if i else nx)
            self.__weights[f'b{i + 1}'] = np.zeros((n, 1))

    def forward_prop(self, X):
        self.__cache['A0'] = X
        for i in range(1, self.__L + 1):
            Z = self.__weights[f'W{i}'] @ self.__cache[f'A{i - 1}'] + self.__weights[f'b{i}']
            self.__cache[f'A{i}'] = 1 / (1 + np.exp(-Z))
        return self.__cache[f'A{self.__L}'], self.__cache

    def cost(self, Y, A):
        return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1.0000001 - A)) / Y.shape[1]

    def gradient_descent(self, Y, cache, alpha=0.05):
        m = Y.shape[1]
        dz = cache[f'A{self.__L}'] - Y
        for i in range(self.__L, 0, -1):
            A = cache[f'A{i - 1}']
            dw, db = dz @ A.T / m, np.sum(dz, axis=1, keepdims=True) / m
            dz = self.__weights[f'W{i}'].T @ dz * A * (1 - A)
            self.__weights[f'W{i}'] -= alpha * dw
            self.__weights[f'b{i}'] -= alpha * db
""",
        tmp_path,
    )
    assert study.ok
    assert {row.name for row in study.rows} >= {"update of self.__weights['W1']"}
    assert all(row.line is not None for row in study.rows)


@pytest.mark.parametrize(
    ("activation", "verdict"), [("np.tanh(X.dot(W1) + b1)", "wrong"), (SIGMOID, "ok")]
)
def test_a_function_for_each_gradient_is_one_backward_pass(
    activation: str, verdict: str, tmp_path: Path
) -> None:
    study = examined(
        f"""
def forward(X, W1, b1, W2, b2):
    Z = {activation}
    A = np.exp(Z.dot(W2) + b2)
    return A / A.sum(axis=1, keepdims=True), Z

def derivative_w2(Z, T, Y):
    return Z.T.dot(T - Y)

def derivative_b2(T, Y):
    return (T - Y).sum(axis=0)

def derivative_w1(X, Z, T, Y, W2):
    dZ = (T - Y).dot(W2.T) * Z * (1 - Z)
    return X.T.dot(dZ)

def derivative_b1(T, Y, W2, Z):
    return ((T - Y).dot(W2.T) * Z * (1 - Z)).sum(axis=0)

def cost(T, Y):
    return (T * np.log(Y)).sum()
""",
        tmp_path,
    )
    assert verdicts(study) == {"dw2": "ok", "db2": "ok", "dw1": verdict, "db1": verdict}
