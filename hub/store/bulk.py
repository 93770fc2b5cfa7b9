"""Many rows in one statement: arrays in, `unnest` in the database.

The number of statements must not grow with the batch, and the text of each must stay the same so that it is prepared
once; an executemany would run once a row.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.sql.expression import FromClause, column
from sqlalchemy.types import TypeEngine


def rows(name: str, columns: Sequence[Column[Any]]) -> FromClause:
    """A derived table `name` over one array parameter a column; `arrays` makes the parameters."""
    types = [_wire_type(one) for one in columns]
    arrays = [bindparam(_many(one), type_=ARRAY(type_)) for one, type_ in zip(columns, types, strict=True)]
    named = [column(one.name, type_) for one, type_ in zip(columns, types, strict=True)]
    return func.unnest(*arrays).table_valued(*named, name=name).render_derived()


def insert_rows(table: Table, columns: Sequence[Column[Any]]) -> Insert:
    """`INSERT INTO table (columns) SELECT ... FROM unnest(...)`, in the order given."""
    source = rows("fresh", columns)
    return insert(table).from_select([one.name for one in columns], select(*[value(source, one) for one in columns]))


def is_one_of(one: ColumnElement[Any], chosen: Select[Any]) -> ColumnElement[bool]:
    """`one = ANY (ARRAY (chosen))`, for what is chosen with a LIMIT.

    For `IN (SELECT ... LIMIT $1)` a plan that must do for any limit takes it for a tenth of what could be chosen, and
    after a standstill, with much to choose from, reads the whole table.
    """
    return one == func.array(chosen.correlate(None).scalar_subquery()).any_()


def place(table: Table) -> ColumnElement[Any]:
    """Where a row is, for `is_one_of` where the key has several columns: only in the statement that locks the row."""
    return literal_column(f"{table.name}.ctid")


def value(source: FromClause, one: Column[Any]) -> Any:
    """A column of a derived table, as its own type."""
    return cast(source.c[one.name], JSONB) if isinstance(one.type, JSONB) else source.c[one.name]


def arrays(columns: Sequence[Column[Any]], records: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The parameters for `rows`: one list a column."""
    kept = list(records)
    return {_many(one): [record[one.name] for record in kept] for one in columns}


def _many(one: Column[Any]) -> str:
    # A parameter must not be called as a column that the statement sets.
    return f"all_{one.name}"


def _wire_type(one: Column[Any]) -> TypeEngine[Any]:
    # A jsonb[] parameter would be encoded twice by the driver; text is cast in the database.
    return Text() if isinstance(one.type, JSONB) else one.type
