"""The computation graph: nodes, and graphs as values."""
