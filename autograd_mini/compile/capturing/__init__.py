"""From a function to a graph over its arguments."""
