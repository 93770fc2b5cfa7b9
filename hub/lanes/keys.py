"""The hub's own keys, and partners' public keys loaded once per version of the directory."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hub.canonical.partners import KeyUse, Partner, Suite
from hub.envelope.at_rest import StorageKey
from hub.envelope.keys import (
    DecryptionKey,
    EncryptionKey,
    SigningKey,
    VerifyingKey,
    load_encryption_key,
    load_verifying_key,
)
from hub.errors import OurFault
from hub.ids import KeyId
from hub.routing.directory import encryption_key, signing_key

NO_KEY = "no-recipient-key"


@dataclass(frozen=True, slots=True)
class HubKeys:
    """The hub's private keys.

    Attributes:
        signing: the newest of each suite.
        decryption: every key that may still come in, by kid.
        storage: every storage key that rows may be under, by id.
        keeping: the storage key for new rows.
    """

    signing: Mapping[Suite, SigningKey]
    decryption: Mapping[KeyId, DecryptionKey]
    storage: Mapping[str, StorageKey]
    keeping: StorageKey


class PartnerKeys:
    """Loads a public key once: loading costs a tenth of opening. Whether a key counts is asked of the directory."""

    def __init__(self) -> None:
        self._verifying: dict[KeyId, VerifyingKey] = {}
        self._encryption: dict[KeyId, EncryptionKey] = {}

    def verifying(self, partner: Partner, kid: KeyId, now: datetime) -> VerifyingKey | None:
        """The partner's key of this id, if it is one of its own that counts now."""
        key = signing_key(partner, kid, now)
        if key is None:
            return None
        if kid not in self._verifying:
            self._verifying[kid] = load_verifying_key(key.jwk, key.suite)
        return self._verifying[kid]

    def encryption(self, partner: Partner, now: datetime) -> EncryptionKey:
        """The partner's newest active key.

        Raises:
            OurFault: it has none: the message waits until it has.
        """
        key = encryption_key(partner, now)
        if key is None:
            raise OurFault(NO_KEY, f"Partner {partner.id} has no active {KeyUse.ENCRYPTION} key; add one.")
        if key.kid not in self._encryption:
            self._encryption[key.kid] = load_encryption_key(key.jwk, key.suite)
        return self._encryption[key.kid]
