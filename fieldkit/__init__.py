"""Fieldkit: on-site inspection and spot research in the terminal."""

__version__ = "0.1.0"
