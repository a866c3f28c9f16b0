"""Other layouts, such as layer objects or one training loop: made into three functions."""
