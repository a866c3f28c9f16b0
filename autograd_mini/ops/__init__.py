"""The operations, in tables by topic."""
