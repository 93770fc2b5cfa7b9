"""What becomes of a message that could not be decided: pure, from (error, attempt). Nothing else retries a message."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.canonical.codes import Lane
from hub.errors import Code, HubError, OurFault, Rejection, Surroundings
from hub.ports import Fate, Lack
from hub.routing.limits import Limits


class CauseUnknown(OurFault):
    """A step that follows a message the hub does not know yet: it waits a while for it."""

    def __init__(self) -> None:
        super().__init__(Code.CAUSE_UNKNOWN.value, EXPECTED)


class Poison(OurFault):
    """A message that was begun too often and never finished."""

    def __init__(self) -> None:
        super().__init__(POISON, "Opening this message may kill a worker; it is kept unopened.")


EXPECTED = "The message that this step follows has not come in yet."
FORMERLY_QUARANTINED = (
    "radar-key-missing",
    "no-triage-desk",
    "no-addressee",
    "document-unreadable",
    "key-lookup",
    "crypto-unavailable",
    "storage-key-missing",
)
"""Codes of lacks for which the version before quarantined what waited too long."""
LOOK_EVERY = timedelta(seconds=5)
"""How long an early step waits at most after its cause has come in."""
POISON = "may-kill-worker"
DEAD_LETTER = "dead-letter"


@dataclass(frozen=True, slots=True)
class Judged:
    """A fate, why, when to try again if it is `RETRY`, and what is lacking if that is why."""

    fate: Fate
    code: str
    again_at: datetime | None = None
    rejection: Rejection | None = None
    lack: Lack | None = None


def lack_of(error: Surroundings) -> Lack:
    return Lack(error.code, error.about, error.sentence)


def judge_failure(
    error: HubError,
    *,
    attempt: int,
    lane: Lane,
    received_at: datetime,
    now: datetime,
    limits: Limits,
    doubted: bool = False,
) -> Judged:
    """The fate of a delivery whose handling failed.

    Args:
        attempt: how many attempts failed, this one included; from 1.
        doubted: the clock is, so that no wait has ended.
    """
    if isinstance(error, Rejection):
        return Judged(Fate.REJECTED, error.reason.value, rejection=error)
    if isinstance(error, CauseUnknown):
        return _early(error, attempt, lane, received_at, now, limits, doubted=doubted)
    if isinstance(error, Surroundings):
        # By itself it looks rarely: one of all that wait for the same does, every few seconds (`store/lacks.py`).
        return Judged(Fate.RETRY, error.code, now + limits.retry.cap, lack=lack_of(error))
    if attempt >= limits.retry_attempts or error.code in (POISON, DEAD_LETTER):
        return Judged(Fate.QUARANTINED, error.code)
    return Judged(Fate.RETRY, error.code, now + limits.retry.delay(attempt))


def _early(
    error: CauseUnknown,
    attempt: int,
    lane: Lane,
    received_at: datetime,
    now: datetime,
    limits: Limits,
    *,
    doubted: bool,
) -> Judged:
    again = now + min(limits.retry.delay(attempt), LOOK_EVERY)
    if doubted:
        return Judged(Fate.RETRY, error.code, again)
    ends = min(received_at, now) + limits.early_step_wait.of(lane)  # a wrong clock may have received it ahead of now
    if now >= ends:
        return judge_failure(
            Rejection(Code.CAUSE_UNKNOWN, ("/causationid",)),
            attempt=attempt,
            lane=lane,
            received_at=received_at,
            now=now,
            limits=limits,
        )
    return Judged(Fate.RETRY, error.code, min(again, ends))
