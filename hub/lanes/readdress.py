"""What waits for a connection that has ended, on its way to the one that stands in its place.

A message keeps its id and says the same. Where that is another organisation's, it is made again with that one as its
`recipient`: nobody has to take what is addressed to somebody else. A yes to an offer may name the hash of either, as
its reader may have had it before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hub.canonical.codes import Lane
from hub.canonical.partners import Partner
from hub.cases import events as e
from hub.cases.case import Case
from hub.cases.evolve import evolve
from hub.errors import OurFault, Surroundings
from hub.ids import CaseId, MessageId, PartnerId
from hub.lanes.fate import lack_of
from hub.lanes.reissue import offer_of, saying, what_it_says
from hub.lanes.setting import Setting
from hub.lanes.workspace import Part, Workspace
from hub.ports import Changes, Lack, OutboxRow, Store, Wanted
from hub.ports.periods import GONE
from hub.routing.directory import next_connection
from hub.schemas.cloudevent import recipient_of


async def readdress(
    former: PartnerId, waiting: Sequence[tuple[MessageId, CaseId | None]], store: Store, setting: Setting
) -> Changes:
    """Have these wait for who stands in the place of `former`, and commit; nothing, if nobody does.

    What is locked stays where it is: it is asked for again.
    """
    async with store.unit(hasty=True) as unit:
        partner = unit.directory.partners[former]
        heir = next_connection(unit.directory, partner, unit.now)
        if heir.id == former:
            return Changes()
        setting.keys.begins(unit.period)
        loaded = await unit.load(Wanted(correlations=list({case for _, case in waiting if case is not None})))
        work = Workspace.of(unit, loaded)
        rows = await unit.outgoing(former, [id_ for id_, _ in waiting])
        moved = [found for row in rows if (found := _moved_if_it_can_be(row, partner, heir, work, setting)) is not None]
        changes = replace(work.changes(0, 0), moved=tuple(moved))
        await unit.write(changes, setting.worker, Lane.ROUTINE)
    return changes


def _moved_if_it_can_be(
    row: OutboxRow, former: Partner, heir: Partner, work: Workspace, setting: Setting
) -> OutboxRow | None:
    """What cannot be read now, or whose case cannot, stays where it is, and stops no other.

    What opens no more waits for its cause to be sent again, there as here.
    """
    if heir.oin == former.oin or row.payload.key_id == GONE:
        return replace(row, partner=heir.id)
    try:
        again = addressed_to(heir, row, work, setting)
        work.happened(tuple(on_case(row, again, work)), (), ())
    except OurFault as error:
        work.lacks(lack_of(error) if isinstance(error, Surroundings) else Lack(error.code, str(row.id), error.sentence))
        return None
    return again


def addressed_to(heir: Partner, row: OutboxRow, work: Workspace, setting: Setting) -> OutboxRow:
    """The same for this connection; nothing changes where it is its own. Raises `OurFault`."""
    said = what_it_says(row, setting) | {"recipient": recipient_of(heir.oin)}
    return saying(said, replace(row, partner=heir.id), setting.keys.keeping(work.directory, work.period))


def on_case(row: OutboxRow, again: OutboxRow, work: Workspace) -> Iterator[Part]:
    """Of an offer both hashes count."""
    case: Case | None = work.case(row.case)
    found = offer_of(case, row.sha256) if case is not None else None
    if case is not None and found is not None:
        offer, to = found
        event = e.NoticeReissued(case.next_at(work.now), to, again.id, row.id, again.sha256, offer)
        yield Part(evolve(case, event), (event,))
