"""A partner's own books: what it sent, what it got. One SQLite file; every line is on disk before the next step.

A message is written down before it is published, with its payload, so that a resend repeats the signed bytes exactly
and a crash in between leaves a line that says so. Of what came in, only ids, hashes and codes are kept. Several
processes of the partner may share the file.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from hub.canonical.codes import Lane, Result
from hub.envelope.hashes import sha256_hex
from hub.ids import MessageId
from hub.partner.messages import PROCESSED, RECEIPT, REFUSAL, Received
from hub.schemas.cloudevent import canonical_json
from hub.schemas.codes import HashOf
from hub.schemas.texts import moment_text

FILE = "books.sqlite"
KEEP = timedelta(days=7)
"""How long the payload of what was sent is kept (docs/contract.md, "What a partner must do")."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, lane TEXT NOT NULL, sha256 TEXT NOT NULL, payload BLOB, at TEXT NOT NULL,
    copies INTEGER NOT NULL DEFAULT 0, answer TEXT, answered_at TEXT);
CREATE TABLE IF NOT EXISTS received (
    id TEXT PRIMARY KEY, type TEXT, sha256 TEXT NOT NULL, at TEXT NOT NULL, copies INTEGER NOT NULL DEFAULT 1,
    current INTEGER NOT NULL DEFAULT 1, result TEXT NOT NULL, processed_at TEXT);
