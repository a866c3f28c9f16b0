import numpy as np


def initialize_parameters(n_x, n_h, n_y):
    np.random.seed(2)
    W1 = (np.random.randn(n_h, n_x) * 0.1).astype(np.float32)
    b1 = np.zeros((n_h, 1), dtype=np.float32)
    W2 = (np.random.randn(n_y, n_h) * 0.1).astype(np.float32)
    b2 = np.zeros((n_y, 1), dtype=np.float32)
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward_propagation(X, parameters):
    X = X.astype(np.float32)
    Z1 = np.dot(parameters["W1"].astype(np.float32), X) + parameters["b1"].astype(np.float32)
    A1 = np.maximum(Z1, 0)
    Z2 = np.dot(parameters["W2"].astype(np.float32), A1) + parameters["b2"].astype(np.float32)
    A2 = sigmoid(Z2)
    cache = {"Z1": Z1, "A1": A1, "Z2": Z2, "A2": A2}
    return A2, cache


def compute_cost(A2, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m


def backward_propagation(parameters, cache, X, Y):
    m = np.float32(X.shape[1])
    W2 = parameters["W2"].astype(np.float32)
    A1 = cache["A1"]
    A2 = cache["A2"]
    dZ2 = A2 - Y.astype(np.float32)
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * (A1 > 0).astype(np.float32)
    dW1 = np.dot(dZ1, X.astype(np.float32).T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    grads = {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
    return grads
