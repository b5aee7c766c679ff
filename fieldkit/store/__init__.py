"""The journalled TinyDB."""
