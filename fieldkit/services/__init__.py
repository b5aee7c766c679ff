"""Use cases: the only doorway for screens and command line."""
