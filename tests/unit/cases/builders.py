"""Cases and circumstances with sane defaults. Every OIN is a test OIN, every name invented."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from uuid import UUID, uuid4

import pytest

from hub.canonical import notices as n
from hub.canonical.codes import Lane, ReceivingParty, TableKind, TermUnit
from hub.canonical.commands import CaseCommand
from hub.canonical.holding import Holding
from hub.canonical.partners import Contact, Role
from hub.canonical.terms import (
    ACTION_ANSWER,
    ACUTE_RECORDING,
    CONTACT,
    CONTRIBUTION,
    MDA_TABLE,
    MONITORING_ANSWER,
    MONITORING_FIRST,
    MONITORING_QUESTION,
    MONITORING_SECOND,
    MORE_ASKED,
    OFFER_ANSWER,
    OFFER_ANSWER_ACUTE,
    REGION_HANDOVER,
    RESEARCH,
    SAFETY_ASSESSMENT,
    TABLE_SILENCE,
    TermRule,
    Terms,
    TermStart,
)
from hub.cases.case import Action, Candidacy, Case, CoincidenceOnCase, Handover, Question, ReportOnCase, Table
from hub.cases.context import Context, Decision, Radar, address
from hub.cases.decide import decide
from hub.cases.events import CaseOpened, Event, NoticeIssued
from hub.cases.evolve import evolve, fold
from hub.cases.hearing import heard
from hub.cases.states import (
    ActionState,
    CandidacyState,
    CaseState,
    CoincidenceState,
    QuestionState,
    ReportState,
    SeatState,
)
from hub.errors import Code, Rejection
from hub.ids import ActionId, CaseId, CoincidenceId, HandoverId, MessageId, Oin, QuestionId, RegionId, ReportId, TableId


def an_oin(number: int) -> Oin:
    return Oin(f"00000099{number:012d}")


VT, POLICE, OM, RVDK, PROBATION, TEAM_A, TEAM_B, STRANGER, RETIRED, VT_ELSEWHERE, HUB = map(an_oin, range(1, 12))
HERE, ELSEWHERE = RegionId("haaglanden"), RegionId("utrecht")
DESKS = {VT: HERE, VT_ELSEWHERE: ELSEWHERE}
"""The triage desks by organisation."""
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TERMS = Terms(
    (
        TermRule(SAFETY_ASSESSMENT, 5, TermUnit.WORKING_DAYS, TermStart.TRIAGE_HAS_IT, remind=4),
        TermRule(ACUTE_RECORDING, 15, TermUnit.MINUTES, TermStart.COMMIT, remind=10, again=15),
        TermRule(RESEARCH, 10, TermUnit.WEEKS, TermStart.FIRST_REPORT, remind=9),
        TermRule(MDA_TABLE, 5, TermUnit.WORKING_DAYS, TermStart.COMMIT),
        TermRule(REGION_HANDOVER, 1, TermUnit.WORKING_DAYS, TermStart.COMMIT),
        TermRule(OFFER_ANSWER, 3, TermUnit.WORKING_DAYS, TermStart.COMMIT, remind=2),
        TermRule(OFFER_ANSWER_ACUTE, 60, TermUnit.MINUTES, TermStart.COMMIT, remind=45, again=15),
        TermRule(MORE_ASKED, 3, TermUnit.WORKING_DAYS, TermStart.COMMIT),
        TermRule(CONTACT, 5, TermUnit.WORKING_DAYS, TermStart.COMMIT, remind=3),
        TermRule(CONTRIBUTION, 3, TermUnit.WORKING_DAYS, TermStart.COMMIT, remind=2),
        TermRule(ACTION_ANSWER, 3, TermUnit.WORKING_DAYS, TermStart.COMMIT, remind=2),
        TermRule(TABLE_SILENCE, 6, TermUnit.MONTHS, TermStart.COMMIT),
        TermRule(MONITORING_FIRST, 3, TermUnit.MONTHS, TermStart.ACCEPTANCE),
        TermRule(MONITORING_SECOND, 18, TermUnit.MONTHS, TermStart.ACCEPTANCE),
        TermRule(MONITORING_QUESTION, 5, TermUnit.WORKING_DAYS, TermStart.COMMIT),
        TermRule(MONITORING_ANSWER, 10, TermUnit.WORKING_DAYS, TermStart.COMMIT, remind=8),
    )
)
HOLDING = Holding(dict.fromkeys(ReceivingParty, (Role.LOCAL_TEAM,)), frozenset({Role.LOCAL_TEAM}), frozenset(Role))
"""Whoever is asked may take over, as a local team."""
CONTACTS = (Contact("dienstdoende", "070-0000001"), Contact("teamleider", "070-0000002"))
"""Of every organisation; they take turns."""
CASE = CaseId(UUID(int=0xCA5E))
REPORT = ReportId(UUID(int=0x4E9047))
JOINED = ReportId(UUID(int=0x301ED))
OFFER = HandoverId(UUID(int=0x0FFE4))
SECOND_OFFER = HandoverId(UUID(int=0x2FFE4))
TABLE = TableId(UUID(int=0x7AB1E))
ACTION = ActionId(UUID(int=0xAC710))
QUESTION = QuestionId(UUID(int=0x0E57))
COINCIDENCE = CoincidenceId(UUID(int=0xC0))
LATEST, OLDER = "a" * 64, "b" * 64


@dataclass(frozen=True)
class Fresh:
    """Ids that are what `new` gives next, whatever they are asked for."""

    new: Callable[[], UUID]

    def caused(self, kind: str) -> UUID:
        return self.new()

    def between(self, kind: str, here: Iterable[UUID], there: Iterable[UUID]) -> UUID:
        return self.new()


def a_context(
    sender: Oin = POLICE,
    *,
    now: datetime = MONDAY,
    clock: datetime | None = None,
    lane: Lane = Lane.ROUTINE,
    tell: tuple[Oin, ...] = (),
    message: MessageId | None = None,
    new_id: Callable[[], UUID] = uuid4,
    radar: Radar | None = None,
    has_full: bool = True,
    called: UUID | None = None,
) -> Context:
    return Context(
        sender=sender,
        message=message or MessageId(uuid4()),
        now=now,
        clock=clock or now,
        lane=lane,
        region=HERE,
        triage=VT,
        tell=tell,
        terms=TERMS,
        connected=lambda oin: oin != RETIRED,
        ids=Fresh(new_id),
        holding=HOLDING,
        role_of=lambda _oin, roles: next(iter(roles), None),
        has_full=lambda _handover: has_full,
        region_of=DESKS.get,
        contact=lambda _oin, round_: CONTACTS[(round_ - 1) % len(CONTACTS)],
        radar=radar or Radar(),
        called=called,
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


def a_table(
    *seats: tuple[Oin, SeatState], chair: Oin = VT, kind: TableKind = TableKind.ACTION, actions: Iterable[Action] = ()
) -> Table:
    return Table(TABLE, kind, chair, MONDAY, dict(seats), {action.id: action for action in actions})


def an_action(responsible: Oin, state: ActionState = ActionState.AGREED) -> Action:
    return Action(ACTION, responsible, None, state)


def a_question(state: QuestionState = QuestionState.ASKED, *, of: Oin = TEAM_A) -> Question:
    return Question(QUESTION, of, MONDAY, state)


def a_coincidence(
    state: CoincidenceState = CoincidenceState.FOUND, *, told: tuple[Oin, ...], report: ReportId = REPORT
) -> CoincidenceOnCase:
    return CoincidenceOnCase(COINCIDENCE, report, told, state)


def a_case(
    *,
    holder: Oin = VT,
    reports: Iterable[ReportOnCase] = (a_report(),),
    offers: Iterable[Handover] = (),
    tables: Iterable[Table] = (),
    questions: Iterable[Question] = (),
    coincidences: Iterable[CoincidenceOnCase] = (),
) -> Case:
    """An open case that the police opened; recorded, so that VT holds, unless said otherwise."""
    held = tuple(dict.fromkeys((POLICE, VT, holder))) if holder != POLICE else (POLICE,)
    return Case(
        id=CASE,
        region=HERE,
        triage=VT,
        holder=holder,
        opened_at=MONDAY,
        version=1,
        reports={one.id: one for one in reports},
        handovers={one.id: one for one in offers},
        tables={one.id: one for one in tables},
        questions={one.id: one for one in questions},
        coincidences={one.id: one for one in coincidences},
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
    opens = any(isinstance(event, CaseOpened) for event in decision.events)
    return happened(None if opens else case, decision, ctx, sending=sending)


def happened(case: Case | None, decision: Decision, ctx: Context, *, sending: Callable[[], UUID] = uuid4) -> Played:
    """A decision's events and notices, on the case it is about; of the case that it opens beside too, if asked so."""
    after = fold(case, decision.events)
    assert after is not None
    events, notices = list(decision.events), []
    for draft in heard(after, decision.drafts, case):
        notice = address(after, draft)
        notices.append(notice)
        if notice.version is not None:
            events.append(issued(notice, MessageId(sending()), ctx.now))
            after = evolve(after, events[-1])
    return Played(after, tuple(events), tuple(notices), decision)


def refusal(case: Case | None, command: CaseCommand, ctx: Context) -> tuple[Code, tuple[str, ...]]:
    """The code and the fields that the command is refused with, once it is sure that nothing has changed."""
    before = deepcopy(case)
    with pytest.raises(Rejection) as refused:
        decide(case, command, ctx)
    assert case == before, "a refusal changes nothing"
    return refused.value.reason, tuple(refused.value.fields)


def issued(notice: n.Notice, message: MessageId, now: datetime) -> NoticeIssued:
    assert notice.version is not None
    offer = notice.body.handover if isinstance(notice.body, n.OfferMade | n.OfferBack | n.OfferSupplemented) else None
    return NoticeIssued(now, notice.to, notice.version, message, hash_of(message), offer, under=notice.under)


def hash_of(message: UUID) -> str:
    return sha256(message.bytes).hexdigest()


def counted_ids() -> Callable[[], UUID]:
    """Ids in a fixed order, so that a run can be repeated."""
    numbers = count(1)
    return lambda: UUID(int=next(numbers))
