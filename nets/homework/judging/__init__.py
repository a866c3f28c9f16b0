"""Tell which gradients are wrong, on which line, why, and what to write there."""
