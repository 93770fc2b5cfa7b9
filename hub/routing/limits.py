"""How much and how long: the limits of the configuration, with the bounds that promises put on them."""

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from hub.canonical.codes import Lane


@dataclass(frozen=True, slots=True)
class PerLane:
    """A length of time that differs for acute messages."""

    routine: timedelta
    acute: timedelta

    def of(self, lane: Lane) -> timedelta:
        return self.acute if lane is Lane.ACUTE else self.routine


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential, without jitter: it doubles from `base` up to `cap`."""

    base: timedelta
    cap: timedelta

    def delay(self, attempt: int) -> timedelta:
        """How long to wait after attempt number `attempt` (from 1) failed."""
        doublings = min(max(attempt, 1) - 1, 20)  # a timedelta overflows long before a count of attempts does
        return min(self.cap, self.base * (1 << doublings))


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts, bytes and times. Names and meaning are those of `[limits]` in `default.toml`."""

    batch_size: int
    batch_bytes: int
    batch_max_age: timedelta
    locks_held: PerLane
    prefetch: int
    prefetch_bytes: int
    queue_messages: int
    queue_bytes: int
    body_bytes_to_hub: int
    retry: Backoff
    retry_attempts: int
    recipient_retry: Backoff
    early_step_wait: PerLane
    delayed_notice_after: PerLane
    resend_unanswered_after: PerLane
    held_parts_kept: timedelta
    radar_kept: timedelta
    processing_log_kept: timedelta
    traffic_kept: timedelta
    period: timedelta
    quarantine_kept: timedelta
    quarantine_bytes_per_partner: int
    publish_deadline: timedelta
    grace: timedelta
    lease: timedelta
    worker_silence: timedelta


COUNT_BOUNDS = {
    "batch_size": (1, 1_000),
    "prefetch": (1, 2_000),  # the broker's own maximum for quorum queues
    "batch_bytes": (1_024, 16_777_216),
    "body_bytes_to_hub": (1_024, 196_608),  # docs/contract.md, "Broker": 192 KiB
    "retry_attempts": (1, 100),
}
"""Where it matters; other counts and sizes only have to be 1 or more."""

TIME_BOUNDS = {
    "batch_max_age": timedelta(seconds=1),
    "locks_held": timedelta(seconds=1),  # half of what anybody waits for a lock (hub/store/engine.py)
    "held_parts_kept": timedelta(days=30),  # P7
    "radar_kept": timedelta(days=730),  # two years: Jeugdwet art. 7.1.4.5 (Verwijsindex)
    "processing_log_kept": timedelta(days=7305),  # 20 years: as long as Veilig Thuis keeps the file itself
    "quarantine_kept": timedelta(days=30),
    "traffic_kept": timedelta(days=184),  # P7: six months
    "period": timedelta(hours=6),  # P7: the key of what was delivered is gone within 24 hours, with 18 to spare
    "grace": timedelta(minutes=5),
    "worker_silence": timedelta(minutes=5),
}
"""The longest that is allowed; for other times that is `LONGEST`."""

TIME_LEASTS = {
    "traffic_kept": timedelta(days=38),  # P2: a message of the hub lives 30 days, and what a partner sends of it 7 more
}
"""The shortest that is allowed; for other times that is nothing."""

LONGEST = timedelta(days=365)

KINDS: dict[str, Any] = {field.name: field.type for field in fields(Limits)}
"""The type each limit is read as."""