CREATE TABLE IF NOT EXISTS says (hash TEXT PRIMARY KEY, id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS versions (correlation TEXT PRIMARY KEY, version INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message on its way out.

    Attributes:
        payload: what was signed; `None` for a body that was made by hand.
        sha256: hex, of the payload, or of that body.
    """

    id: MessageId
    type: str
    lane: Lane
    sha256: str
    payload: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """The hub's receipt or refusal of a message we sent.

    Attributes:
        id: of the answer itself: the same over every resend.
        reference: the `correlationid` to use from now on.
        content: the whole event, JSON values under wire names.
    """

    id: UUID
    accepted: bool
    sha256: str
    code: str | None
    fields: tuple[str, ...]
    reference: UUID | None
    content: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Noted:
    """What the books say of a message that came in.

    Attributes:
        fresh: it was not processed yet.
        current: on its case, nothing with a higher `zaakversie` came before.
    """

    fresh: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Account:
    """The sum of the books.

    Attributes:
        sent, received: distinct ids; deliveries count every confirmed publish, and every arrival.
        confirmations: `verwerkt` that nobody refused; they get no receipt.
        unanswered: sent, and without a receipt or refusal.
    """

    sent: int
    sent_deliveries: int
    accepted: int
    refused: int
    confirmations: int
    unanswered: int
    received: int
    received_deliveries: int
    receipts: int
    refusals: int
    unreadable: int
    unprocessed: int


class Books:
    """Open with `with`; the file is made when it is not there."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._db = sqlite3.connect(self._file, timeout=10, isolation_level=None)

    def __enter__(self) -> Self:
        self._file.chmod(0o600)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    # --- sent ---------------------------------------------------------------------------------------------------------

    def write(self, letter: Letter, now: datetime) -> None:
        """Before it is published."""
        values = (str(letter.id), letter.type, letter.lane.value, letter.sha256, letter.payload, moment_text(now))
        self._db.execute("INSERT INTO sent (id, type, lane, sha256, payload, at) VALUES (?, ?, ?, ?, ?, ?)", values)

    def published(self, id_: UUID) -> None:
        """The broker has confirmed one copy."""
        self._db.execute("UPDATE sent SET copies = copies + 1 WHERE id = ?", (str(id_),))

    def letter(self, id_: UUID) -> Letter | None:
        """What was sent under this id, while its payload is kept."""
        query = "SELECT type, lane, sha256, payload FROM sent WHERE id = ? AND payload IS NOT NULL"
        row = self._db.execute(query, (str(id_),)).fetchone()
        return row and Letter(MessageId(id_), row[0], Lane(row[1]), row[2], row[3])

    def lane(self, id_: UUID) -> Lane:
        """The lane of a message that was written down."""
        return Lane(self._db.execute("SELECT lane FROM sent WHERE id = ?", (str(id_),)).fetchone()[0])

    def answer(self, id_: UUID) -> Answer | None:
        row = self._db.execute("SELECT answer FROM sent WHERE id = ? AND answer IS NOT NULL", (str(id_),)).fetchone()
        return row and _answer(json.loads(row[0]))

    def unanswered(self) -> list[MessageId]:
        """Ids still without a receipt or refusal, oldest first; `verwerkt` is never answered unless it is refused."""
        query = "SELECT id FROM sent WHERE answer IS NULL AND type <> ? ORDER BY rowid"
        return [MessageId(UUID(row[0])) for row in self._db.execute(query, (PROCESSED,))]

    def copies_sent(self, id_: UUID) -> int:
        row = self._db.execute("SELECT copies FROM sent WHERE id = ?", (str(id_),)).fetchone()
        return int(row[0]) if row else 0

    def forget(self, now: datetime) -> None:
        """Drop the payload of answered messages that were sent over 7 days ago; the line stays."""
        query = "UPDATE sent SET payload = NULL WHERE payload IS NOT NULL AND answer IS NOT NULL AND at < ?"
        self._db.execute(query, (moment_text(now - KEEP),))

    # --- received -----------------------------------------------------------------------------------------------------

    def note(self, message: Received, now: datetime) -> Noted:
        """Write down a message that came in; an answer is put beside what it answers.

        What comes under an id that is known is known, also with other bytes: a hub whose database was restored says
        again what it had said, with other moments in it. And what says the very same of a case, or in answer to the
        same, under another id is known: the hub made it again, as it had lapsed unread.
        """
        with self._transaction():
            seen = self._seen(message)
            if seen is None:
                self._insert(message, now)
                seen = Noted(self._says_something_new(message, now), self._advance(message))
                self._db.execute("UPDATE received SET current = ? WHERE id = ?", (seen.current, str(message.id)))
                self._settle(message, now)
            return seen

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else with these books writes meanwhile: for what stands beside them."""
        with self._transaction():
            yield

    def processed(self, id_: UUID, now: datetime) -> None:
        """From here on the message is not processed again."""
        self._db.execute("UPDATE received SET processed_at = ? WHERE id = ?", (moment_text(now), str(id_)))

    def unreadable(self, id_: UUID, sha256: str, result: Result, now: datetime) -> None:
        """Write down a message that could not be taken; one with that id that can be takes its place."""
        query = """INSERT INTO received (id, sha256, at, result) VALUES (?, ?, ?, ?)
                   ON CONFLICT (id) DO UPDATE SET copies = copies + 1"""
        self._db.execute(query, (str(id_), sha256, moment_text(now), result.value))

    def copies_received(self, id_: UUID) -> int:
        row = self._db.execute("SELECT copies FROM received WHERE id = ?", (str(id_),)).fetchone()
        return int(row[0]) if row else 0

    def account(self) -> Account:
        return Account(**self._sent_account(), **self._received_account())

    # ------------------------------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _seen(self, message: Received) -> Noted | None:
        query = "SELECT processed_at, current FROM received WHERE id = ? AND result = ?"
        row = self._db.execute(query, (str(message.id), Result.STORED.value)).fetchone()
        if row is None:
            return None
        self._db.execute("UPDATE received SET copies = copies + 1 WHERE id = ?", (str(message.id),))
        return Noted(row[0] is None, bool(row[1]))

    def _insert(self, message: Received, now: datetime) -> None:
        query = """INSERT INTO received (id, type, sha256, at, result) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (id) DO UPDATE SET copies = copies + 1,
                       type = excluded.type, sha256 = excluded.sha256, result = excluded.result"""
        values = (str(message.id), message.type, message.sha256, moment_text(now), Result.STORED.value)
        self._db.execute(query, values)

    def _says_something_new(self, message: Received, now: datetime) -> bool:
        """Under whichever id; what does not is processed with the one that said it first."""
        if message.version is None and message.event.causationid is None:
            return True
        said = message.type, str(message.event.correlationid), str(message.event.causationid), message.data
        hash_ = sha256_hex(canonical_json(said))
        self._db.execute("INSERT OR IGNORE INTO says (hash, id) VALUES (?, ?)", (hash_, str(message.id)))
        (first,) = self._db.execute("SELECT id FROM says WHERE hash = ?", (hash_,)).fetchone()
        if first != str(message.id):
            self.processed(message.id, now)
        return bool(first == str(message.id))

    def _advance(self, message: Received) -> bool:
        """Whether this is the newest word on its case; off a case everything is."""
        if message.version is None or message.event.correlationid is None:
            return True
        query = """INSERT INTO versions (correlation, version) VALUES (?, ?) ON CONFLICT (correlation)
                   DO UPDATE SET version = excluded.version WHERE excluded.version >= version"""
        return self._db.execute(query, (str(message.event.correlationid), message.version)).rowcount == 1

    def _settle(self, message: Received, now: datetime) -> None:
        """Put an answer beside what it answers, if it speaks of what we sent: same id, same content."""
        if message.type not in (RECEIPT, REFUSAL):
            return
        content = "1" if message.data.get("hashVan") == HashOf.BODY else "sha256 = :sha256"
        query = f"UPDATE sent SET answer = :answer, answered_at = :now WHERE id = :id AND answer IS NULL AND {content}"  # noqa: S608
        for about in _apart(message.content):
            named = {"id": about["data"].get("bericht"), "sha256": about["data"]["sha256"]}
            self._db.execute(query, {"answer": json.dumps(about), "now": moment_text(now), **named})

    def _sent_account(self) -> dict[str, int]:
        kind = "json_extract(answer, '$.type')"
        query = f"""SELECT count(*), total(copies), total({kind} = :receipt), total({kind} = :refusal),
                    total(type = :processed AND answer IS NULL), total(answer IS NULL AND type <> :processed)
                    FROM sent WHERE copies > 0"""  # noqa: S608
        row = self._db.execute(query, {"receipt": RECEIPT, "refusal": REFUSAL, "processed": PROCESSED}).fetchone()
        names = ("sent", "sent_deliveries", "accepted", "refused", "confirmations", "unanswered")
        return dict(zip(names, map(int, row), strict=True))

    def _received_account(self) -> dict[str, int]:
        query = """SELECT count(*), total(copies), total(type = :receipt), total(type = :refusal),
                   total(result <> :stored), total(result = :stored AND processed_at IS NULL) FROM received"""
        values = {"receipt": RECEIPT, "refusal": REFUSAL, "stored": Result.STORED.value}
        names = ("received", "received_deliveries", "receipts", "refusals", "unreadable", "unprocessed")
        return dict(zip(names, map(int, self._db.execute(query, values).fetchone()), strict=True))


def _apart(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What it says of each message that it answers: a refusal may speak of many."""
    data = {name: value for name, value in answer["data"].items() if name != "ookGeweigerd"}
    yield answer | {"data": data}
    unnamed = {name: value for name, value in data.items() if name != "bericht"}
    for other in answer["data"].get("ookGeweigerd", ()):
        yield answer | {"data": unnamed | other}


def _answer(content: dict[str, Any]) -> Answer:
    data = content["data"]
    reference = data.get("referentie")
    return Answer(
        id=UUID(content["id"]),
        accepted=content["type"] == RECEIPT,
        sha256=data["sha256"],
        code=data.get("code"),
        fields=tuple(data.get("velden", ())),
        reference=UUID(reference) if reference else None,
        content=content,
    )
