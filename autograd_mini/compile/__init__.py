"""Compiling: a recorded graph as a straight-line NumPy program with planned memory."""
