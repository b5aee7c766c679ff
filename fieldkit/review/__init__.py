"""Findings, states and queries of the office."""
