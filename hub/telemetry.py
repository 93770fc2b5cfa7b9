"""Every event the hub logs, declared once: its name, what it means, and the only fields it may have.

What is logged is ids, codes, sizes and times, never content (P8). `hub/ops/logging.py` drops every field that is not
declared here, and every value that has not the shape of its field; it counts what it dropped in `dropped`.

    log = structlog.get_logger()
    log.info(LogEvent.BATCH_COMMITTED, messages=64, accepted=63, rejected=1, seconds=0.012)

Adding an event is adding a member here. Adding a field is giving it a shape here too.
"""

from enum import Enum, StrEnum, auto
from typing import Self


class Shape(Enum):
    """What the value of a field must look like."""

    ID = auto()
    """A UUID."""
    NAME = auto()
    """A partner, worker, queue, code or place in the code: 1 to 100 of letters, digits and `. _ : -`."""
    TYPE = auto()
    """A wire type that the routing table knows: an unknown one is a sender's free text."""
    COUNT = auto()
    """A whole number, 0 or more."""
    NUMBER = auto()
    """A whole number, such as the exit code of a process that a signal ended (below 0)."""
    SECONDS = auto()
    """A length of time, as a number of seconds or a `timedelta`."""
    MOMENT = auto()
    """An aware `datetime`."""
    POINTERS = auto()
    """JSON pointers (RFC 6901) as a schema names them."""
    REMARK = auto()
    """A constant of the code, in a few plain words: which rule failed."""


FIELDS = {
    # context, bound once and on every line below it
    "partner": Shape.NAME,
    "message": Shape.ID,
    "case": Shape.ID,
    "lane": Shape.NAME,
    "worker": Shape.NAME,
    # everything else
    "about": Shape.NAME,
    "accepted": Shape.COUNT,
    "again_at": Shape.MOMENT,
    "at": Shape.NAME,
    "attached": Shape.COUNT,
    "attempt": Shape.COUNT,
    "bytes": Shape.COUNT,
    "code": Shape.NAME,
    "detail": Shape.REMARK,
    "duplicates": Shape.COUNT,
    "ended": Shape.COUNT,
    "exit_code": Shape.NUMBER,
    "fields": Shape.POINTERS,
    "freed": Shape.COUNT,
    "logger": Shape.NAME,
    "made": Shape.COUNT,
    "messages": Shape.COUNT,
    "pid": Shape.COUNT,
    "quarantined": Shape.COUNT,
    "queue": Shape.NAME,
    "recipient": Shape.NAME,
    "rejected": Shape.COUNT,
    "result": Shape.NAME,
    "retried": Shape.COUNT,
    "round": Shape.COUNT,
    "rows": Shape.COUNT,
    "rule": Shape.NAME,
    "seconds": Shape.SECONDS,
    "since": Shape.MOMENT,
    "term": Shape.NAME,
    "times": Shape.COUNT,
    "type": Shape.TYPE,
    "unfinished": Shape.COUNT,
    "version": Shape.COUNT,
    "workers": Shape.COUNT,
}
"""Every field of every event. An exception adds fields of its own: see `hub/ops/faults.py`."""

CONTEXT = frozenset({"partner", "message", "case", "lane", "worker"})
"""Fields that any event may have, because they are bound around it."""


