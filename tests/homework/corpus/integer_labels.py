import numpy as np


def init_params(D, H, C):
    return {
        "W1": 0.01 * np.random.randn(D, H),
        "b1": np.zeros(H),
        "W2": 0.01 * np.random.randn(H, C),
        "b2": np.zeros(C),
    }


def forward_pass(X, params):
    z1 = X.dot(params["W1"]) + params["b1"]
    a1 = 1 / (1 + np.exp(-z1))
    scores = a1.dot(params["W2"]) + params["b2"]
    scores -= np.max(scores, axis=1, keepdims=True)
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    return probs, {"z1": z1, "a1": a1}


def compute_loss(probs, y):
    m = y.shape[0]
    return -np.sum(np.log(probs[range(m), y])) / m


def backward_pass(X, y, probs, cache, params):
    m = X.shape[0]
    a1 = cache["a1"]
    dz2 = probs.copy()
    dz2[range(m), y] -= 1
    dz2 /= m
    dW2 = np.dot(a1.T, dz2)
    db2 = np.sum(dz2, axis=0)
    da1 = np.dot(dz2, params["W2"].T)
    dz1 = da1 * a1 * (1 - a1)
    dW1 = np.dot(X.T, dz1)
    db1 = np.sum(dz1, axis=0)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}


def train(X, y, hidden=50, lr=1e-1, steps=1000):
    params = init_params(X.shape[1], hidden, len(set(y)))
    for i in range(steps):
        probs, cache = forward_pass(X, params)
        loss = compute_loss(probs, y)
        grads = backward_pass(X, y, probs, cache, params)
        for key in params:
            params[key] -= lr * grads["d" + key]
        if i % 100 == 0:
            print("step", i, "loss", loss)
    return params
