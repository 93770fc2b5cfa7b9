"""Steps of migrations that must not hold up the workers that run meanwhile."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from alembic import op

from hub.store.months import AHEAD, bounds, month_of, named

AT_ONCE = 5_000
"""Rows that are changed in one transaction: locked for a fraction of a second."""


def add_index(name: str, table: str, columns: Sequence[str], where: str | None = None, *, unique: bool = False) -> None:
    """Make an index on a table that may be large, outside a transaction, while others write to it.

    Broken off half-way it leaves an index that is not valid, and the migration is run again from its start: so what is
    there under this name goes first.
    """
    with op.get_context().autocommit_block():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
        condition = sa.text(where) if where else None
        op.create_index(
            name, table, list(columns), unique=unique, postgresql_where=condition, postgresql_concurrently=True
        )


def drop_index(name: str, table: str) -> None:
    """Take an index away while others write to its table."""
    with op.get_context().autocommit_block():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)


def fill(statement: str) -> None:
    """Change rows that are there, some at a time and each time in a transaction of its own, while others work on them.

    Args:
        statement: changes up to `:most` rows whose id is above `:after`, and gives the last id that it came to; it can
            be run again from the start.
    """
    if op.get_context().as_sql:  # no rows
        return
    with op.get_context().autocommit_block():
        last: UUID | None = UUID(int=0)
        while last is not None:
            last = op.get_bind().execute(sa.text(statement), {"after": last, "most": AT_ONCE}).scalar_one_or_none()


def partition_by_month(table: str, *, moment: str, number: str) -> None:
    """Make a table that is only added to one of months (`hub/store/partitions.py`) while others write to it.

    What is there becomes the part of all before a month to come, as it stands. That no line is of that month or later
    is checked while others write; so the exchange, in which nobody can, looks at no line. Broken off before that it
    leaves the check, which is used again.

    Args:
        moment: the column whose month counts; it has an index `ix_table_moment`.
        number: an identity column, which goes on as a sequence `table_number`.
    """
    month = _checked(table, moment)
    limit, before, index = month.isoformat(), f"{table}_before", f"ix_{table}_{moment}"
    for statement in (
        f"alter table {table} rename to {before}",
        f"alter table {before} alter {number} drop identity",
        f"alter index {index} rename to {index}_before",
        f"create sequence {table}_number",
        f"select setval('{table}_number', coalesce(max({number}), 0) + 1, false) from {before}",  # noqa: S608 its own
        f"create table {table} (like {before}) partition by range ({moment})",
        f"alter table {table} alter {number} set default nextval('{table}_number')",
        f"create index {index} on {table} ({moment})",
        f"alter table {table} attach partition {before} for values from (minvalue) to ('{limit}')",
        f"alter table {before} drop constraint {_check(table, month)}",
        f"create table {table}_default partition of {table} default",
        f"create table {named(table, month)} partition of {table} for values {bounds(month)}",
    ):
        op.execute(statement)


def _checked(table: str, moment: str) -> datetime:
    """The month before which every line is, and will be: each that is written is checked from now on."""
    now, checks = _found(table)
    usable = [one for later in range(2, AHEAD + 1) if _check(table, one := month_of(now, later)) in checks]
    month = usable[0] if usable else month_of(now, AHEAD)
    name = _check(table, month)
    with op.get_context().autocommit_block():
        for other in checks - {name}:
            op.execute(f"alter table {table} drop constraint {other}")
        if name not in checks:
            op.execute(f"alter table {table} add constraint {name} check ({moment} < '{month.isoformat()}') not valid")
        op.execute(f"alter table {table} validate constraint {name}")  # at once, if that was done before
    return month


def _check(table: str, month: datetime) -> str:
    return named(f"ck_{table}_before", month)


def _found(table: str) -> tuple[datetime, set[str]]:
    """The moment, and the checks that a migration which was broken off has left."""
    if op.get_context().as_sql:  # nobody to ask
        return datetime.now(UTC), set()
    query = (
        "select now() as now, array(select conname::text from pg_constraint where conrelid = cast(:table as regclass)"
        " and starts_with(conname, :start)) as checks"
    )
    values = {"table": table, "start": f"ck_{table}_before_"}
    found = op.get_bind().execute(sa.text(query), values).one()
    return found.now, set(found.checks)
