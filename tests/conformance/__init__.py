"""Replays recorded conformance cases: see ``python -m tests.conformance --help``."""
