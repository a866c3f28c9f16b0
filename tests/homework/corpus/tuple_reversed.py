import numpy as np


def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def init_params(n_in, n_hidden, n_out):
    rng = np.random.RandomState(0)
    W1 = rng.randn(n_in, n_hidden) * np.sqrt(2 / n_in)
    b1 = np.zeros((1, n_hidden))
    W2 = rng.randn(n_hidden, n_hidden) * np.sqrt(2 / n_hidden)
    b2 = np.zeros((1, n_hidden))
    W3 = rng.randn(n_hidden, n_out) * np.sqrt(2 / n_hidden)
    b3 = np.zeros((1, n_out))
    return W1, b1, W2, b2, W3, b3


def forward(X, W1, b1, W2, b2, W3, b3):
    z1 = X @ W1 + b1
    a1 = np.tanh(z1)
    z2 = a1 @ W2 + b2
    a2 = np.tanh(z2)
    z3 = a2 @ W3 + b3
    y_hat = softmax(z3)
    return z1, a1, z2, a2, z3, y_hat


def cross_entropy(y_hat, y):
    return -np.sum(y * np.log(y_hat)) / len(y)


def backward(X, y, W2, W3, a1, a2, y_hat):
    n = X.shape[0]
    dz3 = (y_hat - y) / n
    dW3 = a2.T @ dz3
    db3 = dz3.sum(axis=0, keepdims=True)
    dz2 = dz3 @ W3.T * (1 - a2 ** 2)
    dW2 = a1.T @ dz2
    db2 = dz2.sum(axis=0, keepdims=True)
    dz1 = dz2 @ W2.T * (1 - a1 ** 2)
    dW1 = X.T @ dz1
    db1 = dz1.sum(axis=0, keepdims=True)
    return dW3, db3, dW2, db2, dW1, db1


def train(X, y, epochs=500, lr=0.1):
    W1, b1, W2, b2, W3, b3 = init_params(X.shape[1], 16, y.shape[1])
    for epoch in range(epochs):
        z1, a1, z2, a2, z3, y_hat = forward(X, W1, b1, W2, b2, W3, b3)
        loss = cross_entropy(y_hat, y)
        dW3, db3, dW2, db2, dW1, db1 = backward(X, y, W2, W3, a1, a2, y_hat)
        W3 -= lr * dW3
        b3 -= lr * db3
        W2 -= lr * dW2
        b2 -= lr * db2
        W1 -= lr * dW1
        b1 -= lr * db1
        if epoch % 50 == 0:
            print(f"epoch {epoch}: {loss:.4f}")
    return W1, b1, W2, b2, W3, b3
