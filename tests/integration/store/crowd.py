"""A database after years: rows enough in each table that grows for the planner to tell a scan from a look.

After a standstill too: half of what waits for a moment is past it.
"""

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.databases import rows

MANY = 20_000
_ROWS = f"from generate_series(1, {MANY}) as g"
_DUE = f"now() + (g - {MANY // 2}) * interval '1 minute'"
_DAYS_AGO = "now() - g * interval '5 minutes'"

FILLS = {
    "inbox": f"""(id, partner, message, content_hash, opened, claims_id, lane, received_at, type, fate, fields,
        directory_version, rule, journal_hash, deliveries)
      select gen_random_uuid(), 'partner-' || g % 100, gen_random_uuid(), md5(g::text), true, true, 'regulier',
        {_DAYS_AGO}, 'a', case when g % 50 = 0 then 'quarantaine' when g % 50 = 1 then 'opnieuw' else 'aanvaard' end,
        '[]', 1, 'a', 'a', 1 {_ROWS}""",
    "stored_delivery": f"""(inbox, body, code, attempts, next_at, dead, delay_told_at)
      select gen_random_uuid(), '\\x00', 'a', 1, case when g % 2 = 0 then {_DUE} end, false,
        case when g % 100 > 0 then now() end {_ROWS}""",
    "journal": f"""(inbox, at, partner, content_hash, fate, hash)
      select gen_random_uuid(), {_DAYS_AGO}, 'a', 'a', 'aanvaard', 'a' {_ROWS}""",
    "batch": f"(at, worker, lane, deliveries, duplicates) select {_DAYS_AGO}, 'a', 'regulier', 1, 0 {_ROWS}",
    "attempt": f"(partner, body_hash, count, at) select 'partner-' || g % 100, md5(g::text), 1, {_DAYS_AGO} {_ROWS}",
    "cases": f"""(id, version, state, region, holder, document)
      select gen_random_uuid(), 1, case when g % 10 = 0 then 'open' else 'gesloten' end, 'a',
        case when g % 10 = 0 then 'a' end, '{{}}' {_ROWS}""",
    "case_event": f"""("case", version, at, kind, document)
      select gen_random_uuid(), 1, {_DAYS_AGO}, 'CaseOpened', '{{}}' {_ROWS}""",
    "gone": f'(number, "case", "to") select gen_random_uuid(), gen_random_uuid(), gen_random_uuid() {_ROWS}',
    "reference": f'(id, "case") select gen_random_uuid(), gen_random_uuid() {_ROWS}',
    "held": f"""("case", handover, ciphertext, wrapped_key, key_id, expires)
      select gen_random_uuid(), gen_random_uuid(), '\\x00', '\\x00', 'a', {_DUE} {_ROWS}""",
    "timer": f"""("case", name, about, due, round)
      select gen_random_uuid(), 'a', gen_random_uuid(), {_DUE},
        case when g % 50 = 0 then 1 else 0 end {_ROWS}""",
    "outbox": f"""(id, partner, lane, type, sha256, key_id, created, expires, owes_confirmation, origin, attempts,
        next_at, published_at, delivered_at, result, ciphertext)
      select gen_random_uuid(), 'partner-' || g % 100, 'regulier', 'a', 'a', 'a', {_DAYS_AGO}, now(), true,
        gen_random_uuid(), 1, case when g % 10 = 0 then {_DUE} end, {_DAYS_AGO},
        case when g % 10 > 0 then now() end, case when g % 10 > 0 then 'opgeslagen' end, '\\x00' {_ROWS}""",
    "radar_entry": f"""(pseudonym, report, ground, joins, reporter, at, expires, key_id)
      select sha256(g::text::bytea), gen_random_uuid(), 'bsn', true, 'a', {_DAYS_AGO}, {_DUE},
        'a' {_ROWS}""",
    "operator_act": f"""(at, os_user, account, host, command, ids, reason, reference)
      select {_DAYS_AGO}, 'a', 'a', 'a', 'case show', '[]', case when g % 4 = 0 then 'storing' end,
        case when g % 4 = 0 then '1' end {_ROWS}""",
    "processing_log": f"""(partner, trace_id, span_id, name, at, attributes)
      select 'a', 'a', 'a', 'a', date_trunc('month', now()) + g * interval '5 minutes', '{{}}' {_ROWS}""",
}
"""What to insert, by table."""


async def crowded(engine: AsyncEngine) -> None:
    """Fill every table that grows, and let the planner know."""
    for table, fill in FILLS.items():
        await rows(engine, f"insert into {table} {fill}")
    await rows(engine, "analyze")
