"""The migrations make the tables that the code works with, whoever starts first, with older and newer hubs beside."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.errors import OperatorError, OurFault
from hub.store import engine as engines
from hub.store import migrate as migrations
from hub.store.engine import connect, transaction
from hub.store.inbox import row_from
from hub.store.migrate import SCRIPTS, check, migrate
from hub.store.months import month_of, named
from hub.store.tables import REVISION, metadata
from hub.store.views import unreadable
from tests.databases import one, rows
from tests.fakes import until
from tests.patience import CEILING

NEXT = f"{int(REVISION) + 1:04d}"
AFTER = f"{int(REVISION) + 2:04d}"
EXPAND = f"""
import sqlalchemy as sa
from alembic import op
from hub.store.migrations.steps import add_index
revision, down_revision, kind = "{NEXT}", "{REVISION}", "expand"

def upgrade():
    op.add_column("inbox", sa.Column("note", sa.Text()))
    add_index("ix_inbox_note", "inbox", ["note"])
"""
CONTRACT = f"""
from alembic import op
revision, down_revision, kind, floor = "{AFTER}", "{NEXT}", "contract", "{NEXT}"

def upgrade():
    op.drop_column("inbox", "note")
"""


def differences(connection: Connection) -> list[object]:
    parts = set(connection.execute(text("select relname from pg_class where relispartition")).scalars())

    def is_of_the_code(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name not in parts

    compared = {"compare_type": True, "compare_server_default": True, "include_name": is_of_the_code}
    context = MigrationContext.configure(connection, opts=compared)
    return list(compare_metadata(context, metadata))


async def test_a_migrated_database_has_the_tables_of_the_code(database: AsyncEngine) -> None:
    async with transaction(database) as connection:
        assert await connection.run_sync(differences) == []


@pytest.fixture
async def empty(fresh_database: str) -> AsyncIterator[AsyncEngine]:
    engine = connect(fresh_database, "test", pool=8)
    yield engine
    await engine.dispose()


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The migrations of the version after this one, which adds a column and an index."""
    scripts = tmp_path / "migrations"
    shutil.copytree(SCRIPTS, scripts)
    (scripts / "versions" / f"{NEXT}_next.py").write_text(EXPAND)
    return scripts


async def somebody_waits(engine: AsyncEngine) -> bool:
    query = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return bool(await one(engine, query))


async def revision(engine: AsyncEngine) -> str:
    return str(await one(engine, "select version_num from alembic_version"))


async def test_hubs_that_start_at_once_on_an_empty_database_migrate_it_once(empty: AsyncEngine) -> None:
    await asyncio.gather(*(migrate(empty) for _ in range(4)))

    assert await revision(empty) == REVISION
    async with transaction(empty) as connection:
        assert await connection.run_sync(differences) == []


async def test_an_older_hub_starts_on_a_database_that_was_only_added_to_and_leaves_it_as_it_is(
    empty: AsyncEngine, later: Path
) -> None:
    await migrate(empty, later)

    await migrate(empty)

    assert await revision(empty) == NEXT
    assert await one(empty, "select count(*) from pg_indexes where indexname = 'ix_inbox_note'") == 1


@pytest.fixture
def contracted(later: Path) -> Path:
    """The migrations of the version after the next, which takes the column away again."""
    (later / "versions" / f"{AFTER}_contract.py").write_text(CONTRACT)
    return later


async def test_nothing_is_taken_away_while_hubs_run_that_need_it(empty: AsyncEngine, contracted: Path) -> None:
    await migrate(empty)
    await rows(empty, "select 1")  # a connection of this version, which needs what the one after the next takes away
    with pytest.raises(OperatorError) as refused:
        await migrate(empty, contracted)

    assert refused.value.code == "older-workers-run"
    assert await revision(empty) == REVISION


