"""The command line: one module a command, `app` to find and run them."""
