"""Benchmarks: ratios of CPU time within one interleaved run.  Run them, do not test them."""
