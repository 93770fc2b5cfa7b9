"""What a decision may know besides the case: who asks, when, and along which route. No clock, no randomness."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.canonical.codes import Lane
from hub.canonical.notices import Body, Notice, RecordedFor, StepsTaken
from hub.canonical.terms import Terms
from hub.cases.case import Case
from hub.cases.events import Event
from hub.ids import MessageId, Oin, RegionId


@dataclass(frozen=True, slots=True)
class Context:
    """One message's circumstances.

    Attributes:
        sender: the organisation the broker and the signature proved.
        message: the signed id, the yes of an acceptance among them.
        now: the batch's one moment, from the database.
        region, triage: where the route leads.
        tell: organisations that get the message under its own type, the triage and the sender apart.
        connected: whether an organisation is a partner now, and so can be a candidate.
        new_id: fresh random ids.
    """

    sender: Oin
    message: MessageId
    now: datetime
    lane: Lane
    region: RegionId
    triage: Oin
    tell: tuple[Oin, ...]
    terms: Terms
    connected: Callable[[Oin], bool]
    new_id: Callable[[], UUID]


Draft = tuple[Oin, Body]
"""A notice before it has its version: to whom, and what."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a message led to.

    Attributes:
        events: facts, in order; none if nothing changed.
        drafts: what to tell whom, in order.
        reference: what the sender is to call it from now on (`referentie` of its receipt).
    """

    events: tuple[Event, ...] = ()
    drafts: tuple[Draft, ...] = ()
    reference: UUID | None = None


def address(case: Case, draft: Draft) -> Notice:
    """The draft as a notice: under the name the recipient knows the case by, numbered, with the holder if it may know.

    Args:
        case: as it stands after the decision's events and the notices before this one.
    """
    to, body = draft
    correlation = _known_as(case, to, body)
    version = None if correlation is None else case.told.get(to, 0) + 1
    return Notice(to, body, correlation, version, case.holder if case.may_know_holder(to) else None)


def _known_as(case: Case, to: Oin, body: Body) -> UUID | None:
    """A reporter with several reports on the case hears of each under that report's own reference."""
    if isinstance(body, RecordedFor | StepsTaken) and not case.knows_case(to):
        return body.report
    return case.known_as(to)
