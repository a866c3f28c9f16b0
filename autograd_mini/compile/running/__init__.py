"""Run programs, or the function itself where no program can stand for it."""
