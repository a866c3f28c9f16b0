"""Recording: from an operation on tensors to a node of the graph."""
