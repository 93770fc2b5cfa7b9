"""Each migration says whether it only adds, and does what it says: the version before runs on while it happens."""

import re
from collections.abc import Callable, Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from hub.store import migrate
from hub.store.migrations import steps
from hub.store.tables import REVISION

VERSIONS = Path(migrate.__file__).parent / "migrations" / "versions"
BASELINE = "0002"
"""The last migration that nobody ever ran beside older workers."""

_IGNORED = re.compile(r"BEGIN|COMMIT")
_CREATE_TABLE = re.compile(r'CREATE TABLE "?(\w+)"?')
_INDEX_LATER = re.compile(r"CREATE INDEX CONCURRENTLY (\w+) ")
_INDEX_ON = re.compile(r'CREATE (?:UNIQUE )?INDEX \w+ ON "?(\w+)"?')
_DROP_INDEX = re.compile(r"DROP INDEX CONCURRENTLY IF EXISTS (\w+)$")
_ADD_COLUMN = re.compile(r'ALTER TABLE "?\w+"? ADD COLUMN ')
_TIGHTENS = re.compile(r"UNIQUE|REFERENCES|CHECK|PRIMARY KEY|GENERATED|random|clock_timestamp|nextval", re.IGNORECASE)

_EXCHANGE = r"""
    alter table T add constraint CHECK check \(at < '(?P<limit>[^']+)'\) not valid
    alter table T validate constraint CHECK
    alter table T rename to T_before
    alter table T_before alter seq drop identity
    alter index ix_T_at rename to ix_T_at_before
    create sequence T_number
    select setval\('T_number', coalesce\(max\(seq\), 0\) \+ 1, false\) from T_before
    create table T \(like T_before\) partition by range \(at\)
    alter table T alter seq set default nextval\('T_number'\)
    create index ix_T_at on T \(at\)
    alter table T attach partition T_before for values from \(minvalue\) to \('LIMIT'\)
    alter table T_before drop constraint CHECK
    create table T_default partition of T default
    create table T_[0-9]{4}_[0-9]{2} partition of T for values from \('LIMIT'\) to \('[^']+'\)
"""
_BY_MONTH = re.compile(
    "".join(f"{line.strip()}\n" for line in _EXCHANGE.strip().splitlines())
    .replace("T", "(?P<table>[a-z_]+)", 1)
    .replace("CHECK", "(?P<check>ck_(?P=table)_before_[0-9]{4}_[0-9]{2})", 1)
    .replace("CHECK", "(?P=check)")
    .replace("LIMIT", "(?P=limit)")
    .replace("T", "(?P=table)")
)
"""The one exchange of a table for months under its name (`steps.partition_by_month`): all of it in this order, or none.
What is read and written by name goes on, and nothing long is done under a lock."""


_IN_ORDER = re.compile(
    r"create function (?P<name>\w+)\(\) returns trigger language plpgsql as \$\$ begin"
    r" if exists \(select from fresh join (?P<table>\w+) before on [^;]+\) then"
    r" raise serialization_failure using [^;]+\nend if\nreturn null\nend \$\$\n"
    r"create trigger (?P=name) after insert on (?P=table) referencing new table as fresh for each statement"
    r" execute function (?P=name)\(\)\n"
)
"""A refusal that the version before takes for a clash: it decides again."""


def migrations() -> list[ModuleType]:
    found = []
    for path in sorted(VERSIONS.glob("[0-9]*.py")):
        loader = SourceFileLoader(f"migration_{path.stem}", str(path))
        spec = spec_from_loader(loader.name, loader)
        assert spec is not None
        module = module_from_spec(spec)
        loader.exec_module(module)
        found.append(module)
    return found


def statements(upgrade: Callable[[], object]) -> Iterator[str]:
    """What it would send to the database, one line each."""
    sent = StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": sent, "transactional_ddl": True}
    )
    with Operations.context(context):
        upgrade()
    for one in sent.getvalue().split(";"):
        line = " ".join(one.split())
        if line and not _IGNORED.fullmatch(line):
            yield line


def more_than_additions(upgrade: Callable[[], object]) -> list[str]:
    """Statements that the version before would feel: they take away, rename, tighten, rewrite, or lock for long."""
    return felt(list(statements(upgrade)))


def felt(statements: list[str]) -> list[str]:
    said = _IN_ORDER.sub("", _BY_MONTH.sub("", "".join(f"{one}\n" for one in statements))).splitlines()
    made = {found.group(1) for one in said if (found := _CREATE_TABLE.match(one))}
    indexes = {found.group(1) for one in said if (found := _INDEX_LATER.match(one))}
    return [one for one in said if not _adds(one, made, indexes)]


