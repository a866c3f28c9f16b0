"""Find out why a gradient is wrong: which step, which mistake, what to write instead."""
