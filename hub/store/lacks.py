"""What the surroundings lack now, a row each: alarmed once for all that wait for it, on however many machines.

Theory. A thousand messages that wait for one missing key are one fault. Each is kept with the id of what it waits for
(`stored_delivery.lack`), and none of them is tried by itself. Instead one of them is due every few seconds, to see
whether it gets through; when one does, all others are due at once. So the end of a fault is noticed within seconds,
however many wait, and nobody has to say that it is over.

    until       something has looked for it and not found it, and will again before this; past it, and with nothing that
                waits, the row goes: it is over
    probe_at    when one of those that wait is due
    mended      one has got through: all are due. Whoever still lacks it takes this back
    said        somebody has said that it began
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.ports import Lack, LacksTurned
from hub.store.bulk import arrays
from hub.store.moments import NOW
from hub.store.tables import lack

_COLUMNS = [lack.c.id, lack.c.code, lack.c.about, lack.c.sentence]
# Only where it says something new: all batches of all workers would wait for this one row.
_NOTE = text("""
insert into lack (id, code, about, sentence, since, until, probe_at)
select f.id, f.code, f.about, f.sentence, :now, :now + interval '1 minute', :now
from unnest(cast(:all_id as text[]), cast(:all_code as text[]), cast(:all_about as text[]),
  cast(:all_sentence as text[])) as f(id, code, about, sentence)
where not exists (
  select from lack l where l.id = f.id and not l.mended
    and l.until between :now + interval '30 seconds' and :now + interval '2 minutes')
order by f.id
on conflict (id) do update set sentence = excluded.sentence, until = excluded.until, mended = false
""").bindparams(NOW)
_MEND = text("update lack set mended = true where id = any(cast(:ids as text[])) and not mended")
_TURN = text("""
with begun as (update lack set said = true where not said returning id, code, about, sentence, 0.0 as seconds),
ended as (
  delete from lack l where l.said and l.until not between :now and :now + interval '2 minutes'
    and not exists (select from stored_delivery s where s.lack = l.id)
    and not exists (select from outbox o where o.lack = l.id)
  returning id, code, about, sentence, extract(epoch from :now - since) as seconds)
select true as is_begun, b.* from begun b union all select false, e.* from ended e order by id
""").bindparams(NOW)
_PROBE = text("""
update lack set probe_at = :now + make_interval(
  secs => least(5.0, greatest(1.0, cast(extract(epoch from :now - since) as double precision) / 8)))
where id = any(array(select id from lack where probe_at <= :now or probe_at > :now + interval '1 minute'
  order by probe_at limit 20 for update skip locked))
returning id
""").bindparams(NOW)
_STANDING = text("""
select l.id, l.code, l.about, l.sentence, l.since,
  (select count(*) from stored_delivery s where s.lack = l.id) as messages,
  (select count(*) from stored_delivery s where s.lack = l.id and s.lane = 'acuut') as acute,
  (select count(*) from outbox o where o.lack = l.id) as outgoing
from lack l order by l.since, l.id
""")


@dataclass(frozen=True, slots=True)
class Standing:
    """A lack as an operator sees it.

    Attributes:
        messages: of partners, that wait for it; so many of them `acute`.
        outgoing: messages of the hub that cannot be made ready.
    """

    lack: Lack
    since: datetime
    messages: int
    acute: int
    outgoing: int


async def note(connection: AsyncConnection, now: datetime, lacks: Sequence[Lack]) -> None:
    if lacks:
        records = [{name: getattr(one, name) for name in ("id", "code", "about", "sentence")} for one in lacks]
        await connection.execute(_NOTE, arrays(_COLUMNS, records) | {"now": now})


async def mend(connection: AsyncConnection, ids: Sequence[str]) -> None:
    if ids:
        await connection.execute(_MEND, {"ids": sorted(ids)})


async def turn(connection: AsyncConnection, now: datetime) -> LacksTurned:
    found = (await connection.execute(_TURN, {"now": now})).all()
    return LacksTurned(
        tuple(_lack(row) for row in found if row.is_begun),
        tuple((_lack(row), float(row.seconds)) for row in found if not row.is_begun),
    )


async def probed(connection: AsyncConnection, now: datetime) -> list[str]:
    """The lacks of which one message that waits is due now; nobody else is given them for some seconds."""
    return list((await connection.execute(_PROBE, {"now": now})).scalars())


async def standing(connection: AsyncConnection) -> list[Standing]:
    """All that is lacking, the oldest first."""
    found = await connection.execute(_STANDING)
    return [Standing(_lack(row), row.since, row.messages, row.acute, row.outgoing) for row in found]


def _lack(row: Row[Any]) -> Lack:
    return Lack(row.code, row.about, row.sentence)
