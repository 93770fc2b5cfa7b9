"""Lengths of time as SQL."""

from typing import Any

from sqlalchemy import Float, Interval, bindparam, func, type_coerce


def seconds(name: str) -> Any:
    """The parameter `name`, a number of seconds, as an interval."""
    return type_coerce(func.make_interval(0, 0, 0, 0, 0, 0, bindparam(name, type_=Float)), Interval())
