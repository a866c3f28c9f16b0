"""From a graph to statements: in which operations, in which order, in which groups."""
