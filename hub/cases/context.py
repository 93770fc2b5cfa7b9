"""What a decision may know besides the case: who asks, when, and along which route. No clock, no randomness."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from hub.canonical.codes import Lane, MatchGround
from hub.canonical.holding import Holding
from hub.canonical.notices import (
    Body,
    Escalation,
    Hit,
    Notice,
    PassOn,
    Reminder,
    Stand,
    about,
)
from hub.canonical.partners import Contact, Role
from hub.canonical.terms import Terms
from hub.cases.case import NO_OTHERS, Case, Link
from hub.cases.events import Event
from hub.cases.sight import Sight, sight_of
from hub.errors import Code, Rejection
from hub.ids import CaseId, HandoverId, Ids, MessageId, Oin, RegionId, ReportId


@dataclass(frozen=True, slots=True)
class Radar:
    """What the radar found beside a report.

    Attributes:
        ground: what the report joins its case by; `None` if it does not join by the radar.
        continues: a closed case about the same person, which a new one goes on from.
        hits: every other report found.
        links: other cases among them.
        pairs: whether a reporter may hear of another, by the table of role pairs.
        elsewhere: the triage of the region that the report names, where the case it joins is another's.
    """

    ground: MatchGround | None = None
    continues: CaseId | None = None
    hits: tuple[Hit, ...] = ()
    links: tuple[Link, ...] = ()
    pairs: Callable[[Oin, Oin], bool] = lambda _one, _other: False
    elsewhere: Oin | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """One message's circumstances.

    Attributes:
        sender: the organisation the broker and the signature proved.
        message: the signed id, the yes of an acceptance among them.
        now: the moment of the decision: what the clock says, but never before the newest of its case.
        clock: what the clock says, from which terms count: a case that is ahead of it must hold up nothing.
        region, triage: where the route leads; `named`: as the message names the region; `assumed`: as nothing does.
        tell: organisations that get the message under its own type, the triage and the sender apart.
        connected: whether an organisation is a partner now, and so can be a candidate.
        ids: of what this message brings forth.
        calls: what the sender calls the case (`correlationid`).
        follows: the message that this one says it follows (`causationid`).
        called: what the sender calls the case (`correlationid`).
        signed: when its sender signed this message, by its own clock.
        said: the region and its desk that a report goes to by what its sender says, whatever case it joins.
        resent: while the hub recovers, when this message was signed: what it follows may come after it, and no end that
            it sets is judged; else `None`.
        has_full: whether the full part of an offer is still held.
        region_of: the region that an organisation is the triage desk of, if it is one.
        sees: whether an organisation, by its role, may see anything of what the message says.
        doubted: the clock is: nothing is refused by it.
        contact: whom to call at an organisation in a round of alarms, the first being 1; they take turns.
        role: of the sender's connection; `others`: of the other connections that its organisation has.
        role_of: of an organisation's roles the first of these that it has, else the one that it is meant in by default.
        holding: who may take over by an offer.
        works_here: whether an organisation works in this role in the region of the case.
    """

    sender: Oin
    message: MessageId
    now: datetime
    clock: datetime
    lane: Lane
    region: RegionId
    triage: Oin
    tell: tuple[Oin, ...]
    terms: Terms
    connected: Callable[[Oin], bool]
    ids: Ids
    holding: Holding
    has_full: Callable[[HandoverId], bool] = lambda _handover: True
    region_of: Callable[[Oin], RegionId | None] = lambda _oin: None
    sees: Callable[[Oin], bool] = lambda _oin: True
    contact: Callable[[Oin, int], Contact | None] = lambda _oin, _round: None
    radar: Radar = field(default_factory=Radar)
    calls: UUID | None = None
    follows: UUID | None = None
    called: UUID | None = None
    said: tuple[RegionId, Oin] | None = None
    resent: datetime | None = None
    role: Role | None = None
    others: frozenset[Role] = NO_OTHERS
    role_of: Callable[[Oin, tuple[Role, ...]], Role | None] = lambda _oin, _roles: None
    works_here: Callable[[Oin, Role], bool] = lambda _oin, _role: True
    doubted: bool = False
    named: bool = False
    assumed: bool = False
    signed: datetime | None = None

    def has_passed(self, moment: datetime | None) -> bool:
        """Whether a moment that somebody set was over when it was set: that it passed on the way is nobody's fault.

        Nobody can say so while the clock is doubted; of what is resent while the hub recovers it is not asked again.
        """
        set_at = min(self.signed or self.clock, self.clock)
        return moment is not None and moment <= set_at and not self.doubted and self.resent is None

    def runs(self, moment: datetime | None) -> bool:
        """Whether a clock that somebody set runs until then; while ours is doubted nobody is held up by it."""
        return moment is not None and moment > self.clock and not self.doubted


Draft = tuple[Oin, Body]
"""A notice before it has its version: to whom, and what."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a message led to.

    Attributes:
        events: facts, in order; none if nothing changed.
        drafts: what to tell whom, in order.
        reference: what the sender is to call it from now on (`referentie` of its receipt).
        opens: what happens to a case of its own that this step opens beside; its events begin with `CaseOpened`.
        shortened: the moment that its sender set was further off than a party may set one.
    """

    events: tuple[Event, ...] = ()
    drafts: tuple[Draft, ...] = ()
    reference: UUID | None = None
    opens: "Decision | None" = None
    shortened: bool = False


def address(case: Case, draft: Draft, above: int = 0, but: frozenset[Role] = NO_OTHERS) -> Notice:
    """The draft as a notice: under the name the recipient knows the case by, numbered, with the holder if it may know.

    Args:
        case: as it stands after the decision's events and the notices before this one.
        above: what versions lie above, as the database may have lost what it had said.
        but: the roles of the recipient's other connections: what it knows in these is not this one's to know.
    """
    to, body = draft[0], _as_called(case, draft[1])
    sight = sight_of(case, to, but)
    report = _own_report(case, to, body, sight)
    correlation = _known_as(case, to, body, but) if report is None else report
    if correlation is None:
        return Notice(to, body)
    under = report or (ReportId(correlation) if correlation in case.reports else None)
    version = max(case.next_version(to, correlation), above + 1)
    holder = case.holder if sight.called(under).knows_holder else None
    return Notice(to, body, correlation, version, holder, under)


def seen_by(case: Case, ctx: Context) -> Sight:
    """What the sender may know, by the name that it uses for the case."""
    report = case.report_called(ctx.sender, _name(case, ctx))
    return sight_of(case, ctx.sender, ctx.others).called(report.id if report is not None else None)


def called_by(case: Case, ctx: Context) -> UUID | None:
    """What the sender is to call the case (`referentie`): as it did by a report of its own, if that is all it knows."""
    report = case.report_called(ctx.sender, _name(case, ctx))
    if report is None or sight_of(case, ctx.sender, ctx.others).oversees:
        return case.known_as(ctx.sender, ctx.others)
    return report.id


def check_is_there(oin: Oin, field: str, ctx: Context) -> None:
    """While the hub recovers, a partner that it lost with the rest is no fault of the sender: the step waits for it.

    Raises:
        Rejection: as `judge` raises what waits.
    """
    if ctx.resent is not None and not ctx.connected(oin):
        raise Rejection(Code.STEP_NOT_ALLOWED, (field,), "no partner, as far as the hub has recovered")


def _as_called(case: Case, body: Body) -> Body:
    """What is said about the case itself names it as its parties do."""
    if case.called is None:
        return body
    if isinstance(body, Reminder | Escalation) and body.about == case.id:
        return replace(body, about=case.called)
    if isinstance(body, Stand):
        steps = tuple(replace(one, about=case.name) if one.about == case.id else one for one in body.steps)
        terms = tuple(replace(one, about=case.name) if one.about == case.id else one for one in body.terms)
        return replace(body, steps=steps, terms=terms)
    return body


def _name(case: Case, ctx: Context) -> UUID | None:
    return ctx.called if ctx.called is not None else case.known_as(ctx.sender, ctx.others)


def _own_report(case: Case, to: Oin, body: Body, sight: Sight) -> ReportId | None:
    """What a party takes part in by a report of its own goes under that report, so that it does not say on which case
    that is, unless the party sees every report on it."""
    report = case.taken_under(to, about(body))
    return report.id if report is not None and not sight.oversees else None


def _known_as(case: Case, to: Oin, body: Body, but: frozenset[Role]) -> UUID | None:
    return None if isinstance(body, PassOn) and body.apart else case.known_as(to, but, about(body))