async def test_an_older_hub_refuses_a_database_that_no_longer_serves_it(
    empty: AsyncEngine, contracted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await empty.dispose()
    with monkeypatch.context() as newest:
        for module in (engines, migrations):
            newest.setattr(module, "REVISION", AFTER)
        await migrate(empty, contracted)
        await empty.dispose()

    for start in (migrate, check):
        with pytest.raises(OperatorError) as refused:
            await start(empty)
        assert refused.value.code == "database-newer"
    assert await revision(empty) == AFTER


async def test_a_worker_refuses_a_database_that_nobody_has_migrated_yet(
    empty: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OurFault) as refused:
        await check(empty)
    assert refused.value.code == "database-empty"
    await migrate(empty)
    monkeypatch.setattr(migrations, "REVISION", NEXT)
    with pytest.raises(OperatorError) as older:
        await check(empty)
    assert older.value.code == "database-older"


async def test_a_migration_gives_way_to_a_transaction_that_is_under_way_and_comes_again(
    empty: AsyncEngine, later: Path
) -> None:
    await migrate(empty)
    async with transaction(empty) as busy:
        await busy.execute(text("insert into inbox select * from inbox"))
        migrating = asyncio.create_task(migrate(empty, later))
        await until(lambda: somebody_waits(empty))
        # It holds up nobody for longer than it may wait for its lock itself.
        await asyncio.wait_for(rows(empty, "select count(*) from inbox"), CEILING)
        assert not migrating.done()
    await migrating
    assert await revision(empty) == NEXT


async def test_a_database_that_never_lets_a_migration_through_is_said_to_be_busy(
    empty: AsyncEngine, later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(empty)
    monkeypatch.setattr(migrations, "PATIENCE", 0.1)
    async with transaction(empty) as busy:
        await busy.execute(text("insert into inbox select * from inbox"))
        with pytest.raises(OperatorError) as refused:
            await migrate(empty, later)
    assert refused.value.code == "database-busy"
    assert await revision(empty) == REVISION


async def test_an_index_whose_making_was_broken_off_is_made_again(empty: AsyncEngine, later: Path) -> None:
    await migrate(empty, later)
    await rows(empty, "update pg_index set indisvalid = false where indexrelid = 'ix_inbox_note'::regclass")
    await rows(empty, f"update alembic_version set version_num = '{REVISION}'")
    await rows(empty, "alter table inbox drop column note")
    await rows(empty, "create index ix_inbox_note on inbox (rule)")

    await migrate(empty, later)

    definition = await one(empty, "select indexdef from pg_indexes where indexname = 'ix_inbox_note'")
    assert definition.endswith("(note)")


BEFORE_MONTHS = "0005"
OLD_INSERT = (
    "insert into processing_log (partner, trace_id, span_id, parent_span_id, name, at, attributes)"
    " select 'a', 'a', span_id, null, 'a', now() - days * interval '1 day', '{}'"
    " from unnest(cast(:spans as text[]), cast(:days as int[])) as fresh (span_id, days)"
)
OLD_SELECT = (
    "select partner, span_id, at from processing_log where at >= :start and at < :end and partner = 'a'"
    " order by at, seq"
)
OLD_DELETE = (
    "delete from processing_log where seq = any (array(select seq from processing_log"
    " where at < now() - make_interval(secs => :kept) order by at limit :most for update skip locked))"
)
"""What workers of that revision send."""


@pytest.fixture
async def before_months(empty: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncEngine:
    """A database of the last revision that had the processing log in one table, with lines of years."""
    await migrated_to(BEFORE_MONTHS, empty, tmp_path, monkeypatch)
    await log(empty, range(2_000))
    return empty


async def migrated_to(last: str, empty: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = tmp_path / "before"
    shutil.copytree(SCRIPTS, scripts)
    for script in (scripts / "versions").glob("[0-9]*"):
        if script.name[:4] > last:
            script.unlink()
    with monkeypatch.context() as older:
        older.setattr(migrations, "REVISION", last)
        await migrate(empty, scripts)


BEFORE_REMARKS = "0019"


async def test_what_a_party_had_put_off_for_years_is_due_now_and_known_rows_have_no_remarks(
    empty: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrated_to(BEFORE_REMARKS, empty, tmp_path, monkeypatch)
    running = {"antwoord-aanbod": 3_650, "inbreng-actieoverleg": 30, "monitoring-tweede": 550}
    for name, days in running.items():
        timer = 'insert into timer ("case", name, about, due) values (gen_random_uuid(), :name, gen_random_uuid(),'
        await rows(empty, f"{timer} now() + :days * interval '1 day')", name=name, days=days)
    known = (
        "insert into inbox (id, partner, content_hash, opened, claims_id, lane, received_at, fate, fields,"
        " directory_version, rule, journal_hash, deliveries, organisation) values (gen_random_uuid(), 'a', 'b', true,"
        " false, 'regulier', now(), 'aanvaard', '[]', 1, '', '', 1, 'o')"
    )
    await rows(empty, known)
    await migrate(empty)

    due = await rows(empty, "select name from timer where due <= now()")
    assert [row["name"] for row in due] == ["antwoord-aanbod"]
    assert await one(empty, "select remarks from inbox") == []


async def test_known_rows_are_refused_with_no_others_and_the_version_before_goes_on_adding_such(
    empty: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrated_to("0027", empty, tmp_path, monkeypatch)
    known = (
        "insert into inbox (id, partner, content_hash, opened, claims_id, lane, received_at, fate, code, fields,"
        " directory_version, rule, journal_hash, deliveries, organisation) values (gen_random_uuid(), 'a', :hash,"
        " false, false, 'regulier', now(), 'geweigerd', 'envelop-ongeldig', '[]', 1, '', '', 1, 'o')"
    )
    await rows(empty, known, hash="before")
    await migrate(empty)
    await rows(empty, known, hash="after")
    async with transaction(empty) as connection:
        found = [row_from(row) for row in await connection.execute(text("select * from inbox"))]
    assert [(row.also, row.answered_with) for row in found] == [((), None)] * 2
    assert [(one.partner, one.bodies) for one in await unreadable(empty)] == [("a", 2)]


BEFORE_PLACES = "0028"


async def test_what_the_version_before_has_out_has_a_place_in_its_queue_and_what_waits_has_none(
    empty: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrated_to(BEFORE_PLACES, empty, tmp_path, monkeypatch)
    given = (
        "insert into outbox (id, partner, lane, type, sha256, key_id, created, expires, owes_confirmation, attempts,"
        " next_at, published_at) values (gen_random_uuid(), :partner, 'acuut', :name, '', 'k', now(), now(), true, 1,"
        " case when :waits then now() end, now() - :age * interval '1 minute')"
    )
    for partner, name, waits, age in (
        ("vt", "second", True, 5), ("vt", "first", True, 9), ("vt", "confirmed", False, 7), ("om", "other", True, 1),
        ("vt", "unpublished", True, None),
    ):  # fmt: skip
        await rows(empty, given, partner=partner, name=name, waits=waits, age=age)
    for _ in range(2):  # broken off at an index, it is run again
        await rows(empty, "update alembic_version set version_num = :before", before=BEFORE_PLACES)
        await migrate(empty)

    found = await rows(empty, "select type, place, sent from outbox")
    assert {row["type"]: (row["place"], row["sent"]) for row in found} == {
        "first": (1, 1), "second": (2, 1), "other": (1, 1), "confirmed": (None, 0), "unpublished": (None, 0),
    }  # fmt: skip
    counted = await rows(empty, "select partner, published from queue")
    assert {row["partner"]: row["published"] for row in counted} == {"vt": 2, "om": 1}


async def log(engine: AsyncEngine, days: range) -> None:
    """Lines of so many days ago, each with that number for a span."""
    await rows(engine, OLD_INSERT, spans=[str(day) for day in days], days=list(days))


async def logged(engine: AsyncEngine) -> list[str]:
    bounds = {"start": datetime(2000, 1, 1, tzinfo=UTC), "end": datetime(2100, 1, 1, tzinfo=UTC)}
    return [row["span_id"] for row in await rows(engine, OLD_SELECT, **bounds)]


async def test_the_version_before_months_reads_writes_and_deletes_its_lines_as_before(
    before_months: AsyncEngine,
) -> None:
    numbers = await rows(before_months, "select max(seq) as most, min(seq) as least from processing_log")
    await migrate(before_months)

    await log(before_months, range(2_000, 2_010))

    assert await logged(before_months) == [str(day) for day in reversed(range(2_010))]
    drawn = await one(before_months, "select min(seq) from processing_log where span_id::int >= 2000")
    assert drawn > numbers[0]["most"]
    await rows(before_months, OLD_DELETE, kept=86_400.0 * 1_999.5, most=4)
    assert await logged(before_months) == [str(day) for day in reversed(range(2_006))]
    async with transaction(before_months) as connection:
        assert await connection.run_sync(differences) == []


async def test_workers_of_the_version_before_write_on_while_the_log_becomes_months(
    before_months: AsyncEngine,
) -> None:
    done = asyncio.Event()

    async def writes() -> int:
        written = 0
        while not done.is_set():
            await log(before_months, range(written, written + 3))
            written += 3
        return written

    async def migrates() -> None:
        await until(lambda: more_than(before_months, 2_050))
        await migrate(before_months)
        now = await one(before_months, "select count(*) from processing_log")
        await until(lambda: more_than(before_months, now + 50))
        done.set()

    *written, _ = await asyncio.gather(writes(), writes(), writes(), migrates())

    assert await one(before_months, "select count(*) from processing_log") == 2_000 + sum(written)
    assert await one(before_months, "select count(distinct seq) from processing_log") == 2_000 + sum(written)


async def more_than(engine: AsyncEngine, number: int) -> bool:
    return bool(await one(engine, "select count(*) > :number from processing_log", number=number))


async def alone(engine: AsyncEngine) -> None:
    """All connections but one have ended: so all that they have read is counted."""
    await engine.dispose()
    query = "select count(*) = 1 from pg_stat_activity where datname = current_database()"
    await until(lambda: one(engine, query))


async def test_the_exchange_for_months_reads_no_line(before_months: AsyncEngine) -> None:
    """With the check made and proved before, as by a migration that was broken off there."""
    month = month_of(await one(before_months, "select now()"), 2)
    check = named("ck_processing_log_before", month)
    await rows(before_months, f"alter table processing_log add constraint {check} check (at < '{month.isoformat()}')")
    await alone(before_months)
    await rows(before_months, "select pg_stat_reset()")

    await migrate(before_months)

    await alone(before_months)
    read = "select sum(seq_tup_read) from pg_stat_user_tables where relname ~ 'log'"
    assert await one(before_months, read) == 0
    assert await one(before_months, "select count(*) from pg_constraint where contype = 'c' and conname ~ 'log'") == 0
    bound = await one(
        before_months,
        "select pg_get_expr(relpartbound, oid) from pg_class where relname = 'processing_log_before'",
    )
    assert f"TO ('{month:%Y-%m-%d}" in bound


async def test_a_check_that_a_broken_migration_left_too_near_is_made_anew(before_months: AsyncEngine) -> None:
    near = month_of(await one(before_months, "select now()"), 1)
    left = named("ck_processing_log_before", near)
    await rows(
        before_months, f"alter table processing_log add constraint {left} check (at < '{near.isoformat()}') not valid"
    )

    await migrate(before_months)

    assert await one(before_months, "select count(*) from pg_constraint where conname = :left", left=left) == 0
    await log(before_months, range(-40, -39))  # beyond the month of that check
    assert len(await logged(before_months)) == 2_001


async def test_a_long_reader_of_the_log_is_let_finish_before_it_becomes_months(before_months: AsyncEngine) -> None:
    async with transaction(before_months) as reader:
        await reader.execute(text("select count(*) from processing_log"))
        migrating = asyncio.create_task(migrate(before_months))
        await until(lambda: somebody_waits(before_months))
        await asyncio.wait_for(log(before_months, range(1)), CEILING)
        assert not migrating.done()
    await migrating
    assert len(await logged(before_months)) == 2_001


async def test_months_become_one_table_again(before_months: AsyncEngine) -> None:
    await migrate(before_months)
    await log(before_months, range(1))
    async with before_months.connect() as connection:
        await connection.run_sync(downgraded, BEFORE_MONTHS)

    await log(before_months, range(1))

    assert len(await logged(before_months)) == 2_002
    assert await one(before_months, "select count(distinct seq) from processing_log") == 2_002
    await migrate(before_months)
    assert len(await logged(before_months)) == 2_002


def downgraded(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.downgrade(config, revision)
    connection.commit()
