import numpy as np
import matplotlib.pyplot as plt

# fit a noisy sine with one hidden layer
x_data = np.linspace(-1, 1, 200)[:, None]


def init_params(n_inputs, n_hidden, n_outputs):
    params = {
        "W1": np.random.randn(n_inputs, n_hidden),
        "b1": np.zeros(n_hidden),
        "W2": np.random.randn(n_hidden, n_outputs),
        "b2": np.zeros(n_outputs),
    }
    return params


def forward(x, params):
    z1 = x @ params["W1"] + params["b1"]
    h1 = np.tanh(z1)
    y_pred = h1 @ params["W2"] + params["b2"]
    return y_pred, (z1, h1)


def mse_loss(y_pred, y_true):
    return np.mean((y_pred - y_true) ** 2)


def backward(x, y_true, y_pred, cache, params):
    z1, h1 = cache
    n = y_true.size
    dy = 2 * (y_pred - y_true) / n
    grads = {}
    grads["W2"] = h1.T @ dy
    grads["b2"] = dy.sum(axis=0)
    dh1 = dy @ params["W2"].T
    dz1 = dh1 * (1 - h1 ** 2)
    grads["W1"] = x.T @ dz1
    grads["b1"] = dz1.sum(axis=0)
    return grads


def sgd(params, grads, lr):
    for k in params:
        params[k] -= lr * grads[k]


np.random.seed(42)
y_data = np.sin(3 * x_data) + 0.1 * np.random.randn(200, 1)
params = init_params(1, 32, 1)
for step in range(5000):
    y_pred, cache = forward(x_data, params)
    grads = backward(x_data, y_data, y_pred, cache, params)
    sgd(params, grads, 0.05)
    if step % 500 == 0:
        print(step, mse_loss(y_pred, y_data))
plt.plot(x_data, y_pred)
