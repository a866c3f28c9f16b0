"""Is a gradient right, and if not, why not: numerical derivatives, gradcheck, compare, diagnose."""
