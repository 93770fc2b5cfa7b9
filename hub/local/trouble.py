"""What goes wrong with the embedded servers, said so that the reader knows what to do."""

from __future__ import annotations


class ServerTrouble(Exception):
    """A private server cannot be installed, started or stopped. The text is one sentence with what to do about it."""
