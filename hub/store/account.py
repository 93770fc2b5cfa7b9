"""The sum of P5, from records that are written independently of each other.

    deliveries   `batch`: how many the consumer handed over, counted before anything was decided
    distinct     `inbox`: one row each, with a fate; and how often each came
    fates        `journal`: the last fate of each row, only ever added to
    answers      `outbox`: every decided row that owes an answer has one
    replaced     `outbox`: rows that never left, as another took their place; they are not among what was sent
    notices      `case_event`: what the register says was told is in the outbox
    bytes        `stored_delivery`: there for every undecided row, and for no other

A fault in one of them shows as a difference, not as a smaller number everywhere. Of what has lapsed (`traffic.py`) the
numbers are added, to each what was counted in it. The register outlives what it says was told: where its case is
closed, that is looked for only as long as it has to be there, which is as long as the message that led to it; of what a
moment led to, until the second in which a sweep ended (`until` is in whole seconds). A message that came by two
connections of an organisation counts at the one that brought it first, its answer at the one that asked last: their
numbers add up.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.ports import Fate
from hub.store.engine import transaction

# A release by a version before 0021 left no journal row: its row is `opnieuw` after `quarantaine`.
_COUNTS = """
select
  (select coalesce(sum(deliveries), 0) from batch)
     + (select coalesce(sum(number), 0) from lapsed where partner = '' and name = 'deliveries') as delivered,
  (select coalesce(sum(duplicates), 0) from batch)
     + (select coalesce(sum(number), 0) from lapsed where partner = '' and name = 'duplicates') as duplicated,
  (select coalesce(sum(deliveries), 0) from inbox)
     + (select coalesce(sum(number), 0) from lapsed where partner <> '' and name = 'deliveries') as inbox_deliveries,
  (select count(*) from inbox where fate = 'nieuw') as undecided,
  (select count(*) from inbox i where not exists (select from journal j where j.inbox = i.id)) as unjournaled,
  (select count(*) from (select distinct on (inbox) inbox, fate from journal order by inbox, seq desc) j
     join inbox i on i.id = j.inbox where i.fate <> j.fate
     and not (i.fate = 'opnieuw' and j.fate = 'quarantaine')) as contradicted,
  (select count(*) from journal j where not exists (select from inbox i where i.id = j.inbox)) as orphaned,
  (select count(*) from inbox i where i.fate in ('aanvaard', 'geweigerd')
     and not exists (select from outbox o where o.id = i.answer)
     and not (i.answered_with is not null and not exists (select from inbox l where l.id = i.answered_with
       and not exists (select from outbox o where o.id = l.answer)))
     and not (i.fate = 'aanvaard' and i.answer is null and i.type = 'nl.ketenhub.verwerking.verwerkt.v1')
     and not exists (select from journal j where j.inbox = i.id and j.code = 'dead-letter')) as unanswered,
  (select count(*) from case_event e where e.kind = 'NoticeIssued'
     and not exists (select from outbox o where o.id = cast(e.document #>> '{event,message}' as uuid))
     and not exists (select from cases c where c.id = e."case" and c.state <> 'open'
       and (e.at < (select to_timestamp(number + 1) from lapsed where name = 'until')
         or e.inbox is not null and not exists (select from inbox i where i.id = e.inbox)))) as untold,
  (select count(*) from inbox i where i.fate in ('opnieuw', 'quarantaine')
     and not exists (select from stored_delivery s where s.inbox = i.id)) as without_bytes,
  (select count(*) from stored_delivery s join inbox i on i.id = s.inbox
     where i.fate not in ('opnieuw', 'quarantaine')) as bytes_left,
  (select count(*) from outbox where next_at is not null and key_id = 'gone')
     + (select count(*) from held where key_id = 'gone')
     + (select count(*) from stored_delivery where key_id = 'gone') as awaiting
"""
# What is there, and what there was.
_RECEIVED = """
with received as (
  select partner, fate as name, count(*) as number from inbox group by partner, fate
  union all select partner, 'deliveries', sum(deliveries) from inbox group by partner
  union all select partner, name, number from lapsed where partner <> '')
"""
_FATES = f"""{_RECEIVED}
select name as fate, sum(number) as n from received
where name in ('nieuw', 'aanvaard', 'geweigerd', 'opnieuw', 'quarantaine', 'dubbel') group by name
"""  # noqa: S608
_PARTNERS = f"""{_RECEIVED}
select partner, sum(number) filter (where name = 'deliveries') as deliveries,
  coalesce(sum(number) filter (where name in ('nieuw', 'aanvaard', 'geweigerd', 'opnieuw', 'quarantaine')), 0)
    as distinct,
  coalesce(sum(number) filter (where name = 'aanvaard'), 0) as accepted,
  coalesce(sum(number) filter (where name = 'geweigerd'), 0) as rejected,
  coalesce(sum(number) filter (where name = 'opnieuw'), 0) as retry,
  coalesce(sum(number) filter (where name = 'quarantaine'), 0) as quarantined
from received group by partner having sum(number) filter (where name = 'deliveries') is not null order by partner
"""  # noqa: S608
REPLACED_UNSENT = "replaced_by <> id and published_at is null and delivered_at is null"
"""Of the outbox: it never left, as another said more. One whose place no other took has its own id there."""
_OUTGOING = f"""
with sent as (
  select partner, count(*) - count(*) filter (where {REPLACED_UNSENT}) as outgoing, count(published_at) as published,
    count(delivered_at) as delivered, count(*) filter (where {REPLACED_UNSENT}) as replaced,
    count(*) filter (where owes_confirmation and delivered_at is null and replaced_by is null) as undelivered
  from outbox group by partner
  union all
  select partner, coalesce(sum(number) filter (where name = 'outgoing'), 0),
    coalesce(sum(number) filter (where name = 'published'), 0),
    coalesce(sum(number) filter (where name = 'delivered'), 0),
    coalesce(sum(number) filter (where name = 'replaced'), 0), 0
  from lapsed where partner <> '' and name in ('outgoing', 'published', 'delivered', 'replaced') group by partner)
select partner, sum(outgoing) as outgoing, sum(published) as published, sum(delivered) as delivered,
  sum(replaced) as replaced, sum(undelivered) as undelivered
from sent group by partner order by partner
"""  # noqa: S608
SUM_CHECKS = (
    "unjournaled",
    "orphaned",
    "contradicted",
    "unanswered",
    "untold",
    "without_bytes",
    "bytes_left",
    "undecided",
)


@dataclass(frozen=True, slots=True)
class Account:
    """Counts only.

    Attributes:
        fates: distinct deliveries by fate, duplicates apart.
        differences: what does not fit, by name; empty if everything does.
        partners: per partner, deliveries and fates in, messages out.
        awaiting: content whose key is gone, and that awaits that its sender sends it again: it is accounted for.
    """

    deliveries: int
    distinct: int
    duplicates: int
    fates: Mapping[str, int]
    differences: Mapping[str, int]
    partners: Mapping[str, Mapping[str, int]]
    awaiting: int

    @property
    def fits(self) -> bool:
        return not self.differences


async def account(engine: AsyncEngine) -> Account:
    """The sum, of one moment: all of it is read in one snapshot."""
    async with transaction(engine) as connection:
        await connection.execute(text("set transaction isolation level repeatable read, read only"))
        counts = dict((await connection.execute(text(_COUNTS))).one()._mapping)
        fates = {row.fate: int(row.n) for row in await connection.execute(text(_FATES))}
        partners: dict[str, dict[str, int]] = {}
        for query in (_PARTNERS, _OUTGOING):
            for row in await connection.execute(text(query)):
                numbers = {name: int(value) for name, value in row._mapping.items() if name != "partner"}
                partners.setdefault(row.partner, {}).update(numbers)
    return _summed({name: int(value) for name, value in counts.items()}, fates, partners)


def _summed(counts: Mapping[str, int], fates: Mapping[str, int], partners: Mapping[str, Mapping[str, int]]) -> Account:
    distinct = sum(number for fate, number in fates.items() if fate != Fate.DUPLICATE)
    duplicates = counts["inbox_deliveries"] - distinct
    differences = {name: counts[name] for name in SUM_CHECKS if counts[name]}
    if counts["delivered"] != counts["inbox_deliveries"]:
        differences["deliveries"] = counts["delivered"] - counts["inbox_deliveries"]
    first, rows = counts["delivered"] - counts["duplicated"], sum(fates.values())
    # One that was kept unopened and recounted had a row of its own; opened, it may have got another.
    if not rows - fates.get(Fate.DUPLICATE, 0) <= first <= rows:
        differences["first_deliveries"] = first - rows
    return Account(
        counts["delivered"],
        distinct,
        duplicates,
        {fate: number for fate, number in fates.items() if fate != Fate.DUPLICATE},
        differences,
        partners,
        counts["awaiting"],
    )
