"""Deriving: the gradients of a recorded cost as formulas a person would write."""
