"""One attack at a time: a hub, a sender, a stranger, and what the hub says."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from hub.envelope.opening import open_envelope
from hub.envelope.policy import TO_HUB_LIMIT
from hub.errors import EXPLANATIONS, Code, Rejection
from hub.ids import KeyId
from tests.unit.envelope.kit import CANARY, PAYLOAD, Forged, System, dumps, forge_jwe, forge_jws, jwe_header, jws_header


@dataclass(frozen=True)
class Scene:
    """The forger works for the sender (whose signing key it has) unless a test says otherwise."""

    hub: System
    sender: System
    stranger: System
    forged: Forged
    asked: list[str] = field(default_factory=list)
    algorithms = ("ECDH-ES+A256KW", "A256GCM", "ES256", "Ed25519")

    def jwe_header(self, without: str = "", **changes: object) -> dict[str, Any]:
        header = {**jwe_header(self.hub, self.forged), **changes}
        return {name: value for name, value in header.items() if name != without or not without}

    def jws(self, without: str = "", **changes: object) -> bytes:
        header = {**jws_header(self.sender), **changes}
        kept = {name: value for name, value in header.items() if name != without or not without}
        return forge_jws(PAYLOAD, dumps(kept), self.sender)

    def jwe(self, token: bytes | None = None, without: str = "", **changes: object) -> bytes:
        header = dumps(self.jwe_header(without, **changes))
        return forge_jwe(self.jws() if token is None else token, header, self.forged)

    @staticmethod
    def kdf(shared: bytes) -> bytes:
        alg = b"ECDH-ES+A256KW"
        info = len(alg).to_bytes(4, "big") + alg + bytes(8) + (256).to_bytes(4, "big")
        return ConcatKDFHash(hashes.SHA256(), 32, info).derive(shared)

    def decryption(self, kid: KeyId) -> Any:
        self.asked.append(kid)
        return {self.hub.decryption.kid: self.hub.decryption}.get(kid)

    def verifying(self, kid: KeyId) -> Any:
        self.asked.append(kid)
        return {self.sender.verifying.kid: self.sender.verifying}.get(kid)


def refusal(body: bytes, scene: Scene) -> str:
    """Our own reason for refusing; the sender always sees the same, and nothing of the message goes along."""
    scene.asked.clear()
    with pytest.raises(Rejection) as refused:
        open_envelope(body, decryption=scene.decryption, verifying=scene.verifying, limit=TO_HUB_LIMIT)
    error = refused.value
    assert (error.reason, error.fields) == (Code.ENVELOPE_INVALID, ())
    assert error.sentence == EXPLANATIONS[Code.ENVELOPE_INVALID]
    assert error.__cause__ is None
    assert error.__context__ is None
    assert CANARY not in repr(error) + str(error.args) + error.detail
    return error.detail
