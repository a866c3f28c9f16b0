"""From statements to a program of fused loops, for numba."""
