import numpy as np


def initialize(layer_sizes):
    params = []
    for i in range(1, len(layer_sizes)):
        params.append({
            "W": np.random.randn(layer_sizes[i], layer_sizes[i - 1]) * np.sqrt(2 / layer_sizes[i - 1]),
            "b": np.zeros((layer_sizes[i], 1)),
        })
    return params


def tanh(z):
    return np.tanh(z)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(X, params):
    cache = [{"A": X}]
    A = X
    for i, layer in enumerate(params):
        Z = layer["W"] @ A + layer["b"]
        A = sigmoid(Z) if i == len(params) - 1 else tanh(Z)
        cache.append({"Z": Z, "A": A})
    return A, cache


def compute_loss(A, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m


def backward(Y, cache, params):
    m = Y.shape[1]
    grads = [{} for _ in params]
    dZ = cache[-1]["A"] - Y
    for i in range(len(params) - 1, -1, -1):
        A_prev = cache[i]["A"]
        grads[i]["W"] = dZ @ A_prev.T / m
        grads[i]["b"] = np.sum(dZ, axis=1, keepdims=True) / m
        if i > 0:
            dA = params[i]["W"].T @ dZ
            dZ = dA * (1 - A_prev ** 2)
    return grads


def train(X, Y, layer_sizes, lr=0.1, n_epochs=1000):
    params = initialize(layer_sizes)
    for epoch in range(n_epochs):
        A, cache = forward(X, params)
        grads = backward(Y, cache, params)
        for layer, grad in zip(params, grads):
            layer["W"] -= lr * grad["W"]
            layer["b"] -= lr * grad["b"]
    return params
