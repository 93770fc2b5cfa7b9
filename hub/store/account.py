"""The sum of P5, from records that are written independently of each other.

    deliveries   `batch`: how many the consumer handed over, counted before anything was decided
    distinct     `inbox`: one row each, with a fate; and how often each came
    fates        `journal`: the last fate of each row, only ever added to
    answers      `outbox`: every decided row that owes an answer has one
    notices      `case_event`: what the register says was told is in the outbox
    bytes        `stored_delivery`: there for every undecided row, and for no other

A fault in one of them shows as a difference, not as a smaller number everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.ports import Fate
from hub.store.engine import transaction

_COUNTS = """
select
  (select coalesce(sum(deliveries), 0) from batch) as delivered,
  (select coalesce(sum(duplicates), 0) from batch) as duplicated,
  (select coalesce(sum(deliveries), 0) from inbox) as inbox_deliveries,
  (select count(*) from inbox) as inbox_rows,
  (select count(*) from inbox where fate = 'nieuw') as undecided,
  (select count(*) from inbox i where not exists (select from journal j where j.inbox = i.id)) as unjournaled,
  (select count(*) from (select distinct on (inbox) inbox, fate from journal order by inbox, seq desc) j
     join inbox i on i.id = j.inbox where i.fate <> j.fate
     and not (i.fate = 'opnieuw' and j.fate = 'quarantaine')) as contradicted,
  (select count(*) from journal j where not exists (select from inbox i where i.id = j.inbox)) as orphaned,
  (select count(*) from inbox i where i.fate in ('aanvaard', 'geweigerd')
     and not exists (select from outbox o where o.id = i.answer)
     and not (i.fate = 'aanvaard' and i.answer is null and i.type = 'nl.ketenhub.verwerking.verwerkt.v1')
     and not exists (select from journal j where j.inbox = i.id and j.code = 'dead-letter')) as unanswered,
  (select count(*) from case_event e where e.kind = 'NoticeIssued'
     and not exists (select from outbox o where o.id = cast(e.document #>> '{event,message}' as uuid))) as untold,
  (select count(*) from inbox i where i.fate in ('opnieuw', 'quarantaine')
     and not exists (select from stored_delivery s where s.inbox = i.id)) as without_bytes,
  (select count(*) from stored_delivery s join inbox i on i.id = s.inbox
     where i.fate not in ('opnieuw', 'quarantaine')) as bytes_left
"""
_FATES = "select fate, count(*) as n from inbox group by fate"
_PARTNERS = """
select partner, sum(deliveries) as deliveries, count(*) filter (where fate <> 'dubbel') as distinct,
  count(*) filter (where fate = 'aanvaard') as accepted, count(*) filter (where fate = 'geweigerd') as rejected,
  count(*) filter (where fate = 'opnieuw') as retry, count(*) filter (where fate = 'quarantaine') as quarantined
from inbox group by partner order by partner
"""
_OUTGOING = """
select partner, count(*) as outgoing, count(*) filter (where published_at is not null) as published,
  count(*) filter (where delivered_at is not null) as delivered,
  count(*) filter (where owes_confirmation and delivered_at is null) as undelivered
from outbox group by partner order by partner
"""
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
    """

    deliveries: int
    distinct: int
    duplicates: int
    fates: Mapping[str, int]
    differences: Mapping[str, int]
    partners: Mapping[str, Mapping[str, int]]

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
    first, rows = counts["delivered"] - counts["duplicated"], counts["inbox_rows"]
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
    )
