"""What is here are scripts, to be run by hand for as long as one likes."""

collect_ignore_glob = ["*.py"]
