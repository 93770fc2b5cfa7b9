"""The hash that receipts, deduplication and the journal speak of."""

import hashlib


def sha256_hex(data: bytes) -> str:
    """SHA-256 as 64 lower-case hexadecimal characters."""
    return hashlib.sha256(data).hexdigest()
