"""What a function reads beside its arguments: found, and noticed when it changes."""