def _adds(statement: str, tables: set[str], indexes: set[str]) -> bool:
    if _CREATE_TABLE.match(statement) or _INDEX_LATER.match(statement):
        return True
    if on := _INDEX_ON.match(statement):
        return on.group(1) in tables  # on a table that others use it would hold up every write
    if dropped := _DROP_INDEX.match(statement):
        return dropped.group(1) in indexes
    if not _ADD_COLUMN.match(statement) or _TIGHTENS.search(statement):
        return False
    return "NOT NULL" not in statement or "DEFAULT" in statement  # the version before does not fill it in


def test_the_chain_is_numbered_and_ends_where_the_code_says() -> None:
    chain = migrations()
    assert [one.revision for one in chain] == [f"{number:04d}" for number in range(1, len(chain) + 1)]
    assert [one.down_revision for one in chain] == [None, *(one.revision for one in chain[:-1])]
    assert chain[-1].revision == REVISION


@pytest.mark.parametrize(
    "migration", [one for one in migrations() if one.revision > BASELINE], ids=lambda one: one.revision
)
def test_a_migration_says_what_it_is_and_does_no_more(migration: ModuleType) -> None:
    assert migration.kind in ("expand", "contract")
    if migration.kind == "contract":
        assert BASELINE <= migration.floor < migration.revision
    else:
        assert more_than_additions(migration.upgrade) == []


HARMFUL: dict[str, Callable[[], object]] = {
    "drops a column": lambda: op.drop_column("inbox", "rule"),
    "drops a table": lambda: op.drop_table("held"),
    "drops an index": lambda: steps.drop_index("ix_journal_inbox", "journal"),
    "drops a constraint": lambda: op.drop_constraint("ck_cases_one_holder", "cases"),
    "renames a column": lambda: op.alter_column("inbox", "rule", new_column_name="regel"),
    "renames a table": lambda: op.rename_table("held", "kept"),
    "changes a type": lambda: op.alter_column("cases", "document", type_=sa.LargeBinary()),
    "forbids null": lambda: op.alter_column("inbox", "case", nullable=False),
    "demands a column": lambda: op.add_column("inbox", sa.Column("owner", sa.Text(), nullable=False)),
    "fills each row by itself": lambda: op.add_column(
        "inbox", sa.Column("extra", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)
    ),
    "numbers each row": lambda: op.add_column("inbox", sa.Column("n", sa.BigInteger(), sa.Identity())),
    "adds a check": lambda: op.create_check_constraint("ck_more", "inbox", "deliveries > 0"),
    "adds a foreign key": lambda: op.create_foreign_key("fk", "journal", "inbox", ["inbox"], ["id"]),
    "points to another table": lambda: op.add_column("journal", sa.Column("of", sa.Uuid(), sa.ForeignKey("inbox.id"))),
    "makes a unique index": lambda: op.create_index("u", "inbox", ["id"], unique=True, postgresql_concurrently=True),
    "makes an index under a lock": lambda: op.create_index("ix", "outbox", ["type"]),
    "changes rows": lambda: op.execute("update outbox set attempts = 0"),
    "renames an index": lambda: op.execute("alter index ix_outbox_due rename to ix_outbox_soon"),
    "makes another table under the name": lambda: op.execute("create table held (like cases) partition by range (at)"),
    "refuses what goes on": lambda: op.execute("create trigger t after insert on held execute function refuse()"),
    "does something else": lambda: op.execute("vacuum full outbox"),
}  # fmt: skip


@pytest.mark.parametrize("how", HARMFUL)
def test_an_expand_step_that_the_version_before_would_feel_is_found(how: str) -> None:
    assert more_than_additions(HARMFUL[how]) != []


def harmless() -> None:
    op.create_table(
        "more", sa.Column("id", sa.Uuid(), primary_key=True), sa.Column("at", sa.DateTime(), nullable=False)
    )
    op.create_index("ix_more_at", "more", ["at"])
    op.add_column("inbox", sa.Column("note", sa.Text()))
    op.add_column("inbox", sa.Column("weight", sa.Integer(), server_default=sa.text("0"), nullable=False))
    steps.add_index("ix_inbox_note", "inbox", ["note"], "note is not null")


def test_additions_are_fine() -> None:
    assert more_than_additions(harmless) == []


def by_month() -> list[str]:
    return list(statements(lambda: steps.partition_by_month("trail", moment="at", number="seq")))


def test_a_table_may_be_exchanged_for_months_under_its_name() -> None:
    assert felt(by_month()) == []


@pytest.mark.parametrize("place", range(len(by_month())))
def test_an_exchange_for_months_without_one_of_its_steps_is_found(place: int) -> None:
    said = by_month()
    assert felt(said[:place] + said[place + 1 :]) != []


def test_an_exchange_for_months_in_another_order_or_beside_another_table_is_found() -> None:
    first, second, *rest = by_month()
    assert felt([second, first, *rest]) != []
    assert felt([*rest[:3], first, second, *rest[3:]]) != []
    assert felt([first, second, *(one.replace("trail_before", "other") for one in rest)]) != []
