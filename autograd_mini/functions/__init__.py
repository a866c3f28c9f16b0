"""NumPy's functions on tensors, with NumPy's names and arguments."""
