"""The hub's own keys, and partners' public keys loaded once per version of the directory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from hub.canonical.codes import MatchGround
from hub.canonical.partners import Directory, KeyUse, Partner, Suite
from hub.envelope.at_rest import StorageKey
from hub.envelope.derived import IdKey
from hub.envelope.keys import (
    DecryptionKey,
    EncryptionKey,
    SigningKey,
    VerifyingKey,
    load_encryption_key,
    load_verifying_key,
)
from hub.envelope.pseudonyms import PseudonymKey, pseudonym
from hub.errors import OperatorError, Surroundings
from hub.ids import KeyId, RadarKeyId
from hub.routing.directory import encryption_key, signing_key

NO_KEY = "no-recipient-key"
NO_RADAR_KEY = "radar-key-missing"
NO_ADDRESSEE = "no-addressee"


@dataclass(frozen=True, slots=True)
class HubKeys:
    """The hub's private keys.

    Attributes:
        signing: the newest of each suite.
        decryption: every key that may still come in, by kid.
        storage: every storage key that rows may be under, by id.
        keeping: the storage key for new rows.
        radar: the radar's key of an id, if this machine has it; which ones are in use, the directory says.
        log: makes the pseudonyms of the processing log.
        ids: makes the ids that leave the hub.
    """

    signing: Mapping[Suite, SigningKey]
    decryption: Mapping[KeyId, DecryptionKey]
    storage: Mapping[str, StorageKey]
    keeping: StorageKey
    radar: Callable[[RadarKeyId], PseudonymKey | None]
    log: PseudonymKey
    ids: IdKey


@dataclass(frozen=True, slots=True)
class RadarKeys:
    """The radar's keys by one version of the directory: all that are read, the one that writes first."""

    keys: tuple[PseudonymKey, ...]

    @classmethod
    def of(cls, directory: Directory, own: HubKeys) -> Self:
        """The keys that the directory names.

        Raises:
            Surroundings: one of them is not here: without it, what was entered under it would be missed.
        """
        if directory.radar_writes is None:
            raise Surroundings(NO_RADAR_KEY, "The directory names no key for the radar; start `ketenhub serve` once.")
        others = (key for key in directory.radar_reads if key != directory.radar_writes)
        return cls(tuple(_radar_key(key, own) for key in (directory.radar_writes, *others)))

    @property
    def writes(self) -> RadarKeyId:
        return RadarKeyId(self.keys[0].id)

    def pseudonyms(self, kind: MatchGround, text: str) -> tuple[bytes, ...]:
        """Of one identity, one a key."""
        return tuple(pseudonym(key, kind, text) for key in self.keys)


def _radar_key(id_: RadarKeyId, own: HubKeys) -> PseudonymKey:
    try:
        key = own.radar(id_)
    except OperatorError as error:
        raise Surroundings(NO_RADAR_KEY, error.sentence, id_) from error
    if key is None:
        sentence = f"Radar key {id_} is not in KETENHUB_HOME/keys/radar; bring its file, from a machine that has it."
        raise Surroundings(NO_RADAR_KEY, sentence, id_)
    return key


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
            Surroundings: it has none: the message waits until it has.
        """
        key = encryption_key(partner, now)
        if key is None:
            sentence = f"Partner {partner.id} has no active {KeyUse.ENCRYPTION} key; add one."
            raise Surroundings(NO_KEY, sentence, partner.id)
        if key.kid not in self._encryption:
            self._encryption[key.kid] = load_encryption_key(key.jwk, key.suite)
        return self._encryption[key.kid]
