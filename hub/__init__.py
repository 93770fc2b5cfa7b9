"""Ketenhub: the message hub of the joint early approach to domestic violence and child abuse."""

__version__ = "0.1.0"
