import numpy as np


def init_weights(sizes):
    weights = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:]):
        weights.append(np.random.randn(n_in, n_out) / np.sqrt(n_in))
    return weights


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def forward(X, weights):
    activations = [X]
    for W in weights:
        activations.append(sigmoid(activations[-1].dot(W)))
    return activations


def loss(activations, y):
    return 0.5 * np.sum((activations[-1] - y) ** 2) / len(y)


def backward(activations, y, weights):
    grads = [None] * len(weights)
    out = activations[-1]
    delta = (out - y) / len(y) * out * (1 - out)
    for i in reversed(range(len(weights))):
        grads[i] = activations[i].T.dot(delta)
        if i > 0:
            delta = delta.dot(weights[i].T) * activations[i] * (1 - activations[i])
    return grads


def fit(X, y, sizes, lr=0.5, epochs=1000):
    weights = init_weights(sizes)
    for _ in range(epochs):
        activations = forward(X, weights)
        grads = backward(activations, y, weights)
        for W, g in zip(weights, grads):
            W -= lr * g
    return weights


if __name__ == "__main__":
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
    y = np.array([[0], [1], [1], [0]], dtype=float)
    weights = fit(X, y, [2, 4, 1])
    print(forward(X, weights)[-1])
