"""The hub's own keys, and partners' public keys loaded once per version of the directory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, Self, TypeVar

from hub.canonical.hub_keys import NO_HUB_KEY, HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory, KeyUse, Partner, Suite
from hub.envelope.at_rest import Label, StorageKey, WrappingKey
from hub.envelope.derived import IdKey
from hub.envelope.keys import (
    DecryptionKey,
    EncryptionKey,
    SigningKey,
    VerifyingKey,
    load_encryption_key,
    load_verifying_key,
)
from hub.envelope.pseudonyms import PseudonymKey, keyed_traits, pseudonym
from hub.errors import Standstill, Surroundings
from hub.ids import KeyId, RadarKeyId
from hub.lanes.stepping import KeyStanding
from hub.ports import Period
from hub.routing.directory import encryption_key, signing_key
from hub.routing.hub_keys import kind_of, naming, reads, writes
from hub.routing.radar import Sought
from hub.schemas.identities import Identity

NO_KEY = "no-recipient-key"
NO_ADDRESSEE = "no-addressee"

_OPENING: Final = frozenset(kind_of(suite, KeyUse.ENCRYPTION) for suite in Suite)
_K = TypeVar("_K", SigningKey, DecryptionKey, StorageKey, PseudonymKey, IdKey)


class PeriodKeys(Protocol):
    """What this machine has of the chain of period keys (`hub/envelope/ratchet.py`): one step gives all later ones."""

    def wrapping(self, chain: str, step: int, storage: StorageKey) -> WrappingKey:
        """What wraps in this period.

        Raises:
            Surroundings: its key is not here, or not any more.
        """
        ...

    def has(self, period: Period) -> None:
        """Look whether what wraps in this period can be had. Raises `Surroundings`."""
        ...

    def look(self, used: Period) -> KeyStanding:
        """How the machine's file stands to the period in use, read anew; what was read before is forgotten."""
        ...

    def forget_before(self, step: int) -> bool:
        """Destroy what is older, in the file and in memory; whether there was anything.

        Raises:
            OSError: it could not be written; what was there is there still.
        """
        ...

    @property
    def own(self) -> Period | None:
        """The step whose key this machine has, as the last look found it."""
        ...

    @property
    def standing(self) -> KeyStanding:
        """As the last look found it."""
        ...


