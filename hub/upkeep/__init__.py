"""Keeping house: what has had its term goes, what a wrong clock put off comes back. Nobody waits for any of it."""
