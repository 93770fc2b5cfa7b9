"""Cases and circumstances with sane defaults. Every OIN is a test OIN, every name invented."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from uuid import UUID, uuid4

from hub.canonical import notices as n
from hub.canonical.codes import Lane, TermUnit
from hub.canonical.commands import CaseCommand
from hub.canonical.terms import (
    ACUTE_RECORDING,
    OFFER_ANSWER,
    OFFER_ANSWER_ACUTE,
    SAFETY_ASSESSMENT,
    TermRule,
    Terms,
    TermStart,
)
from hub.cases.case import Candidacy, Case, Handover, ReportOnCase
from hub.cases.context import Context, Decision, address
from hub.cases.decide import decide
from hub.cases.events import Event, NoticeIssued
from hub.cases.evolve import evolve, fold
from hub.cases.states import CandidacyState, CaseState, ReportState
from hub.ids import CaseId, HandoverId, MessageId, Oin, RegionId, ReportId


def an_oin(number: int) -> Oin:
    return Oin(f"00000099{number:012d}")


VT, POLICE, OM, RVDK, PROBATION, TEAM_A, TEAM_B, STRANGER, RETIRED = (an_oin(number) for number in range(1, 10))
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TERMS = Terms(
    (
        TermRule(SAFETY_ASSESSMENT, 5, TermUnit.WORKING_DAYS, TermStart.TRIAGE_HAS_IT),
        TermRule(ACUTE_RECORDING, 15, TermUnit.MINUTES, TermStart.COMMIT),
        TermRule(OFFER_ANSWER, 3, TermUnit.WORKING_DAYS, TermStart.COMMIT),
        TermRule(OFFER_ANSWER_ACUTE, 1, TermUnit.HOURS, TermStart.COMMIT),
    )
)
CASE = CaseId(UUID(int=0xCA5E))
REPORT = ReportId(UUID(int=0x4E9047))
JOINED = ReportId(UUID(int=0x301ED))
OFFER = HandoverId(UUID(int=0x0FFE4))
LATEST, OLDER = "a" * 64, "b" * 64


def a_context(
    sender: Oin = POLICE,
    *,
    now: datetime = MONDAY,
    lane: Lane = Lane.ROUTINE,
    tell: tuple[Oin, ...] = (),
    message: MessageId | None = None,
    new_id: Callable[[], UUID] = uuid4,
) -> Context:
    return Context(
        sender=sender,
        message=message or MessageId(uuid4()),
        now=now,
        lane=lane,
        region=RegionId("haaglanden"),
        triage=VT,
        tell=tell,
        terms=TERMS,
        connected=lambda oin: oin != RETIRED,
        new_id=new_id,
    )


def a_report(
    state: ReportState = ReportState.RECORDED,
    *,
    number: ReportId = REPORT,
    reporter: Oin = POLICE,
    opened: bool = True,
    lane: Lane = Lane.ROUTINE,
) -> ReportOnCase:
    return ReportOnCase(number, reporter, lane, opened, MONDAY, state)


def an_offer(
    *candidates: tuple[Oin, CandidacyState], giver: Oin = VT, number: HandoverId = OFFER, acute: bool = False
) -> Handover:
    """An offer whose candidates all got `LATEST` as their latest offer; one open candidate if none are named."""
    named = candidates or ((TEAM_A, CandidacyState.OFFERED),)
    return Handover(number, giver, MONDAY, acute, {oin: Candidacy(state, LATEST) for oin, state in named})


def a_case(
    *, holder: Oin = VT, reports: Iterable[ReportOnCase] = (a_report(),), offers: Iterable[Handover] = ()
) -> Case:
    """An open case that the police opened; recorded, so that VT holds, unless said otherwise."""
    held = tuple(dict.fromkeys((POLICE, VT, holder))) if holder != POLICE else (POLICE,)
    return Case(
        id=CASE,
        region=RegionId("haaglanden"),
        triage=VT,
        holder=holder,
        opened_at=MONDAY,
        version=1,
        reports={report.id: report for report in reports},
        handovers={offer.id: offer for offer in offers},
        held=held,
    )


def a_closed_case() -> Case:
    return replace(a_case(reports=(a_report(ReportState.ASSESSED),)), state=CaseState.CLOSED, holder=None)


@dataclass(frozen=True)
class Played:
    """What a command did: the case after it, every event, the notices as they leave."""

    case: Case
    events: tuple[Event, ...]
    notices: tuple[n.Notice, ...]
    decision: Decision

    def told(self, to: Oin) -> list[n.Body]:
        return [notice.body for notice in self.notices if notice.to == to]


def play(case: Case | None, command: CaseCommand, ctx: Context, *, sending: Callable[[], UUID] = uuid4) -> Played:
    """Decide, fold, address and issue, as the lanes do.

    Args:
        sending: ids of the hub's own messages; the made-up hash of one is `hash_of` its id.
    """
    decision = decide(case, command, ctx)
    after = fold(case, decision.events)
    assert after is not None
    events, notices = list(decision.events), []
    for draft in decision.drafts:
        notice = address(after, draft)
        notices.append(notice)
        if notice.version is not None:
            events.append(issued(notice, MessageId(sending()), ctx.now))
            after = evolve(after, events[-1])
    return Played(after, tuple(events), tuple(notices), decision)


def issued(notice: n.Notice, message: MessageId, now: datetime) -> NoticeIssued:
    assert notice.version is not None
    offer = notice.body.handover if isinstance(notice.body, n.OfferMade | n.OfferBack) else None
    return NoticeIssued(now, notice.to, notice.version, message, hash_of(message), offer)


def hash_of(message: UUID) -> str:
    return sha256(message.bytes).hexdigest()


def counted_ids() -> Callable[[], UUID]:
    """Ids in a fixed order, so that a run can be repeated."""
    numbers = count(1)
    return lambda: UUID(int=next(numbers))