@dataclass(frozen=True, slots=True)
class HubKeys:
    """The hub's private keys as this machine has them, by id. What each counts for, a version of the directory says.

    One that the directory names and this machine lacks is a fault of the surroundings: whatever needs it waits until
    its file is there, and is found then.

    Attributes:
        periods: the period keys of this machine.
        radar: makes the pseudonyms that people are known again by.
        log: makes the pseudonyms of the processing log.
        ids: makes the ids that leave the hub.
    """

    signing: Mapping[KeyId, SigningKey]
    decryption: Mapping[KeyId, DecryptionKey]
    storage: Mapping[str, StorageKey]
    periods: PeriodKeys
    radar: Callable[[RadarKeyId], PseudonymKey | None]
    log: Mapping[str, PseudonymKey]
    ids: Mapping[str, IdKey]

    def signs(self, directory: Directory, suite: Suite) -> SigningKey:
        """What goes out in this suite is signed with it. Raises `Surroundings`."""
        named = _writing(directory, kind_of(suite, KeyUse.SIGNING))
        return _here(named, self.signing.get(KeyId(named.id)))

    def opens(self, directory: Directory, kid: KeyId) -> DecryptionKey | None:
        """What came in under this id is opened with it; nothing for an id that is not the hub's, or no longer.

        Raises:
            Surroundings: it is the hub's, and not here.
        """
        named = next((key for key in directory.hub_keys if key.id == kid and key.kind in _OPENING), None)
        if named is None or named.state is KeyState.RETIRED:
            return None
        return _here(named, self.decryption.get(kid))

    def keeps(self, directory: Directory) -> StorageKey:
        """What is stored from now on is wrapped under it. Raises `Surroundings`."""
        named = _writing(directory, KeyKind.STORAGE)
        return _here(named, self.storage.get(named.id))

    def logs(self, directory: Directory) -> PseudonymKey:
        """The processing log names people by it from now on. Raises `Surroundings`."""
        named = _writing(directory, KeyKind.LOG)
        return _here(named, self.log.get(named.id))

    def logged(self, directory: Directory) -> tuple[PseudonymKey, ...]:
        """Those by which lines of the processing log may name people: the one that writes first. Raises
        `Surroundings`."""
        return tuple(_here(named, self.log.get(named.id)) for named in reads(directory, KeyKind.LOG))

    def names(self, directory: Directory) -> "IdKeys":
        """What leaves the hub gets its id by one of these. Raises `Surroundings`."""
        _writing(directory, KeyKind.IDS)
        in_turn = [(until, _here(key, self.ids.get(key.id))) for until, key in naming(directory)]
        return IdKeys(tuple(in_turn))

    def keeping(self, directory: Directory, period: Period) -> WrappingKey:
        """What content is wrapped under while this period is in use, or before the first. Raises `Surroundings`."""
        return self._of(Label(self.keeps(directory).id, period.chain, period.step), self.keeps(directory))

    def begins(self, period: Period) -> None:
        """Look whether anything can be kept in this period.

        Raises:
            Standstill: its key is not here, or no longer.
        """
        if not period.chain:
            return
        try:
            self.periods.has(period)
        except Surroundings as error:
            raise Standstill(error.code, error.sentence) from None

    def wrapped(self, label: Label) -> WrappingKey:
        """What a row is wrapped under.

        Raises:
            Surroundings: one half of it is not here.
        """
        storage = self.storage.get(label.storage)
        if storage is None:
            sentence = (
                f"The hub's storage key {label.storage} is not on this machine; bring its file, from one that has it."
            )
            raise Surroundings(NO_HUB_KEY, sentence, label.storage)
        return self._of(label, storage)

    def _of(self, label: Label, storage: StorageKey) -> WrappingKey:
        if not label.chain:
            return WrappingKey(label, storage.secret)
        return self.periods.wrapping(label.chain, label.step, storage)


def _writing(directory: Directory, kind: KeyKind) -> HubKey:
    named = writes(directory, kind)
    if named is None:
        raise Surroundings(NO_HUB_KEY, f"The directory names no {kind} key; `ketenhub serve` says what to do.", kind)
    return named


def _here(named: HubKey, key: _K | None) -> _K:
    if key is None:
        sentence = (
            f"The hub's {named.kind} key {named.id} is not on this machine; bring its file, from one that has it."
        )
        raise Surroundings(NO_HUB_KEY, sentence, named.id)
    return key


@dataclass(frozen=True, slots=True)
class IdKeys:
    """The keys of the ids by one version of the directory, in turn: each with when it stops.

    What a message leads to is named by the one of the moment at which that was signed, whenever it is decided: so it
    gets the same ids if it comes again after a restore. What no message led to goes by a moment of its cause.
    """

    in_turn: tuple[tuple[datetime, IdKey], ...]

    @property
    def oldest(self) -> IdKey:
        """For what follows from several messages, whichever of them comes last, or from other ids alone."""
        return self.in_turn[0][1]

    def at(self, moment: datetime) -> IdKey:
        """The one that names what was signed then."""
        return next((key for until, key in self.in_turn if moment < until), self.in_turn[-1][1])


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
        _writing(directory, KeyKind.RADAR)
        return cls(tuple(_here(key, own.radar(RadarKeyId(key.id))) for key in reads(directory, KeyKind.RADAR)))

    @property
    def writes(self) -> RadarKeyId:
        return RadarKeyId(self.keys[0].id)

    def pseudonyms(self, one: Identity) -> tuple[bytes, ...]:
        """Of one identity, one a key."""
        return tuple(pseudonym(key, one.kind, one.text) for key in self.keys)

    def sought(self, one: Identity) -> tuple[Sought, ...]:
        """The same, each with what is said of whom it is, if that is compared."""
        traits = (keyed_traits(key, one.kind, one.text, one.traits) for key in self.keys)
        return tuple(map(Sought, self.pseudonyms(one), traits))


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
