"""File formats of the world outside."""
