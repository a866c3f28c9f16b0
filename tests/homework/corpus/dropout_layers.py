import numpy as np


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * np.sqrt(2 / n_in)
        self.b = np.zeros(n_out)

    def forward(self, x, training=True):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class ReLU:
    def forward(self, x, training=True):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class Dropout:
    def __init__(self, keep_prob=0.8):
        self.keep_prob = keep_prob

    def forward(self, x, training=True):
        if not training:
            return x
        self.mask = np.random.rand(*x.shape) < self.keep_prob
        return x * self.mask / self.keep_prob

    def backward(self, dout):
        return dout * self.mask / self.keep_prob


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.layers = [
            Linear(n_in, n_hidden),
            ReLU(),
            Dropout(0.7),
            Linear(n_hidden, n_hidden),
            ReLU(),
            Linear(n_hidden, n_out),
        ]

    def forward(self, x, training=True):
        for layer in self.layers:
            x = layer.forward(x, training)
        exps = np.exp(x - np.max(x, axis=1, keepdims=True))
        self.probs = exps / np.sum(exps, axis=1, keepdims=True)
        return self.probs

    def loss(self, probs, y):
        return -np.mean(np.log(probs[np.arange(len(y)), y]))

    def backward(self, y):
        m = len(y)
        dout = self.probs.copy()
        dout[np.arange(m), y] -= 1
        dout /= m
        for layer in reversed(self.layers):
            dout = layer.backward(dout)

    def update(self, lr):
        for layer in self.layers:
            if hasattr(layer, "W"):
                layer.W -= lr * layer.dW
                layer.b -= lr * layer.db


def train(net, x, y, epochs=100, lr=0.1):
    for epoch in range(epochs):
        probs = net.forward(x)
        net.backward(y)
        net.update(lr)
        print(epoch, net.loss(probs, y))
