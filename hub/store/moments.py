"""Moments and lengths of time as SQL."""

from datetime import timedelta
from typing import Any

from sqlalchemy import DateTime, Float, Interval, bindparam, func, literal, text, type_coerce

NOW = bindparam("now", type_=DateTime(timezone=True))
"""The moment of the transaction, as it was judged: no statement asks the database's clock by itself (`clocks.py`)."""

NEVER: Any = text("'infinity'::timestamptz")
"""When what opens no more is due."""
MINUTE = literal(timedelta(minutes=1), Interval())
"""What clocks that are believed may differ."""


def seconds(name: str) -> Any:
    """The parameter `name`, a number of seconds, as an interval."""
    return type_coerce(func.make_interval(0, 0, 0, 0, 0, 0, bindparam(name, type_=Float)), Interval())
