"""The L-layer network of the course: by hand, and through the engine."""
