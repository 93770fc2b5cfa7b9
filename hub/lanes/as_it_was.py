"""What was known when a message was decided, as far as it matters to what followed from it: for `filling.py`.

The cases are those of the register before it; the directory is the one by which it was decided, as who has ended since
was written to then. What others have got from the hub since, in an ended one's place, that one had got by then.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from hub.canonical.partners import Directory
from hub.cases.case import Case
from hub.ids import MessageId, Oin, PartnerId
from hub.lanes.workspace import Workspace
from hub.ports import Before, Cause, InboxRow
from hub.routing.directory import acting, next_connection


def as_it_was(
    row: InboxRow, before: Before, then: Directory, work: Workspace, *, recovering: bool, doubted: bool
) -> Workspace:
    """The memory in which this message was judged.

    Args:
        then: the directory by which it was decided.
        recovering: whether partners were resending then what the database had lost.
        doubted: whether the clock was doubted then.
    """
    assert row.decided_at is not None
    loaded = work.loaded
    own = (one.at for entries in loaded.radar.values() for one in entries if one.report == row.reference)
    came = min(own, default=row.decided_at)
    radar = {name: tuple(one for one in entries if one.at < came) for name, entries in loaded.radar.items()}
    cases = {name: case for name, case in loaded.cases.items() if case.id not in before}
    cases |= _by_name(before)
    causes = dict(_known_then(row.partner, then, work))
    known = replace(loaded, cases=cases, radar=radar, causes=causes)
    return Workspace(row.decided_at, then, work.period, known, doubted=doubted, recovering=recovering)


def _by_name(before: Before) -> Mapping[UUID, Case]:
    stood = [case for case in before.values() if case is not None]
    return {name: case for case in stood for name in case.all_names()}


def _known_then(sender: PartnerId, then: Directory, work: Workspace) -> Iterator[tuple[tuple[Oin, MessageId], Cause]]:
    """The causes that are known, by the organisations and connections that there were."""
    mine = then.partners[sender].oin
    heir = acting(work.directory, work.directory.partners[sender], work.now)
    for (oin, message), cause in sorted(work.loaded.causes.items(), key=lambda one: one[0][0] == mine):
        names = {id_: name for id_ in then.partners if (name := _name_of(id_, cause, work)) is not None}
        yield (mine if oin == heir else oin, message), replace(cause, known_as=names)


def _name_of(partner: PartnerId, cause: Cause, work: Workspace) -> MessageId | None:
    """Under which id this connection knew it: what waited for one that has ended went to who is in its place."""
    known = work.directory.partners.get(partner)
    heir = next_connection(work.directory, known, work.now).id if known is not None else partner
    return cause.known_as.get(partner, cause.known_as.get(heir))
