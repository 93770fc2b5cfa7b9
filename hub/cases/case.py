"""A case as it stands: the fold of its events. Ids, codes and times only: the register is pseudonymous (P7)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hub.canonical.codes import Arrangement, Lane, MatchGround, Outcome, TableKind, TermUnit, Trait
from hub.canonical.partners import Role
from hub.cases.states import (
    TOOK_OVER,
    UNANSWERED,
    ActionState,
    CandidacyState,
    CaseState,
    CoincidenceState,
    QuestionState,
    ReportState,
    ResearchState,
    SeatState,
)
from hub.ids import ActionId, CaseId, CoincidenceId, HandoverId, MessageId, Oin, QuestionId, RegionId, ReportId, TableId

NO_OTHERS = frozenset[Role]()
"""Of an organisation with one connection."""


@dataclass(frozen=True, slots=True)
class ReportOnCase:
    """One report (melding).

    `opened`: it opened the case: only that one ever moves the holder; `researched`: what it led to has been concluded;
    `mda`: it is to come to an MDA++ table; `resent`: when it was signed, if it came while the hub recovered;
    `region`, `desk`: that it was reported to, wherever its case is; `None` of one that a version before took in.
    `assumed`: neither it nor a case that it named said which region that is; `None` as above.
    `names`: ids that the case has or would have had by it: the case may be called by them while the report is on it.
    """

    id: ReportId
    reporter: Oin
    lane: Lane
    opened: bool
    received_at: datetime
    state: ReportState = ReportState.OFFERED
    outcome: Outcome | None = None
    researched: bool = False
    mda: bool = False
    resent: datetime | None = None
    region: RegionId | None = None
    desk: Oin | None = None
    names: tuple[CaseId, ...] = ()
    assumed: bool | None = None


@dataclass(frozen=True, slots=True)
class Candidacy:
    """One candidate's side of an offer; `offer_hash` is that of the hub's latest offer to it.

    Attributes:
        resent: when the giver signed that latest offer, if the hub made it while it recovered: then the candidate may
            have it from before, under a hash that the hub has lost.
        rebuilt: the ids of the offers so made, the latest last.
        same: the hashes of that latest offer under ids that have lapsed.
        older: the hashes of offers before it, as far as the hub has them.
    """

    state: CandidacyState = CandidacyState.OFFERED
    offer_hash: str | None = None
    resent: datetime | None = None
    rebuilt: tuple[MessageId, ...] = ()
    older: tuple[str, ...] = ()
    same: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Handover:
    """An offer of sight on safety (overdracht), with the way of each candidate.

    Attributes:
        acute: the full part went along with the offer, but to those who wait for their yes.
        back: to the reporter of a report turned into advice: there is no full part.
        full_wanted: a yes came after the full part had lapsed, and the giver has not given it again yet.
        municipality: where the family is to be (CBS code), if the giver says so.
        ended: its giver has ended with nobody in its place; the triage owes the yes.
        on_yes: who of an acute offer gets the full part with its yes, as of any other offer.
        ties: which candidates were asked while a report of their own was all they had to do with the case, and which.
    """

    id: HandoverId
    giver: Oin
    answer_by: datetime
    acute: bool
    candidates: Mapping[Oin, Candidacy]
    back: bool = False
    full_wanted: bool = False
    municipality: str | None = None
    ended: bool = False
    on_yes: tuple[Oin, ...] = ()
    ties: Mapping[Oin, ReportId] = field(default_factory=dict)

    def has_full(self, oin: Oin) -> bool:
        """Whether this candidate has the full part before it says yes."""
        return self.acute and oin not in self.on_yes

    def open_candidates(self) -> tuple[Oin, ...]:
        return tuple(oin for oin, one in self.candidates.items() if one.state in UNANSWERED)

    def in_state(self, *states: CandidacyState) -> tuple[Oin, ...]:
        return tuple(oin for oin, one in self.candidates.items() if one.state in states)


@dataclass(frozen=True, slots=True)
class TermOnCase:
    """A running term; it is met, or overdue, never an error.

    `next`: when it fires next; `round`: how often it escalated; `since`: when this run began, where that is known.
    """

    name: str
    length: int
    unit: TermUnit
    about: UUID
    due: datetime
    met: bool = False
    next: datetime | None = None
    round: int = 0
    since: datetime | None = None

    def fires_at(self) -> datetime:
        return self.next or self.due


@dataclass(frozen=True, slots=True)
class Action:
    """An agreed action of a joint table."""

    id: ActionId
    responsible: Oin
    by: datetime | None
    state: ActionState = ActionState.AGREED


@dataclass(frozen=True, slots=True)
class Table:
    """A joint table (actieoverleg, or MDA++): who was invited and what each has said, what was agreed.

    `ties`: who is at it by a report of its own, and by which: the chair by that under whose name it put the table, a
    seat by that under which it was invited. All others are at it by the case.
    `decision_by`: the custody clock, if it has one.
    `said_at`: when something was said at it last; `ended`: nobody is at it any more, as with its case.
    """

    id: TableId
    kind: TableKind
    chair: Oin
    answer_by: datetime
    seats: Mapping[Oin, SeatState]
    actions: Mapping[ActionId, Action] = field(default_factory=dict)
    ties: Mapping[Oin, ReportId] = field(default_factory=dict)
    decision_by: datetime | None = None
    said_at: datetime | None = None
    ended: bool = False

    def silent(self) -> tuple[Oin, ...]:
        return tuple(oin for oin, state in self.seats.items() if state is SeatState.INVITED)

    def is_awaited(self) -> bool:
        """Whether somebody has still to say its part, or to take an action on."""
        return bool(self.silent()) or any(one.state is ActionState.AGREED for one in self.actions.values())

    def everybody(self) -> tuple[Oin, ...]:
        return tuple(dict.fromkeys((self.chair, *self.seats)))

    def others(self, but: Oin) -> tuple[Oin, ...]:
        return tuple(oin for oin in self.everybody() if oin != but)


@dataclass(frozen=True, slots=True)
class Question:
    """A question of monitoring, to whoever held when it was asked; `because` of these reports, if of nothing else."""

    id: QuestionId
    of: Oin
    answer_by: datetime
    state: QuestionState = QuestionState.ASKED
    because: tuple[ReportId, ...] = ()


@dataclass(frozen=True, slots=True)
class CoincidenceOnCase:
    """What the radar found beside a report, who was told, and which others reported; `others` are their reports."""

    id: CoincidenceId
    report: ReportId
    told: tuple[Oin, ...]
    state: CoincidenceState = CoincidenceState.FOUND
    reporters: tuple[Oin, ...] = ()
    others: tuple[ReportId, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """Another case about, perhaps, the same people; `contradicts`: in what a number on both is of two people."""

    case: CaseId
    grounds: tuple[MatchGround, ...]
    contradicts: tuple[Trait, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A case (zaak).

    Attributes:
        holder: who holds sight on safety now; `None` once closed.
        version: number of events so far.
        told: how many versioned messages each party got under the case's name: the next `zaakversie` is one more.
        told_under: the same under a report's number, to its reporter.
        held: who holds or held: they may know the holder (`houder`).
        linked: an earlier, closed case that this one goes on from.
        desks: triage desks that had the case before its region moved.
        assumed: nothing has said yet which region it is in.
        named_desk: the desk of the region that a report has named since, which is to be offered the case.
        region_by: the report that named a region first, where it had been assumed.
        apart_from: the case that its first report was taken out of.
        advice: and that was turned into advice; it had not been joined wrongly.
        gone: what went along with a report that was taken out of it, by number, and to which case.
        called: which of these parties know it by, if not its own id.
        at: the newest moment in its register; what happens next is not before it, whatever a clock says.
        attention: a new report, or an answer that is not safe, came while the case was only watched.
        attention_by: the reports, if it was nothing else.
        parts: in which of its roles an organisation takes part, by the report, handover or table that it takes part in.
    """

    id: CaseId
    region: RegionId
    triage: Oin
    holder: Oin | None
    opened_at: datetime
    state: CaseState = CaseState.OPEN
    version: int = 0
    reports: Mapping[ReportId, ReportOnCase] = field(default_factory=dict)
    handovers: Mapping[HandoverId, Handover] = field(default_factory=dict)
    terms: tuple[TermOnCase, ...] = ()
    told: Mapping[Oin, int] = field(default_factory=dict)
    told_under: Mapping[ReportId, int] = field(default_factory=dict)
    held: tuple[Oin, ...] = ()
    linked: CaseId | None = None
    links: tuple[Link, ...] = ()
    desks: tuple[Oin, ...] = ()
    research: ResearchState = ResearchState.NONE
    tables: Mapping[TableId, Table] = field(default_factory=dict)
    questions: Mapping[QuestionId, Question] = field(default_factory=dict)
    coincidences: Mapping[CoincidenceId, CoincidenceOnCase] = field(default_factory=dict)
    arranged: Arrangement | None = None
    attention: bool = False
    attention_by: tuple[ReportId, ...] = ()
    apart_from: CaseId | None = None
    advice: bool = False
    gone: Mapping[UUID, CaseId] = field(default_factory=dict)
    called: CaseId | None = None
    parts: Mapping[UUID, Mapping[Oin, Role]] = field(default_factory=dict)
    at: datetime | None = None
    assumed: bool = False
    named_desk: Oin | None = None
    region_by: ReportId | None = None

    def began_at(self) -> datetime:
        """When the first of its reports came: of one that was taken apart, that is before the case was opened."""
        return min((self.opened_at, *(report.received_at for report in self.reports.values())))

    def next_at(self, clock: datetime) -> datetime:
        """The moment of what happens next: that of the clock, unless the register is ahead of it."""
        return clock if self.at is None else max(clock, self.at)

    @property
    def name(self) -> CaseId:
        """What it is called towards those who call it by the case."""
        return self.called or self.id

    @property
    def names(self) -> tuple[CaseId, ...]:
        """What else it may be called: the ids that its reports would have given it, had they opened it."""
        by_reports = (name for report in self.own_reports() for name in report.names)
        called = () if self.called is None else (self.called,)
        return tuple(dict.fromkeys((*called, *by_reports)))

    def all_names(self) -> tuple[UUID, ...]:
        """Everything that some party may call it: its id, its other names, its reports."""
        return (self.id, *self.names, *(report.id for report in self.own_reports()))

    def held_by(self) -> Handover | None:
        """The handover by which the holder holds: the last that it said yes to, as a yes ends all that were offered."""
        taken = [one for one in self.handovers.values() if self.holder in one.in_state(*TOOK_OVER)]
        return taken[-1] if taken else None

    @property
    def takes_reports(self) -> bool:
        """Whether a report may join it: not one that is given back, or was, to the reporter of what it is about."""
        back = [one for one in self.handovers.values() if one.back and not one.ended]
        given = any(one.open_candidates() or one == self.held_by() for one in back)
        return self.state is CaseState.OPEN and not given

    def own_reports(self) -> Iterator[ReportOnCase]:
        """The reports that are on this case: not those that were joined wrongly."""
        return (report for report in self.reports.values() if report.state is not ReportState.DETACHED)

    def numbers(self) -> set[UUID]:
        """Of everything on the case: who may see what is told by these, so each stands for one thing only."""
        parts = (self.reports, self.handovers, self.tables, self.questions, self.coincidences)
        actions = (action for table in self.tables.values() for action in table.actions)
        return {self.id, *self.names, *self.gone, *(id_ for part in parts for id_ in part), *actions}

    # An organisation with several connections knows by each what is that connection's to know: `but` are the roles of
    # its others. What the register has no role of is every connection's.

    def knows_case(self, oin: Oin, but: frozenset[Role] = NO_OTHERS) -> bool:
        """VT and whoever was ever asked to take over call it by the case; a reporter only by its own report."""
        offered = (one.id for one in self.handovers.values() if oin in one.candidates)
        return self.is_desk(oin, but) or any(self.part(id_, oin) not in but for id_ in offered)

    def is_desk(self, oin: Oin, but: frozenset[Role] = NO_OTHERS) -> bool:
        """Whether it is the triage, or was."""
        return (oin == self.triage or oin in self.desks) and Role.VEILIG_THUIS not in but

    def part(self, about: UUID, oin: Oin) -> Role | None:
        """In which role this organisation takes part in this report, handover or table, if the register says so."""
        return self.parts.get(about, {}).get(oin)

    def is_at(self, table: Table, oin: Oin, but: frozenset[Role] = NO_OTHERS) -> bool:
        """Whether this party was invited to this joint table, or put it there."""
        return oin in table.everybody() and self.part(table.id, oin) not in but

    def sits(self, oin: Oin, but: frozenset[Role] = NO_OTHERS) -> bool:
        """Whether it is, or was, at any."""
        return any(self.is_at(table, oin, but) for table in self.tables.values())

    def takes_part(self, oin: Oin, number: UUID) -> bool:
        """Whether this is the triage, or takes part in this offer, table or coincidence."""
        tables = [one.everybody() for one in self.tables.values() if one.id == number]
        offers = [(one.giver, *one.candidates) for one in self.handovers.values() if one.id == number]
        found = [one.told for one in self.coincidences.values() if one.id == number]
        return oin == self.triage or any(oin in parties for parties in (*tables, *offers, *found))

    def report_of(self, oin: Oin) -> ReportOnCase | None:
        """The latest report of this reporter on the case."""
        own = [report for report in self.own_reports() if report.reporter == oin]
        return own[-1] if own else None

    def report_called(self, oin: Oin, name: UUID | None) -> ReportOnCase | None:
        """The report of this reporter that it names the case by, if it does."""
        report = self.reports.get(ReportId(name)) if name is not None else None
        mine = report is not None and report.reporter == oin and report.state is not ReportState.DETACHED
        return report if mine else None

    def taken_under(self, oin: Oin, about: UUID | None) -> ReportOnCase | None:
        """The report of this party under whose name it takes part in this: itself, a table and its actions, contact.

        `None` where that is the case. Where the report has left, and it is there still, it is by its latest.
        """
        if (table := self.table_of(about)) is not None:
            tied = table.ties.get(oin)
            return None if tied is None else self.report_called(oin, tied) or self.report_of(oin)
        found = next((one for one in self.coincidences.values() if one.id == about), None)
        if found is not None:
            own = (self.report_called(oin, name) for name in (found.report, *found.others))
            return next((one for one in own if one is not None), self.report_of(oin))
        return self.report_called(oin, about)

    def by_report_only(self, parties: Iterable[Oin]) -> Iterator[tuple[Oin, ReportId]]:
        """Those of them that know the case by a report of their own and nothing else, and by which."""
        reports = ((oin, self.report_of(oin)) for oin in parties if not self.knows_case(oin))
        return ((oin, report.id) for oin, report in reports if report is not None)

    def table_of(self, about: UUID | None) -> Table | None:
        """The joint table that this is, or that agreed this action."""
        return next((one for one in self.tables.values() if about == one.id or about in one.actions), None)

    def desk_of(self, report: ReportOnCase) -> Oin | None:
        """The desk of the region that this report went to, as its reporter knows it.

        A version before did not keep it: of the report that opened the case it was the first desk, of any other nobody
        knows.
        """
        if report.desk is not None or not report.opened or self.apart_from is not None:
            return report.desk
        return (*self.desks, self.triage)[0]

    def next_version(self, oin: Oin, name: UUID) -> int:
        """The `zaakversie` of what this party is told next under this name.

        Under each name by itself: a number that jumped would say that something happened under another.
        """
        under = self.told_under.get(ReportId(name))
        return (self.told.get(oin, 0) if under is None else under) + 1

    def known_as(self, oin: Oin, but: frozenset[Role] = NO_OTHERS, about: UUID | None = None) -> UUID | None:
        """The `correlationid` this party uses; `None` for who is no party.

        Args:
            about: at a table that it was invited to by the case it goes by that, whatever it has reported since.
        """
        table = self.table_of(about)
        by_case = table is not None and self.is_at(table, oin, but) and oin not in table.ties
        if by_case or self.knows_case(oin, but):
            return self.name
        report = self.report_of(oin)
        if report is not None:
            return report.id
        return self.name if self.sits(oin, but) else None

    def may_call_it(self, oin: Oin, correlation: UUID, but: frozenset[Role] = NO_OTHERS) -> bool:
        """Whether this party may name the case so: by the case, or by a report of its own.

        Who sits at a table by its report was never told what the case is called.
        """
        if correlation == self.id or correlation in self.names:
            by_case = any(self.is_at(one, oin, but) and oin not in one.ties for one in self.tables.values())
            return self.knows_case(oin, but) or by_case
        return self.report_called(oin, correlation) is not None

    def awaited(self, found: CoincidenceOnCase) -> tuple[Oin, ...]:
        """Whose word of contact is awaited: of who was told and can still name the case.

        A desk that the case has left is in touch with nobody for it: the triage is, unless it was told itself.
        """
        moved = self.triage not in found.told
        told = dict.fromkeys(self.triage if moved and oin in self.desks else oin for oin in found.told)
        return tuple(oin for oin in told if self.known_as(oin) is not None)

    def term(self, name: str, about: UUID) -> TermOnCase | None:
        """The latest term of this name about this: an earlier one of the same name was met."""
        return next((term for term in reversed(self.terms) if term.name == name and term.about == about), None)

    def running(self) -> Iterator[TermOnCase]:
        return (term for term in self.terms if not term.met)
