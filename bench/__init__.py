"""Measurements of the hub on this machine: see README.md. Nothing in hub/ imports it."""
