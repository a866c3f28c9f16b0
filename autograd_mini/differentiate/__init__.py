"""Derivatives: the two sweeps over the graph, and transformations of functions."""
