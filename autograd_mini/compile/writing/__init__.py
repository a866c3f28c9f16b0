"""From statements to a program of NumPy calls, or of Python floats."""
