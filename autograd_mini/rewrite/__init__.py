"""Rewriting: a graph into a smaller one with the same values."""
