"""A hub that dies at each of its boundaries in turn."""
