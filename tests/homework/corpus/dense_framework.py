import numpy as np


class Layer:
    def forward(self, inputs):
        raise NotImplementedError

    def backward(self, grad):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, n_inputs, n_units):
        self.W = np.random.randn(n_inputs, n_units) * np.sqrt(1.0 / n_inputs)
        self.b = np.zeros(n_units)

    def forward(self, inputs):
        self.inputs = inputs
        return np.dot(inputs, self.W) + self.b

    def backward(self, grad):
        self.dW = np.dot(self.inputs.T, grad)
        self.db = grad.sum(axis=0)
        return np.dot(grad, self.W.T)


class ReLU(Layer):
    def forward(self, inputs):
        self.inputs = inputs
        return np.maximum(inputs, 0)

    def backward(self, grad):
        return grad * (self.inputs > 0)


class Sigmoid(Layer):
    def forward(self, inputs):
        self.out = 1 / (1 + np.exp(-inputs))
        return self.out

    def backward(self, grad):
        return grad * self.out * (1 - self.out)


class MSE:
    def forward(self, y_pred, y_true):
        self.diff = y_pred - y_true
        return np.mean(self.diff ** 2)

    def backward(self):
        return 2 * self.diff / self.diff.size


class Network:
    def __init__(self, n_inputs, n_hidden, n_outputs):
        self.layers = [
            Dense(n_inputs, n_hidden),
            ReLU(),
            Dense(n_hidden, n_hidden),
            ReLU(),
            Dense(n_hidden, n_outputs),
            Sigmoid(),
        ]
        self.loss_fn = MSE()

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def loss(self, x, y):
        return self.loss_fn.forward(self.forward(x), y)

    def backward(self):
        grad = self.loss_fn.backward()
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad

    def step(self, lr):
        for layer in self.layers:
            if isinstance(layer, Dense):
                layer.W -= lr * layer.dW
                layer.b -= lr * layer.db


def train(net, x, y, epochs=100, lr=0.1):
    for epoch in range(epochs):
        loss = net.loss(x, y)
        net.backward()
        net.step(lr)
        print(epoch, loss)
