"""What a call gives: arguments, the state of objects, the arrays in them, what is put there."""
