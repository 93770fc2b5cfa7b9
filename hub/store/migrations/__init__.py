"""Alembic's entry, and what the revisions share."""
