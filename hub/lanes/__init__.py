"""The moving parts: in, out, time."""
