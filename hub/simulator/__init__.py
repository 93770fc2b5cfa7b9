"""Fake partners and the demo."""
