"""Run the functions that were found, on arrays and on Tensors, and watch them."""