class LogEvent(StrEnum):
    """A member is the event's name; `meaning` and `fields` say the rest."""

    meaning: str
    fields: frozenset[str]

    def __new__(cls, name: str, meaning: str, *fields: str) -> Self:
        event = str.__new__(cls, name)
        event._value_ = name
        event.meaning = meaning
        event.fields = frozenset(fields)
        return event

    # the process
    HUB_STARTED = "hub_started", "The hub runs, with so many workers.", "workers", "pid"
    WORKER_STARTED = "worker_started", "A worker takes messages.", "pid"
    WORKER_UNREADY = "worker_unready", "A worker cannot do its work, for this reason.", "code"
    WORKER_READY = "worker_ready", "The reason for which a worker could not do its work is over.", "code", "seconds"
    WORKER_DIED = "worker_died", "A worker process ended by itself; it is started again.", "exit_code", "pid"
    WORKER_HANGS = "worker_hangs", "A worker process gives no sign of life: it is killed, and started again.", "pid"
    SERVER_DIED = (
        "server_died",
        "A private server ended by itself; it is started again, after a pause that grows.",
        "about",
        "exit_code",
        "pid",
    )
    SHUTDOWN_BEGUN = "shutdown_begun", "No new messages are taken; those in hand are finished."
    SHUTDOWN_DONE = "shutdown_done", "Ended; what is unfinished was left unacknowledged.", "seconds", "unfinished"
    CRASH_POINT_SET = (
        "crash_point_set",
        "TEST_KETENHUB_CRASH_AT is set: this process kills itself at that point. For tests only.",
        "at",
    )
    CRASH_POINT = "crash_point", "The crash point that was asked for is reached; the process ends here.", "at"
    CRASHED = "crashed", "An exception that nobody caught ended a task, a thread or the process.", "at"
    # messages in
    BATCH_COMMITTED = (
        "batch_committed",
        "One transaction is committed; its deliveries are acknowledged next.",
        "messages",
        "accepted",
        "rejected",
        "retried",
        "quarantined",
        "duplicates",
        "seconds",
    )
    BATCH_RERUN = "batch_rerun", "A deadlock or version clash: the batch runs again.", "attempt"
    BATCH_WITHOUT_LOCKED = (
        "batch_without_locked",
        "Another session of the database holds what a message needs: the batch is decided without waiting for that.",
        "messages",
        "about",
    )
    BATCH_HALVED = "batch_halved", "The database refused a batch: it is halved to find the culprit.", "messages"
    MESSAGE_ACCEPTED = "message_accepted", "Committed; the receipt goes out.", "type", "rule"
    MESSAGE_REJECTED = "message_rejected", "The sender is told why.", "type", "code", "fields"
    BODIES_REFUSED = (
        "bodies_refused",
        "Many bodies of a sender that became no message: so many are refused in one answer, which names each.",
        "code",
        "messages",
    )
    ENVELOPES_FAIL = (
        "envelopes_fail",
        "What a sender sends cannot be opened, so many times within a minute: look at its keys and call it.",
        "messages",
    )
    ENVELOPES_OPEN = (
        "envelopes_open",
        "After so many in a row that could not be opened, what a sender sends opens again.",
        "messages",
    )
    MESSAGE_RETRIED = (
        "message_retried",
        "Our fault, or an early step: kept and tried again.",
        "code",
        "attempt",
        "again_at",
    )
    REGION_ASSUMED = (
        "region_assumed",
        "An acute message said nothing of its region that the hub knows: the sender's first.",
    )
    MESSAGE_QUARANTINED = "message_quarantined", "Kept for an operator, who must act.", "code", "attempt", "bytes"
    MESSAGE_ALONE = "message_alone", "It came again after it may have killed a worker: handled alone.", "attempt"
    LANE_MISMATCH = "lane_mismatch", "Published to the queue of the other lane than it says; it says rightly.", "queue"
    DELAY_TOLD = "delay_told", "Undecided too long: its sender gets vertraagd.", "since"
    QUARANTINE_FULL = "quarantine_full", "A partner's quota is used up; older bodies are dropped, hashes stay.", "bytes"
    QUARANTINE_RELEASED = (
        "quarantine_released",
        "What was in quarantine for want of what the surroundings lacked is tried again, as it should have been.",
        "messages",
    )
    MESSAGE_REPLAYED = "message_replayed", "An operator had a quarantined message tried again."
    MESSAGE_DISCARDED = "message_discarded", "An operator gave up a quarantined message; its sender is told.", "code"
    # what the surroundings lack
    LACK_BEGUN = (
        "lack_begun",
        "Something is not here that messages need; they wait until it is. Said once: see `status`.",
        "code",
        "about",
    )
    LACK_ENDED = "lack_ended", "It is here again, and nothing waits for it any more.", "code", "about", "seconds"
    # messages out
    ANSWER_WAITS = "answer_waits", "A known message is counted; its answer goes out when it comes again.", "code"
    OUTGOING_PUBLISHED = "outgoing_published", "Confirmed by the broker.", "messages"
    OUTGOING_RETURNED = (
        "outgoing_returned",
        "Taken out of the queue of a partner that is closing, unread: its successor gets what still counts.",
        "messages",
    )
    OUTGOING_MOVED = "outgoing_moved", "What waits for a partner goes to its successor.", "messages", "recipient"
    OUTGOING_UNCONFIRMED = "outgoing_unconfirmed", "No confirm: counts as not sent.", "recipient", "attempt", "code"
    OUTGOING_OVER = (
        "outgoing_over",
        "No answer until an offer lapsed, and it is over: it is not said again; look at that partner.",
        "recipient",
        "type",
        "since",
    )
    OUTGOING_REISSUED = (
        "outgoing_reissued",
        "No answer until the message lapsed: the same goes out under a new id; look at that partner.",
        "recipient",
        "type",
        "since",
        "times",
    )
    READER_AWAY = (
        "reader_away",
        "Messages lie unread in a partner's queue: they are not sent again meanwhile.",
        "recipient",
        "messages",
    )
    QUEUES_NOT_COUNTED = (
        "queues_not_counted",
        "The management API does not say what lies in queues: they are asked themselves, and know less.",
        "code",
    )
    READER_BACK = "reader_back", "What lay unread in a partner's queue has been confirmed.", "recipient"
    OUTGOING_UNANSWERED = (
        "outgoing_unanswered",
        "A partner's system took it and sent no verwerkt: sent again.",
        "recipient",
        "type",
        "since",
        "attempt",
    )
    DELIVERY_FAILED = (
        "delivery_failed",
        "The receiver's system cannot take it: an operator must act.",
        "recipient",
        "result",
    )
    PARTNER_BLOCKED = (
        "partner_blocked",
        "Publishing to a partner fails: it waits by itself.",
        "recipient",
        "again_at",
        "code",
    )
    PARTNER_UNBLOCKED = "partner_unblocked", "Publishing to the partner works again.", "recipient"
    PERIOD_BEGUN = "period_begun", "Content is wrapped under the key of the next period from now on.", "version"
    PERIOD_KEY_DESTROYED = (
        "period_key_destroyed",
        "This machine has no key of an earlier period any more: what was under it opens nowhere.",
    )
    PERIOD_KEY_STAYS = (
        "period_key_stays",
        "The file of the period key could not be written: the key of a period that is over is there still.",
        "code",
    )
    PERIODS_FAILED = (
        "periods_failed",
        "What waits was not wrapped anew, or the next period not begun: again soon.",
        "code",
    )
    RESENDING_FAILED = (
        "resending_failed",
        "It was not judged which messages are to be sent again: at the next look.",
        "code",
    )
    CONTENT_REWRAPPED = "content_rewrapped", "What waits was wrapped under the key of the period in use.", "rows"
    CONTENT_STAYS = (
        "content_stays",
        "What waits could not be wrapped anew, for want of a key: tried again.",
        "code",
    )
    CONTENT_DAMAGED = "content_damaged", "What waits does not open with its own key.", "code"
    CONTENT_GONE = "content_gone", "What waited opens no more; it awaits that its sender sends it again.", "rows"
    CONTENT_FILLED = (
        "content_filled",
        "What opened no more is here again: the message that it came of was sent again.",
        "rows",
    )
    CONTENT_GIVEN_UP = "content_given_up", "An operator waits no longer for what opens no more.", "rows"
    CONTENT_NOT_FILLED = (
        "content_not_filled",
        "A message that was sent again does not lead to what it led to: what opens no more stays so.",
        "code",
    )
    PAYLOAD_DESTROYED = "payload_destroyed", "Delivered payload and its keys are gone."
    # time
    CLOCK_DOUBTED = (
        "clock_doubted",
        "The clock may be wrong, for this reason: nothing is refused, ended or deleted by time meanwhile.",
        "code",
    )
    PUT_RIGHT = (
        "put_right",
        "A wrong clock had put so many rows further off than anything is ever put off; they are due by the right one.",
        "rows",
    )
    CLOCK_BELIEVED = "clock_believed", "The clocks have agreed for a while: what goes by time goes on."
    TERM_REMINDED = "term_reminded", "A term is near: whoever must act is reminded.", "term"
    TERM_OVERDUE = (
        "term_overdue",
        "A term has passed and nobody acted: whoever must act, and the holder, are told.",
        "term",
        "round",
        "since",
    )
    TERM_FAILED = "term_failed", "An alarm could not be made; it is tried again.", "term", "code"
    UPKEEP_BEGUN = "upkeep_begun", "This worker keeps house from now on; `version` counts who did.", "version"
    UPKEEP_TAKEN = "upkeep_taken", "Another worker keeps house by now; this one has stopped it.", "version"
    UPKEEP_FAILED = "upkeep_failed", "The database refused to say who keeps house; nobody may. Said once.", "code"
    MONTHS_TURNED = (
        "months_turned",
        "Months of the processing log were made, taken out, dropped a day later, or put back; `gave-way` comes again.",
        "made",
        "ended",
        "freed",
        "attached",
        "code",
    )
    MONTHS_FAILED = (
        "months_failed",
        "The database refused to make or drop a month of the processing log; its lines are kept together meanwhile.",
        "code",
    )
    PROCESSING_LAPSED = (
        "processing_lapsed",
        "Lines of the processing log, or records of operators' acts, have reached the end of their term.",
        "rows",
    )
    TRAFFIC_LAPSED = (
        "traffic_lapsed",
        "Messages have been known for their whole term; their traffic data are gone.",
        "rows",
    )
    RADAR_LAPSED = "radar_lapsed", "Entries of the radar have reached the end of their time and are gone.", "rows"
    # the servers
    DATABASE_AWAY = "database_away", "The database does not answer: consuming stops.", "attempt"
    DATABASE_BACK = "database_back", "The database answers again.", "seconds"
    DATABASE_FOLLOWED = (
        "database_followed",
        "The database goes on in another timeline, with everything that was seen committed: a standby was promoted.",
        "version",
    )
    CERTIFICATE_REFUSED = (
        "certificate_refused",
        "No connection to the broker or database is made, for a matter of certificates or TLS.",
        "code",
        "detail",
    )
    BROKER_AWAY = "broker_away", "The broker does not answer: outgoing messages wait.", "attempt"
    BROKER_BACK = "broker_back", "The broker answers again.", "seconds"
    CONSUMER_STARTED = "consumer_started", "A queue is read.", "queue"
    CONSUMER_LOST = "consumer_lost", "A queue was no longer read.", "queue", "code"
    CONSUMER_CUT_OFF = (
        "consumer_cut_off",
        "The broker ends the reading of a queue each time that it begins: it is read again after a longer pause.",
        "queue",
        "seconds",
    )
    CONSUMER_HEALED = "consumer_healed", "A queue that was no longer read is read again.", "queue", "seconds"
    BROKER_SIZES = (
        "broker_sizes",
        "A node of the broker takes bodies of any size, or refuses what fits: see `max_message_size` in the runbook.",
        "at",
        "code",
    )
    TOPOLOGY_APPLIED = (
        "topology_applied",
        "A partner's virtual host, user, limits and queues are as declared.",
        "seconds",
    )
    QUEUE_RENEWED = (
        "queue_renewed",
        "A queue of an earlier version was made anew, with what lay in it: its limits can change from now on.",
        "queue",
        "seconds",
    )
    RENEWAL_FAILED = (
        "renewal_failed",
        "A queue of an earlier version could not be made anew; it is tried again.",
        "code",
    )
    # the operator
    DIRECTORY_CHANGED = "directory_changed", "The next version of the directory holds.", "version"
    PARTNER_CLOSING = "partner_closing", "A retired partner can send no more; what it had sent is read to the end."
    PARTNER_ENDED = "partner_ended", "Nothing is left of a retired partner: it is connected to no more."
    CLOSING_FAILED = "closing_failed", "The next step of a retirement could not be taken; it is tried again.", "code"
    # others
    FOREIGN = "foreign", "A library logged something, so many times; its words are left out.", "logger", "at", "times"
    LINES_LEFT_OUT = (
        "lines_left_out",
        "Nobody read the log for a while: so many lines were left out, and the hub went on.",
        "times",
    )
    UNDECLARED = "undeclared", "The hub logged something that is not declared here: a bug.", "at"
