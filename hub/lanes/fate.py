"""What becomes of a message that could not be decided: pure, from (error, attempt). Nothing else retries a message."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hub.canonical.codes import Lane
from hub.errors import Code, HubError, OurFault, Rejection, Surroundings
from hub.ports import Fate, Lack
from hub.routing.limits import Limits

MACHINE_FAILS = "machine-fails"


class NotYet(OurFault):
    """A step that follows something the hub does not know yet: it waits a while for it.

    Attributes:
        refusal: what it is refused with when that has not come.
        awaits: the message, or the name of a case, that it waits for: it is due at once when that comes.
    """

    def __init__(self, refusal: Rejection, awaits: UUID | None = None) -> None:
        super().__init__(refusal.code, EXPECTED)
        self.refusal = refusal
        self.awaits = awaits


class CauseUnknown(NotYet):
    """It names a message that the hub does not know yet."""

    def __init__(self, cause: UUID | None = None) -> None:
        super().__init__(Rejection(Code.CAUSE_UNKNOWN, ("/causationid",)), cause)


class CauseUndecided(CauseUnknown):
    """It names a message of its sender that is here and not decided: no fault of this one, however long that takes."""


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
LOOK_EVERY, LOOK_EVERY_ACUTE = timedelta(seconds=30), timedelta(seconds=5)
"""At most between two looks of an early step by itself: its cause wakes it, unless that came in just then."""
LOOK_IN_RECOVERY = timedelta(seconds=30)
WAIT_IN_RECOVERY = timedelta(days=7)
"""As long as partners keep what they sent."""
EARLY = frozenset(
    {
        Code.CASE_UNKNOWN,
        Code.CASE_CLOSED,
        Code.HANDOVER_UNKNOWN,
        Code.STEP_NOT_ALLOWED,
        Code.OFFER_CHANGED,
        Code.CAUSE_UNKNOWN,
    }
)
"""Refusals that say how a case stands: while the hub recovers it may stand otherwise when more has come in."""
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
    recovering: bool = False,
) -> Judged:
    """The fate of a delivery whose handling failed.

    Args:
        attempt: how many attempts failed, this one included; from 1.
        doubted: the clock is, so that no wait has ended.
        recovering: partners are resending what the database has lost.
    """
    if isinstance(error, Rejection):
        return _refused(error)
    if isinstance(error, NotYet):
        wait, look = _patience(error, lane, limits, recovering=recovering)
        # A wrong clock may have received it ahead of now.
        ends = None if doubted else min(received_at, now) + wait
        return _early(error, ends, now, min(limits.retry.delay(attempt), look))
    if isinstance(error, Surroundings):
        # By itself it looks rarely: one of all that wait for the same does, every few seconds (`store/lacks.py`).
        return Judged(Fate.RETRY, error.code, now + limits.retry.cap, lack=lack_of(error))
    if attempt >= limits.retry_attempts or error.code in (POISON, DEAD_LETTER):
        return Judged(Fate.QUARANTINED, error.code)
    return Judged(Fate.RETRY, error.code, now + limits.retry.delay(attempt))


def _patience(error: NotYet, lane: Lane, limits: Limits, *, recovering: bool) -> tuple[timedelta, timedelta]:
    """How long it waits at most, and between two looks."""
    if isinstance(error, CauseUndecided):
        # As long as anything is kept: two that name each other must not wait for ever.
        return limits.quarantine_kept, LOOK_IN_RECOVERY if lane is Lane.ACUTE else limits.retry.cap
    if recovering:
        return WAIT_IN_RECOVERY, LOOK_IN_RECOVERY
    return limits.early_step_wait.of(lane), LOOK_EVERY_ACUTE if lane is Lane.ACUTE else LOOK_EVERY


def waits(code: str) -> bool:
    """Whether a delivery that is kept by this code waits for something: its looks are no failures of its own."""
    return code in EARLY


def _early(error: NotYet, ends: datetime | None, now: datetime, pause: timedelta) -> Judged:
    """`ends`: when it is refused; nobody knows while the clock is doubted."""
    if ends is None:
        return Judged(Fate.RETRY, error.code, now + pause)
    if now >= ends:
        return _refused(error.refusal)
    return Judged(Fate.RETRY, error.code, min(now + pause, ends))


def _refused(refusal: Rejection) -> Judged:
    return Judged(Fate.REJECTED, refusal.reason.value, rejection=refusal)


def unexpected(exc: Exception) -> OurFault:
    """A bug, named by its kind and place only: its text may hold content."""
    if isinstance(exc, OSError | MemoryError):  # what decides reads no more than key files
        return Surroundings(MACHINE_FAILS, "This machine has no memory, or cannot read a file of the hub's home.")
    last = exc.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f"{last.tb_frame.f_globals.get('__name__')}:{last.tb_lineno}" if last else "?"
    return OurFault(f"bug:{type(exc).__name__}", f"The hub failed on this message ({where}); report it as a bug.")
