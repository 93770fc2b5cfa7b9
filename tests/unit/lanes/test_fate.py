"""What becomes of a message that could not be decided, from (error, attempt)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from hub.canonical.codes import Lane
from hub.errors import Clash, Code, DatabaseAway, HubError, OurFault, Rejection, Surroundings
from hub.lanes.fate import (
    DEAD_LETTER,
    LOOK_EVERY,
    LOOK_EVERY_ACUTE,
    LOOK_IN_RECOVERY,
    POISON,
    CauseUnknown,
    Judged,
    NotYet,
    Poison,
    judge_failure,
    waits,
)
from hub.ports import Fate, Lack
from hub.routing.limits import Backoff, PerLane
from tests.kit import Kit
from tests.unit.lanes.rows import NOW

FAULT = OurFault("bug:KeyError", "A bug.")


def judged(
    kit: Kit, error: HubError, attempt: int = 1, *, lane: Lane = Lane.ROUTINE, age: float = 0, recovering: bool = False
) -> Judged:
    """Seconds since it was received."""
    limits = replace(
        kit.setting.limits,
        retry=Backoff(timedelta(seconds=1), timedelta(minutes=10)),
        retry_attempts=12,
        early_step_wait=PerLane(timedelta(minutes=10), timedelta(minutes=1)),
    )
    received = NOW - timedelta(seconds=age)
    return judge_failure(
        error, attempt=attempt, lane=lane, received_at=received, now=NOW, limits=limits, recovering=recovering
    )


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 64), (8, 128), (9, 256), (10, 512), (11, 600)],
)
def test_a_fault_of_ours_is_tried_again_after_twice_as_long_up_to_ten_minutes(
    kit: Kit, attempt: int, seconds: int
) -> None:
    found = judged(kit, FAULT, attempt)

    assert (found.fate, found.code) == (Fate.RETRY, "bug:KeyError")
    assert found.again_at == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("attempt", [12, 13, 1_000_000])
def test_after_the_last_attempt_it_is_quarantined(kit: Kit, attempt: int) -> None:
    assert judged(kit, FAULT, attempt) == Judged(Fate.QUARANTINED, "bug:KeyError")


@pytest.mark.parametrize("error", [Poison(), OurFault(DEAD_LETTER, "Dead.")])
def test_what_may_kill_or_was_given_up_by_a_queue_is_quarantined_at_once(kit: Kit, error: OurFault) -> None:
    found = judged(kit, error)

    assert found == Judged(Fate.QUARANTINED, error.code)
    assert error.code in (POISON, DEAD_LETTER)


@pytest.mark.parametrize("error", [DatabaseAway(), Clash()])
def test_errors_of_the_database_that_reach_a_message_are_retried(kit: Kit, error: OurFault) -> None:
    assert judged(kit, error).fate is Fate.RETRY


@pytest.mark.parametrize("lane", list(Lane))
@pytest.mark.parametrize("attempt", [1, 11, 12, 13, 1_000_000])
@pytest.mark.parametrize("age", [0, 60 * 60 * 24 * 400])
def test_a_fault_of_the_surroundings_is_retried_for_as_long_as_it_lasts(
    kit: Kit, lane: Lane, attempt: int, age: float
) -> None:
    found = judged(kit, Surroundings("no-desk", "Add one.", "haaglanden"), attempt, lane=lane, age=age)

    lack = Lack("no-desk", "haaglanden", "Add one.")
    assert found == Judged(Fate.RETRY, "no-desk", NOW + timedelta(minutes=10), lack=lack)
    assert lack.id == "no-desk:haaglanden"


def test_the_senders_fault_is_final_at_any_attempt(kit: Kit) -> None:
    rejection = Rejection(Code.SCHEMA_INVALID, ("/data",))

    for attempt in (1, 12, 100):
        assert judged(kit, rejection, attempt) == Judged(Fate.REJECTED, "schema-ongeldig", None, rejection)


@pytest.mark.parametrize(("lane", "wait"), [(Lane.ROUTINE, 600), (Lane.ACUTE, 60)])
def test_an_early_step_waits_until_the_term_of_its_lane_and_is_then_refused(kit: Kit, lane: Lane, wait: int) -> None:
    before = judged(kit, CauseUnknown(), 1, lane=lane, age=wait - 0.001)
    after = judged(kit, CauseUnknown(), 1, lane=lane, age=wait)

    assert (before.fate, before.again_at) == (Fate.RETRY, NOW + timedelta(milliseconds=1))
    assert (after.fate, after.code) == (Fate.REJECTED, "oorzaak-onbekend")
    assert after.rejection is not None
    assert after.rejection.fields == ("/causationid",)


@pytest.mark.parametrize(("lane", "most"), [(Lane.ROUTINE, LOOK_EVERY), (Lane.ACUTE, LOOK_EVERY_ACUTE)])
@pytest.mark.parametrize("attempt", [1, 12, 500])
def test_an_early_step_is_never_quarantined_and_looks_by_itself_too(
    kit: Kit, attempt: int, lane: Lane, most: timedelta
) -> None:
    found = judged(kit, CauseUnknown(), attempt, lane=lane)

    assert found.fate is Fate.RETRY
    assert found.again_at is not None
    assert timedelta(0) < found.again_at - NOW <= most


@pytest.mark.parametrize("code", [Code.CASE_UNKNOWN, Code.STEP_NOT_ALLOWED, Code.OFFER_CHANGED, Code.CAUSE_UNKNOWN])
def test_while_the_hub_recovers_a_step_waits_seven_days_for_its_case_and_then_has_its_own_refusal(
    kit: Kit, code: Code
) -> None:
    day = 86_400.0
    error = NotYet(Rejection(code, ("/correlationid",)))
    waiting = judged(kit, error, 40, age=7 * day - 5, recovering=True)

    assert (waiting.fate, waiting.code, waits(waiting.code)) == (Fate.RETRY, code.value, True)
    assert waiting.again_at == NOW + timedelta(seconds=5)
    over = judged(kit, error, 40, age=7 * day, recovering=True)
    assert over.rejection is error.refusal
    assert (over.fate, over.code) == (Fate.REJECTED, code.value)


def test_what_waits_while_the_hub_recovers_is_looked_at_twice_a_minute_at_least(kit: Kit) -> None:
    error = NotYet(Rejection(Code.CASE_UNKNOWN, ("/correlationid",)))
    pauses = [judged(kit, error, attempt, recovering=True).again_at for attempt in (1, 3, 6, 40)]

    assert pauses == [NOW + timedelta(seconds=seconds) for seconds in (1, 4, 30, 30)]
    assert timedelta(seconds=30) == LOOK_IN_RECOVERY


@pytest.mark.parametrize("code", [Code.SCHEMA_INVALID, Code.NOT_ALLOWED, Code.EXPIRED, Code.REGION_UNKNOWN])
def test_what_a_message_itself_does_is_refused_at_once_while_the_hub_recovers_too(kit: Kit, code: Code) -> None:
    assert not waits(code)
    assert judged(kit, Rejection(code), recovering=True).fate is Fate.REJECTED
