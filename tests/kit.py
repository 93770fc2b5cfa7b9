"""A hub without a broker: real database, real envelopes, deliveries made by hand; for the lanes and the store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.canonical.codes import Lane
from hub.canonical.environment import Environment
from hub.canonical.hub_keys import HubKey, KeyKind, KeyState
from hub.canonical.partners import Directory, KeyUse, Partner, Role, Suite
from hub.envelope.at_rest import Kept, StorageKey, WrappingKey, reveal
from hub.envelope.derived import IdKey
from hub.envelope.hashes import sha256_hex
from hub.envelope.keys import (
    DecryptionKey,
    EncryptionKey,
    SigningKey,
    VerifyingKey,
    check_public,
    generate,
    load_decryption_key,
    load_encryption_key,
    load_signing_key,
    load_verifying_key,
    public,
    thumbprint,
)
from hub.envelope.opening import open_envelope
from hub.envelope.policy import FROM_HUB_LIMIT
from hub.envelope.pseudonyms import PseudonymKey
from hub.envelope.ratchet import PeriodKey
from hub.envelope.sealing import seal
from hub.envelope.strict_json import parse
from hub.errors import Surroundings
from hub.ids import KeyId, Oin, PartnerId, RadarKeyId, RegionId
from hub.lanes.batch import decide_batch
from hub.lanes.keys import HubKeys, PartnerKeys
from hub.lanes.setting import Setting
from hub.lanes.stepping import KEY_GONE, KeyStanding, standing
from hub.ports import Changes, Delivery, OutboxRow, Outgoing, Period, Place, Properties
from hub.routing.changes import add_partner
from hub.routing.config import parse_config
from hub.routing.document import from_document, to_document
from hub.routing.first import first_directory, registered
from hub.routing.hub_keys import kind_of
from hub.routing.limits import PerLane
from hub.schemas.cloudevent import render, source_of
from hub.schemas.message import Direction, wire_type
from hub.schemas.samples import sample
from hub.simulator.people import strangers
from hub.store.directory import change, import_first
from hub.store.engine import transaction
from hub.store.periods import begin
from hub.store.store import PostgresStore
from tests.clock import Clock, Own

REGION = RegionId("haaglanden")
ROLES = {
    "politie-test": Role.POLICE,
    "om-test": Role.PROSECUTION,
    "rvdk-test": Role.CHILD_PROTECTION,
    "reclassering-test": Role.PROBATION,
    "vt-test": Role.VEILIG_THUIS,
    "wijkteam-test": Role.LOCAL_TEAM,
    "buurtteam-test": Role.LOCAL_TEAM,
}
_radar_key = PseudonymKey.of(bytes(32))
RADAR_KEY = RadarKeyId(_radar_key.id)
_chain = PeriodKey.begin()
PERIOD = Period(_chain.chain, 0)


@dataclass
class Machine:
    """The period keys of a machine, in memory."""

    held: PeriodKey | None
    standing: KeyStanding = KeyStanding.READY

    @property
    def own(self) -> Period | None:
        return Period(self.held.chain, self.held.step) if self.held else None

    def wrapping(self, chain: str, step: int, storage: StorageKey) -> WrappingKey:
        if self.held is None or self.held.chain != chain:
            raise Surroundings("period-key-missing", "The test took it away.")
        if step < self.held.step:
            raise Surroundings(KEY_GONE, "It was destroyed.")
        return self.held.at(step).wrapping(storage)

    def has(self, period: Period) -> None:
        self.wrapping(period.chain, period.step, StorageKey.new())

    def look(self, used: Period) -> KeyStanding:
        self.standing = standing(self.own, used)
        return self.standing

    def forget_before(self, step: int) -> bool:
        if self.held is None or self.held.step >= step:
            return False
        self.held = self.held.at(step)
        return True


@dataclass(frozen=True)
class Speaker:
    """A partner that speaks and listens: its directory entry and its private keys."""

    partner: Partner
    signing: SigningKey
    decryption: DecryptionKey


@dataclass
class Kit:
    """A hub, its database and partners that speak to it."""

    store: PostgresStore
    setting: Setting
    directory: Directory
    speakers: dict[str, Speaker]
    hub_keys: dict[Suite, EncryptionKey]
    hub_signs: dict[KeyId, VerifyingKey]
    engine: AsyncEngine
    families: Iterator[int] = field(default_factory=count)
    clock: Clock | None = None
    own: Own = field(default_factory=Own)

    def now(self) -> datetime:
        return datetime.now(UTC) + (self.clock.ahead if self.clock else timedelta(0))

    @property
    def url(self) -> str:
        return self.engine.url.render_as_string(hide_password=False)

    @property
    def keeping(self) -> WrappingKey:
        """What content is wrapped under in the first period."""
        return self.setting.keys.keeping(self.directory, PERIOD)

    def oin(self, name: str) -> Oin:
        return self.speakers[name].partner.oin

    def event(self, name: str, type_: str, data: dict[str, Any] | None = None, **changes: Any) -> bytes:
        """A signed-to-be payload of this partner; `type_` is `group.name`, `changes` go to the event's attributes."""
        now = self.now()
        fields: dict[str, Any] = {
            "id": uuid4(),
            "type": wire_type(type_),
            "source": source_of(self.oin(name), "test"),
            "recipient": self.setting.hub,
            "time": now,
            "expirytime": now + timedelta(days=1),
            "urgentie": Lane.ROUTINE,
            "data": self.usual(type_) if data is None else data,
            "direction": Direction.TO_HUB,
        }
        return render(**fields | changes)

    def usual(self, type_: str) -> dict[str, Any]:
        """The sample; a report is about people of whom nobody has reported yet."""
        data = sample(type_, Direction.TO_HUB)
        return strangers(data, next(self.families)) if type_.startswith("meldingen.") else data

    def delivery(self, name: str, payload: bytes, *, lane: Lane | None = None, **changes: Any) -> Delivery:
        """The payload, signed and sealed, as the broker brings it."""
        speaker = self.speakers[name]
        said = parse(payload)
        body = changes.pop("body", None) or self.sealed(payload, speaker.signing)
        properties = Properties(message_id=said["id"], user_id=name, content_type="application/jose")
        made = Delivery(PartnerId(name), lane or Lane(said["urgentie"]), body, properties)
        return replace(made, **changes)

    def sealed(self, payload: bytes, signing: SigningKey) -> bytes:
        return seal(payload, signing=signing, recipient=self.hub_keys[signing.suite])

    async def tell(self, name: str, type_: str, data: dict[str, Any] | None = None, **changes: Any) -> "Told":
        """Send one message and commit what follows."""
        payload = self.event(name, type_, data, **changes)
        return Told(self, payload, await self.decide([self.delivery(name, payload)]))

    async def decide(self, deliveries: Sequence[Delivery], lane: Lane = Lane.ROUTINE) -> Changes:
        """All of these: in one batch if its time lasts, else in as many as it takes. All that came of them."""
        changes = await decide_batch(deliveries, self.store, lane, self.setting)
        return together(changes, await self.decide(changes.left, lane)) if changes.left else changes

    def opened(self, row: OutboxRow) -> dict[str, Any]:
        """What an outbox row says."""
        kept = Kept(row.payload.ciphertext, row.payload.wrapped_key)
        text = reveal(kept, keys=self.setting.keys.wrapped, bound_to=Place.OUTBOX.bound(row.id))
        found: dict[str, Any] = parse(text)
        return found

    def received(self, message: Outgoing, *decryption: DecryptionKey) -> dict[str, Any]:
        """What a partner finds in a message of the hub, opened with these keys or its own."""
        own = {key.kid: key for key in decryption or [self.speakers[message.partner].decryption]}
        found = open_envelope(message.body, decryption=own.get, verifying=self.hub_signs.get, limit=FROM_HUB_LIMIT)
        said: dict[str, Any] = parse(found.payload)
        return said

    async def change(self, how: Callable[[Directory], Directory]) -> None:
        """Change the directory, as an operator does."""
        self.directory = await change(self.engine, from_document, to_document, "test", how)

    def newcomer(self, name: str, role: Role, region: RegionId, number: int) -> Partner:
        """One that can speak, and that the directory does not know yet; each has a number of its own, from 50."""
        new = _speaker(name, role, number, Suite.S1, region)
        self.speakers = {**self.speakers, name: new}
        return new.partner

    async def add(self, name: str, role: Role, region: RegionId, number: int) -> None:
        """One partner more."""
        new = self.newcomer(name, role, region, number)
        await self.change(lambda directory: add_partner(directory, new, Environment.TEST))

    def in_one_batch(self) -> "Kit":
        """The same hub; its batches take the time they take."""
        return self.limited(locks_held=PerLane(timedelta(hours=1), timedelta(hours=1)))

    def slow(self, each: float) -> "Kit":
        """The same hub, which takes so many seconds for each message by its own clock."""
        ticks = count(0.0, each)
        return replace(self, setting=replace(self.setting, ticks=lambda: next(ticks)))

    def limited(self, **limits: Any) -> "Kit":
        """The same hub under other limits."""
        changed = replace(self.setting.limits, **limits)
        return replace(self, setting=replace(self.setting, limits=changed))


