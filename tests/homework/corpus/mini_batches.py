import numpy as np


class NeuralNetworkClassifier:
    """Two hidden layers, ReLU, softmax output, trained with mini-batch gradient descent and L2."""

    def __init__(self, n_features, n_hidden1, n_hidden2, n_classes, alpha=0.01, l2_lambda=0.001, batch_size=32):
        self.alpha = alpha
        self.l2_lambda = l2_lambda
        self.batch_size = batch_size
        self.W1 = np.random.randn(n_features, n_hidden1) * np.sqrt(2 / n_features)
        self.b1 = np.zeros((1, n_hidden1))
        self.W2 = np.random.randn(n_hidden1, n_hidden2) * np.sqrt(2 / n_hidden1)
        self.b2 = np.zeros((1, n_hidden2))
        self.W3 = np.random.randn(n_hidden2, n_classes) * np.sqrt(2 / n_hidden2)
        self.b3 = np.zeros((1, n_classes))

    def relu(self, x):
        return np.maximum(0, x)

    def softmax(self, x):
        exps = np.exp(x - np.max(x, axis=1, keepdims=True))
        return exps / np.sum(exps, axis=1, keepdims=True)

    def forward(self, X):
        self.Z1 = np.dot(X, self.W1) + self.b1
        self.A1 = self.relu(self.Z1)
        self.Z2 = np.dot(self.A1, self.W2) + self.b2
        self.A2 = self.relu(self.Z2)
        self.Z3 = np.dot(self.A2, self.W3) + self.b3
        self.A3 = self.softmax(self.Z3)
        return self.A3

    def loss(self, y_true, y_pred):
        m = y_true.shape[0]
        data_loss = -np.sum(y_true * np.log(y_pred)) / m
        reg_loss = self.l2_lambda / (2 * m) * (np.sum(self.W1 ** 2) + np.sum(self.W2 ** 2) + np.sum(self.W3 ** 2))
        return data_loss + reg_loss

    def backward(self, X, y):
        m = X.shape[0]
        dZ3 = (self.A3 - y) / m
        self.dW3 = np.dot(self.A2.T, dZ3) + self.l2_lambda / m * self.W3
        self.db3 = np.sum(dZ3, axis=0, keepdims=True)
        dA2 = np.dot(dZ3, self.W3.T)
        dZ2 = dA2 * (self.Z2 > 0)
        self.dW2 = np.dot(self.A1.T, dZ2) + self.l2_lambda / m * self.W2
        self.db2 = np.sum(dZ2, axis=0, keepdims=True)
        dA1 = np.dot(dZ2, self.W2.T)
        dZ1 = dA1 * (self.Z1 > 0)
        self.dW1 = np.dot(X.T, dZ1) + self.l2_lambda / m * self.W1
        self.db1 = np.sum(dZ1, axis=0, keepdims=True)

    def update(self):
        for name in ("W1", "b1", "W2", "b2", "W3", "b3"):
            setattr(self, name, getattr(self, name) - self.alpha * getattr(self, "d" + name))

    def fit(self, X, y, epochs=10):
        n = X.shape[0]
        for epoch in range(epochs):
            order = np.random.permutation(n)
            for start in range(0, n, self.batch_size):
                batch = order[start:start + self.batch_size]
                X_batch, y_batch = X[batch], y[batch]
                output = self.forward(X_batch)
                self.backward(X_batch, y_batch)
                self.update()
            print("Epoch", epoch, "loss", self.loss(y, self.forward(X)))
