"""Sealing: a payload, signed, then encrypted to one recipient (docs/contract.md, "Envelope")."""

from hub.envelope import jose
from hub.envelope.keys import EncryptionKey, SigningKey
from hub.errors import Surroundings


def seal(payload: bytes, *, signing: SigningKey, recipient: EncryptionKey) -> bytes:
    """Make a compact JWE around a compact JWS around `payload`.

    The signing key's suite decides the signature, the recipient key's suite the encryption; they may differ. The
    result is new each time (fresh ephemeral key); the payload bytes are kept exactly.

    Raises:
        Surroundings: a key cannot be used.
    """
    try:
        token = jose.sign(payload, signing.kid, signing.suite, signing.jose)
        return jose.encrypt(token, recipient.kid, recipient.suite, recipient.jose)
    except Exception:  # noqa: BLE001, S110 - see below
        pass
    # Raised here, not in the handler: the library's exception may hold the payload, and would travel as context.
    sentence = f"Sealing with {signing.kid} for {recipient.kid} failed; check both keys."
    raise Surroundings("seal-failed", sentence, recipient.kid)