def together(one: Changes, other: Changes) -> Changes:
    """What two batches changed."""
    both = {field.name: (getattr(one, field.name), getattr(other, field.name)) for field in fields(Changes)}
    added = {name: (*first, *then) for name, (first, then) in both.items() if isinstance(first, Sequence)}
    counts = {name: first + then for name, (first, then) in both.items() if isinstance(first, int)}
    return replace(one, **(added | counts | {"left": ()}))


@dataclass(frozen=True)
class Told:
    """One message and what it led to."""

    kit: Kit
    payload: bytes
    changes: Changes

    @property
    def id(self) -> UUID:
        return UUID(parse(self.payload)["id"])

    @property
    def sha256(self) -> str:
        return sha256_hex(self.payload)

    def to(self, name: str, type_: str | None = None) -> list[dict[str, Any]]:
        """What this partner was told, by type (`group.name`) if given."""
        rows = [row for row in self.changes.outbox if row.partner == name]
        said = [self.kit.opened(row) for row in rows]
        return [one for one in said if type_ is None or one["type"] == wire_type(type_)]

    def one(self, name: str, type_: str) -> dict[str, Any]:
        (said,) = self.to(name, type_)
        return said

    def row(self, name: str, type_: str) -> OutboxRow:
        (found,) = [row for row in self.changes.outbox if row.partner == name and row.type == wire_type(type_)]
        return found


