"""The memory of arrays: who holds one, what keeps it unchanged, and what the system gives back."""
