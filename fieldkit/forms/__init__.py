"""XForm to definition to engine: the same form gives the same result as ODK."""
