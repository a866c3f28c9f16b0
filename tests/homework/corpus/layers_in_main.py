import numpy as np


class Linear:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.grad_W = self.x.T @ grad
        self.grad_b = grad.sum(axis=0)
        return grad @ self.W.T

    def step(self, lr):
        self.W -= lr * self.grad_W
        self.b -= lr * self.grad_b


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y ** 2)


class MSELoss:
    def forward(self, pred, target):
        self.pred, self.target = pred, target
        return np.mean((pred - target) ** 2)

    def backward(self):
        return 2 * (self.pred - self.target) / self.pred.size


def main():
    X = np.random.randn(100, 3)
    y = np.sin(X.sum(axis=1, keepdims=True))
    fc1 = Linear(3, 16)
    act1 = Tanh()
    fc2 = Linear(16, 1)
    criterion = MSELoss()
    for epoch in range(1000):
        h = fc1.forward(X)
        h = act1.forward(h)
        out = fc2.forward(h)
        loss = criterion.forward(out, y)
        grad = criterion.backward()
        grad = fc2.backward(grad)
        grad = act1.backward(grad)
        grad = fc1.backward(grad)
        fc1.step(0.1)
        fc2.step(0.1)
        if epoch % 100 == 0:
            print(epoch, loss)


if __name__ == "__main__":
    main()
