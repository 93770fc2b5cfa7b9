"""The tables. Every constraint says which promise it keeps; no column holds content in the clear (P7).

Times are the database's. `text` codes are the wire's words, so that an operator who looks sees what a partner sees.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

REVISION = "0029"
"""The migration that makes these tables: what this code needs to find in the database."""

ABOUT_HUB_KEYS = "type = 'nl.ketenhub.verwerking.hubsleutel.v1'"
"""Of the outbox: what partners are told of the hub's own keys."""

NO_MESSAGE = "code in ('envelop-ongeldig', 'te-groot', 'json-ongeldig')"
"""Of the inbox: bodies that could not be opened, verified or parsed."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(constraint_name)s",
    }
)
_WHEN = DateTime(timezone=True)

directory = Table(
    "directory",
    metadata,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("document", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("at", _WHEN, nullable=False, server_default=text("now()")),
)
"""Every version of partners and regions; the newest is named by `directory_head`."""

directory_head = Table(
    "directory_head",
    metadata,
    Column("one", Boolean, primary_key=True, server_default=text("true")),
    Column("version", BigInteger, nullable=False),
    Column("period_chain", Text),
    Column("period_step", BigInteger),
    Column("period_since", _WHEN),
    CheckConstraint("one", name="directory_head_one_row"),
)
"""One row, held FOR SHARE by each batch: a key that is revoked counts for nothing committed after, and nothing is
wrapped under a period that was over before. Which period it is, never its key; null until the first start."""

clock = Table(
    "clock",
    metadata,
    Column("one", Boolean, primary_key=True, server_default=text("true")),
    Column("believed", _WHEN, nullable=False),
    CheckConstraint("one", name="clock_one_row"),
)
"""One row, or none yet: the newest moment that a process believed. Time does not go back behind it."""

schema_floor = Table(
    "schema_floor",
    metadata,
    Column("one", Boolean, primary_key=True, server_default=text("true")),
    Column("revision", Text, nullable=False),
    CheckConstraint("one", name="schema_floor_one_row"),
)
"""One row, or none while nothing was ever contracted: the oldest revision whose code may still run on these tables."""

machine = Table(
    "machine",
    metadata,
    Column("host", Text, primary_key=True),
    Column("home", Text, primary_key=True),
    Column("key_ids", JSONB, nullable=False),
    Column("at", _WHEN, nullable=False),
)
"""Which keys of the hub each machine has, by kind: their ids. No new key is used before every one has it."""

recovery = Table(
    "recovery",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("database", Uuid, nullable=False),
    Column("at", _WHEN, nullable=False),
    Column("until", _WHEN, nullable=False),
    Column("what", Text, nullable=False),
    Column("instead", Uuid),
    Column("missed", Text),
    Column("missed_directory", BigInteger),
    Column("missed_keys", JSONB),
)
"""The database's own id from its first use (0) and from each `ketenhub recover`, with how long that lasts; the newest
counts. `instead`: that of the database which the operator's machine had seen; `missed`: what a process saw committed
and does not find; with the newest directory that any of those saw, and the hub's keys in it."""

