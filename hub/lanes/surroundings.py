"""What a decision may know besides the case, taken from one version of the directory, the batch and the route."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from hub.canonical.codes import Lane
from hub.canonical.partners import Contact, Role
from hub.cases.case import Case
from hub.cases.context import Context, Radar
from hub.cases.events import Event
from hub.cases.evolve import fold
from hub.cases.succession import successions
from hub.ids import HandoverId, Ids, MessageId, Oin, RegionId
from hub.lanes.asking import Asked
from hub.lanes.setting import Setting
from hub.lanes.way import Way
from hub.lanes.workspace import Workspace
from hub.routing.directory import known_by_oin, partner_by_oin, successor_of
from hub.schemas.disclosure import audience

OF_THE_HUB = MessageId(UUID(int=0))
"""Stands for the message where a moment came and no message: nothing that is signed follows from it."""


def context_of(asked: Asked, way: Way, case: Case | None, ids: Ids, work: Workspace, setting: Setting) -> Context:
    """The circumstances of a message."""
    own = context_of_hub(asked.event.urgentie, case, ids, work, setting)
    return replace(
        own,
        sender=asked.sender.oin,
        message=asked.event.message_id,
        region=way.region,
        triage=way.triage,
        tell=way.tell,
        sees=lambda oin: _sees(oin, asked, work),
    )


def context_of_hub(lane: Lane, case: Case | None, ids: Ids, work: Workspace, setting: Setting) -> Context:
    """The circumstances of a moment that came on a case."""
    directory, now = work.directory, work.now

    def held(handover: HandoverId) -> bool:
        return case is not None and work.held(case.id, handover) is not None

    return Context(
        sender=setting.hub,
        message=OF_THE_HUB,
        now=case.next_at(now) if case else now,
        clock=now,
        lane=lane,
        region=case.region if case else RegionId(""),
        triage=case.triage if case else setting.hub,
        tell=(),
        terms=setting.terms,
        connected=lambda oin: partner_by_oin(directory, oin, now) is not None,
        ids=ids,
        has_full=held,
        region_of=lambda oin: _region_of(oin, work),
        contact=lambda oin, round_: _contact(oin, round_, work),
        radar=Radar(pairs=pairs(work, setting)),
    )


def pairs(work: Workspace, setting: Setting) -> Callable[[Oin, Oin], bool]:
    """Whether two reporters may hear of each other, by their roles."""

    def allowed(one: Oin, other: Oin) -> bool:
        mine = known_by_oin(work.directory, one, work.now)
        its = known_by_oin(work.directory, other, work.now)
        return mine is not None and its is not None and setting.pairs.allows(mine.role, its.role)

    return allowed


def succeeded(case: Case, work: Workspace) -> tuple[Case, tuple[Event, ...]]:
    """The case with every party that has a successor replaced by it, and the facts that say so."""
    events = successions(case, lambda oin: successor_of(work.directory, oin, work.now), case.next_at(work.now))
    after = fold(case, events)
    assert after is not None
    return after, events


def _sees(oin: Oin, asked: Asked, work: Workspace) -> bool:
    partner = known_by_oin(work.directory, oin, work.now)
    return partner is not None and partner.role in audience(type(asked.data))


def _region_of(oin: Oin, work: Workspace) -> RegionId | None:
    partner = partner_by_oin(work.directory, oin, work.now)
    desk = partner is not None and partner.role is Role.VEILIG_THUIS
    return partner.regions[0] if partner and desk and partner.regions else None


def _contact(oin: Oin, round_: int, work: Workspace) -> Contact | None:
    partner = known_by_oin(work.directory, oin, work.now)
    contacts = partner.contacts if partner else ()
    return contacts[(round_ - 1) % len(contacts)] if contacts else None
