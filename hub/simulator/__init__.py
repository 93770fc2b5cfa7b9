"""Fake partners, each a process of its own that knows the hub by its contract only; and the demo."""