def started_again(kit: Kit) -> PostgresStore:
    """The database as a process finds it that begins now."""
    return PostgresStore(kit.engine, from_document, 30.0, kit.own.clocks)


async def kit_on(engine: AsyncEngine, *, by_periods: bool = True) -> Kit:
    """A kit on an empty database.

    Args:
        by_periods: not if it is of a revision from before there were any.
    """
    own = Own()
    store = PostgresStore(engine, from_document, 30.0, own.clocks)
    kit = replace(kit_without_database(), store=store, engine=engine, own=own)
    await import_first(kit.engine, kit.directory, to_document)
    if by_periods:
        await begin_period(kit)
    return kit


def on_own_machine(kit: Kit, held: PeriodKey | None = _chain) -> Kit:
    """The same hub on a machine whose period key no other test has."""
    keys = replace(kit.setting.keys, periods=Machine(held))
    return replace(kit, setting=replace(kit.setting, keys=keys))


async def begun(kit: Kit) -> None:
    """Its directory, and its period, in its database."""
    await import_first(kit.engine, kit.directory, to_document)
    await begin_period(kit)


async def begin_period(kit: Kit) -> None:
    async with transaction(kit.engine) as connection:
        await begin(connection, PERIOD, kit.now())


@cache
def kit_without_database(suite: Suite = Suite.S1, worker: str = "test") -> Kit:
    """For tests of what is pure: it can make messages and open them. Its keys are the same all session."""
    config = parse_config((files("hub.routing") / "default.toml").read_text(), "default.toml")
    named, keys, encryption, verifying = hub_keys()
    directory = first_directory(config, Environment.TEST, _long_ago(), check_public, named)
    speakers: dict[str, Speaker] = {}
    for number, (name, role) in enumerate(ROLES.items(), 1):
        speakers[name] = _speaker(name, role, number, suite)
        directory = add_partner(directory, speakers[name].partner, Environment.TEST)
    setting = Setting(
        worker, config.hub_oin, source_of(config.hub_oin, "ketenhub"), False, config.terms, config.limits, keys,
        PartnerKeys(), config.radar, config.dummies, config.holding, uuid4,
    )  # fmt: skip
    absent: Any = None
    return Kit(absent, setting, directory, speakers, encryption, verifying, absent)


def _long_ago() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


@cache
def _speaker(name: str, role: Role, number: int, suite: Suite, region: RegionId = REGION) -> Speaker:
    pairs = generate(suite)
    enrolled = [
        check_public(public(pairs.signing), KeyUse.SIGNING),
        check_public(public(pairs.encryption), KeyUse.ENCRYPTION),
    ]
    keys = tuple(registered(key, _long_ago()) for key in enrolled)
    oin = Oin(f"000000990000000{number:02d}000")
    partner = Partner(PartnerId(name), oin, role, (region,), keys, _long_ago())
    return Speaker(partner, load_signing_key(pairs.signing), load_decryption_key(pairs.encryption))


def hub_keys() -> tuple[tuple[HubKey, ...], HubKeys, dict[Suite, EncryptionKey], dict[KeyId, VerifyingKey]]:
    """New keys of a hub: as the directory names them, as its machines have them, and the public halves by which
    partners write to it and know it. The radar's is always the same."""
    pairs = {suite: generate(suite) for suite in Suite}
    storage, log, ids = StorageKey.new(), PseudonymKey.new(), IdKey.new()
    signing = {suite: load_signing_key(pair.signing) for suite, pair in pairs.items()}
    decryption = [load_decryption_key(pair.encryption) for pair in pairs.values()]
    keys = HubKeys(
        {key.kid: key for key in signing.values()},
        {key.kid: key for key in decryption},
        {storage.id: storage},
        Machine(_chain),
        {RADAR_KEY: _radar_key}.get,
        {log.id: log},
        {ids.id: ids},
    )
    halves = [
        (kind_of(suite, use), public(text))
        for suite, pair in pairs.items()
        for use, text in ((KeyUse.SIGNING, pair.signing), (KeyUse.ENCRYPTION, pair.encryption))
    ]
    secrets = ((KeyKind.STORAGE, storage.id), (KeyKind.RADAR, RADAR_KEY), (KeyKind.LOG, log.id), (KeyKind.IDS, ids.id))
    named = (
        *(HubKey(kind, thumbprint(jwk), KeyState.WRITE, jwk) for kind, jwk in halves),
        *(HubKey(kind, id_, KeyState.WRITE) for kind, id_ in secrets),
    )
    encryption = {suite: load_encryption_key(public(pair.encryption)) for suite, pair in pairs.items()}
    verifying = [load_verifying_key(public(pair.signing)) for pair in pairs.values()]
    return named, keys, encryption, {key.kid: key for key in verifying}