inbox = Table(
    "inbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("partner", Text, nullable=False),
    Column("message", Uuid),
    Column("content_hash", Text, nullable=False),
    Column("opened", Boolean, nullable=False),
    Column("claims_id", Boolean, nullable=False),
    Column("lane", Text, nullable=False),
    Column("received_at", _WHEN, nullable=False),
    Column("type", Text),
    Column("fate", Text, nullable=False),
    Column("decided_at", _WHEN),
    Column("code", Text),
    Column("fields", JSONB, nullable=False),
    Column("found", JSONB, nullable=False, server_default=text("'[]'")),
    Column("answer", Uuid),
    Column("reference", Uuid),
    Column("case", Uuid),
    Column("directory_version", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("journal_hash", Text, nullable=False),
    Column("deliveries", Integer, nullable=False),
    # Null only where an older version decided one content of an organisation twice: the first of these has it.
    Column("organisation", Text),
    Column("remarks", JSONB, nullable=False, server_default=text("'[]'")),
    # A refusal of many bodies that became no message: the first has the answer and names the others, they name it.
    Column("also", JSONB, nullable=False, server_default=text("'[]'")),
    Column("answered_with", Uuid),
    # P2: the same message of an organisation is one row, however often and by whichever of its connections it comes.
    Index("uq_inbox_organisation_content", "organisation", "content_hash", unique=True),
    # P2: an id belongs to the first content of the organisation that came under it.
    Index("uq_inbox_organisation_id", "organisation", "message", unique=True, postgresql_where=text("claims_id")),
    # For the version before, which looks by connection: they go a release later.
    Index("uq_inbox_content", "partner", "content_hash", unique=True),
    Index("uq_inbox_id", "partner", "message", unique=True, postgresql_where=text("claims_id")),
    Index("ix_inbox_unreadable", "received_at", postgresql_where=text(NO_MESSAGE)),
    Index("ix_inbox_undecided", "received_at", postgresql_where=text("fate in ('opnieuw', 'quarantaine')")),
    Index(
        "ix_inbox_undecided_id",
        "organisation",
        "message",
        postgresql_where=text("fate in ('opnieuw', 'quarantaine')"),
    ),
)

journal = Table(
    "journal",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("inbox", Uuid, nullable=False, index=True),
    Column("at", _WHEN, nullable=False),
    Column("partner", Text, nullable=False),
    Column("message", Uuid),
    Column("content_hash", Text, nullable=False),
    Column("fate", Text, nullable=False),
    Column("code", Text),
    Column("case", Uuid),
    Column("hash", Text, nullable=False),
)
"""Each fate of each distinct delivery, only ever added to (P5, P10)."""

batch = Table(
    "batch",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", _WHEN, nullable=False),
    Column("worker", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("deliveries", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
)
"""How many deliveries each commit was given: counted apart from what became of them (P5). By its row a commit is known
again, see `memory.py`."""

cases = Table(
    "cases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("holder", Text),
    # Text, as written: jsonb sorts keys, and the order of reports and handovers is that in which they came.
    Column("document", Text, nullable=False),
    # P3: an open case has a holder, a closed one has none.
    CheckConstraint("(state = 'open') = (holder is not null)", name="cases_one_holder"),
    Index("ix_cases_open", "id", postgresql_where=text("state = 'open'")),
    Index("ix_cases_holder", "holder", postgresql_where=text("state = 'open'")),
)

case_event = Table(
    "case_event",
    metadata,
    Column("case", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", _WHEN, nullable=False),
    Column("kind", Text, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("inbox", Uuid),
)
"""The responsibility register: the primary key lets each version of a case happen once (P3), and a trigger none before
the one it follows (migration 0008)."""

reference = Table(
    "reference",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case", Uuid, nullable=False),
)
"""What parties call a case: the case's own id, or a report's."""

gone = Table(
    "gone",
    metadata,
    Column("number", Uuid, primary_key=True),
    Column("case", Uuid, primary_key=True),
    Column("to", Uuid, nullable=False),
)
"""What went from a case to another with its report, by the number that a partner gave it; others may give the same."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("seq", BigInteger, Identity(always=True), nullable=False),
    Column("partner", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("ciphertext", LargeBinary),
    Column("wrapped_key", LargeBinary),
    Column("key_id", Text, nullable=False),
    Column("created", _WHEN, nullable=False),
    Column("expires", _WHEN, nullable=False),
    Column("owes_confirmation", Boolean, nullable=False),
    Column("case", Uuid),
    Column("about", Uuid),
    Column("origin", Uuid, index=True),
    Column("attempts", Integer, nullable=False),
    Column("next_at", _WHEN),
    Column("published_at", _WHEN),
    Column("delivered_at", _WHEN),
    Column("result", Text),
    Column("lack", Text),
    Column("reissue", Integer, nullable=False, server_default=text("0")),
    Column("replaced_by", Uuid),
    Column("sent", Integer, nullable=False, server_default=text("0")),
    Column("place", BigInteger),
    Column("seen", Boolean, nullable=False, server_default=text("false")),
    Column("alarm", Text),
    Column("behind", Uuid),
    # For what a wrong clock put off, whoever it is for (`mending.py`).
    Index("ix_outbox_due", "lane", "next_at", postgresql_where=text("next_at is not null")),
    Index("ix_outbox_partner", "partner", "lane", "next_at", postgresql_where=text("next_at is not null")),
    Index(
        "ix_outbox_to_send",
        "partner",
        "lane",
        "next_at",
        postgresql_where=text("next_at is not null and place is null and behind is null"),
    ),
    Index(
        "ix_outbox_place",
        "partner",
        "lane",
        "place",
        postgresql_where=text("next_at is not null and place is not null"),
    ),
    Index("ix_outbox_alarm", "alarm", "partner", postgresql_where=text("next_at is not null and alarm is not null")),
    Index("ix_outbox_behind", "behind", postgresql_where=text("next_at is not null and behind is not null")),
    Index("ix_outbox_alarms", "created", postgresql_where=text("origin is null")),
    Index("ix_outbox_expires", "expires", postgresql_where=text("next_at is not null and owes_confirmation")),
    Index("ix_outbox_hub_key", "about", postgresql_where=text(ABOUT_HUB_KEYS)),
    Index("ix_outbox_lack", "lack", postgresql_where=text("lack is not null")),
    Index("ix_outbox_key", "key_id", postgresql_where=text("next_at is not null")),
)
"""What is to reach a partner. `next_at` is when the next publish is due: a lease while somebody has it. `lack`: for
want of what it could not be made ready. `key_id`: the label of what its content is wrapped under, here and below
(`hub/store/periods.py`). Once published (`sent` times), and until it is to be sent again: its `place` among all that
was published to its queue, and whether it was `seen` to lie there at the last look; `next_at` is then when to look
again (`hub/store/unread.py`). `alarm`: of which run of which term it is a round; `behind`: the one before it, which is
unread."""

queue = Table(
    "queue",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("lane", Text, primary_key=True),
    Column("published", BigInteger, nullable=False),
)
"""How many messages were ever published to each queue, receipts and copies too: what `outbox.place` counts."""

held = Table(
    "held",
    metadata,
    Column("case", Uuid, primary_key=True),
    Column("handover", Uuid, primary_key=True, index=True),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("wrapped_key", LargeBinary, nullable=False),
    Column("key_id", Text, nullable=False, index=True),
    Column("expires", _WHEN, nullable=False, index=True),
)
"""The full part of an offer, until a yes, its end, or `expires`."""

stored_delivery = Table(
    "stored_delivery",
    metadata,
    Column("inbox", Uuid, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("wrapped_key", LargeBinary),
    Column("key_id", Text, nullable=False, server_default=text("''"), index=True),
    Column("message_id", Text),
    Column("user_id", Text),
    Column("content_type", Text),
    Column("traceparent", Text),
    Column("code", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", _WHEN, index=True),
    Column("dead", Boolean, nullable=False),
    Column("delay_told_at", _WHEN),
    Column("note", Text),
    # One that the version before stored is taken for routine until it has been tried again.
    Column("lane", Text, nullable=False, server_default=text("'regulier'")),
    Column("lack", Text),
    Column("taken_at", _WHEN),
    Column("partner", Text, nullable=False, server_default=text("''")),
    Column("awaits", Uuid),
    Column("woken", Boolean, nullable=False, server_default=text("false")),
    # For the version before, which looks by lane only: it goes a release later.
    Index("ix_stored_delivery_due", "lane", "next_at", postgresql_where=text("next_at is not null")),
    Index("ix_stored_delivery_turn", "lane", "partner", "next_at", postgresql_where=text("next_at is not null")),
    Index("ix_stored_delivery_awaits", "awaits", postgresql_where=text("awaits is not null")),
    Index("ix_stored_delivery_lack", "lack", "lane", "next_at", postgresql_where=text("lack is not null")),
    Index("ix_stored_delivery_untold", "inbox", postgresql_where=text("delay_told_at is null and not dead")),
)
"""The bytes, sealed as they came and encrypted once more, of a delivery in retry or (`next_at` null) in quarantine;
without `wrapped_key` as they came, which versions before 0017 kept. `lack`: what it waits for, if that is nothing of
its own; `taken_at`: since when somebody has it in hand; `awaits`: the message, or the name of a case, whose coming
makes it due at once, and `woken`: it has, since it was taken last."""

lack = Table(
    "lack",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("since", _WHEN, nullable=False),
    Column("until", _WHEN, nullable=False),
    Column("probe_at", _WHEN, nullable=False),
    Column("mended", Boolean, nullable=False, server_default=text("false")),
    Column("said", Boolean, nullable=False, server_default=text("false")),
)
"""What the surroundings lack now, for which messages wait: see `lacks.py`."""

attempt = Table(
    "attempt",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("body_hash", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("at", _WHEN, nullable=False, index=True),
)
"""Counted before a body that may have killed a worker is opened again."""

timer = Table(
    "timer",
    metadata,
    Column("case", Uuid, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("about", Uuid, primary_key=True),
    Column("due", _WHEN, nullable=False, index=True),
    Column("round", Integer, nullable=False, server_default=text("0")),
    Column("lease_until", _WHEN),
    # One that the version before stored is taken for routine until it fires.
    Column("lane", Text, nullable=False, server_default=text("'regulier'")),
    Index("ix_timer_overdue", "due", postgresql_where=text("round > 0")),
    Index("ix_timer_lane", "lane", "due"),
)
"""A term that runs: `due` is when it fires next, `round` how often it has alarmed, `lane` that of what it is about;
what meets it removes it."""

radar_lock = Table("radar_lock", metadata, Column("pseudonym", LargeBinary, primary_key=True))
"""A row for each pseudonym that a batch works with at this moment: what nobody has reported yet has to be locked too.
It goes in the transaction that made it."""

radar_entry = Table(
    "radar_entry",
    metadata,
    # A pseudonym has one ground: the ground is part of what it is made of.
    Column("pseudonym", LargeBinary, primary_key=True),
    Column("report", Uuid, primary_key=True),
    Column("ground", Text, nullable=False),
    Column("joins", Boolean, nullable=False),
    Column("reporter", Text, nullable=False),
    Column("at", _WHEN, nullable=False),
    Column("expires", _WHEN, nullable=False, index=True),
    Column("key_id", Text, nullable=False, index=True),
    # By the same key, beside the same number only (decision 41); empty where it says nothing.
    Column("traits", LargeBinary, nullable=False, server_default=text("''")),
    Index("ix_radar_entry_report", "report"),
)
"""Who reported on whom, by keyed pseudonym. The case is found through `reference`: a report may change cases."""

counts = Table(
    "counts",
    metadata,
    Column("month", Text, primary_key=True),
    Column("region", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("role", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("within", Text, primary_key=True),
    Column("worker", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""What a region reports: numbers only, nothing per case. Each worker has rows of its own, so that none waits for
another's commit; who reads adds them up."""

lapsed = Table(
    "lapsed",
    metadata,
    Column("partner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""What the account would miss of rows whose term is over (P5, P7): numbers only, see `traffic.py`."""

deletion = Table(
    "deletion",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("since", _WHEN, nullable=False),
    Column("number", BigInteger, nullable=False),
)
"""How many rows of each table have gone since its day began, so that no more go than may: see `pace.py`."""

ended_month = Table(
    "ended_month",
    metadata,
    Column("name", Text, primary_key=True),
    Column("since", _WHEN),
    Column("until", _WHEN, nullable=False),
    Column("detached_at", _WHEN, nullable=False),
)
"""Months that were taken out of the processing log and are not dropped yet: see `partitions.py`."""

upkeep = Table(
    "upkeep",
    metadata,
    Column("one", Boolean, primary_key=True, server_default=text("true")),
    Column("epoch", BigInteger, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("leader", Text),
    Column("yields", Boolean, nullable=False),
    CheckConstraint("one", name="upkeep_one_row"),
)
"""Which worker keeps house: see `hub/store/upkeep.py`."""

operator_act = Table(
    "operator_act",
    metadata,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("at", _WHEN, nullable=False, index=True),
    Column("os_user", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("origin", Text),
    Column("command", Text, nullable=False),
    Column("ids", JSONB, nullable=False),
    Column("reason", Text),
    Column("reference", Text),
    Column("code", Text),
    Column("shown", BigInteger),
    CheckConstraint("(reason is null) = (reference is null)", name="operator_act_whole_reason"),
)
"""What operators did and looked at, who and why; kept as long as the processing log. Never what they saw."""

processing_log = Table(
    "processing_log",
    metadata,
    # No key: PostgreSQL keeps one over months only with `at` in it. No identity: before 17 it has none over months.
    Column("seq", BigInteger, nullable=False, server_default=text("nextval('processing_log_number')")),
    Column("partner", Text, nullable=False),
    Column("trace_id", Text, nullable=False),
    Column("span_id", Text, nullable=False),
    Column("parent_span_id", Text),
    Column("name", Text, nullable=False),
    Column("at", _WHEN, nullable=False, index=True),
    Column("attributes", JSONB, nullable=False),
    postgresql_partition_by="RANGE (at)",
)
"""Who got data about whom (a pseudonym) on which ground, apart from all else and kept for a term of its own. A table
for each month: see `partitions.py`."""
