"""XPath as ODK speaks it: parsed once, compiled to closures."""
