"""Plain data for papers."""
