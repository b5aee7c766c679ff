"""Benchmarks side by side with peers: ``python -m tests.benchmarks NAME [--json OUT]``."""
