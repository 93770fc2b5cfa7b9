"""Months of the calendar (UTC) and the tables that a table by month consists of. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

AHEAD = 3
"""Months after this one whose tables are there already."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of them. It has what is from `since` on and before `until`; the default, which has the rest, says neither."""

    name: str
    since: datetime | None
    until: datetime | None


def month_of(moment: datetime, later: int = 0) -> datetime:
    """The first moment of its month, or of one so many months later."""
    utc = moment.astimezone(UTC)
    years, months = divmod(utc.month - 1 + later, 12)
    return datetime(utc.year + years, months + 1, 1, tzinfo=UTC)


def named(table: str, month: datetime) -> str:
    """What the part of a month is called."""
    return f"{table}_{month:%Y_%m}"


def bounds(month: datetime) -> str:
    """A month as SQL has it for a partition."""
    return f"from ('{month.isoformat()}') to ('{month_of(month, 1).isoformat()}')"


def is_there(month: datetime, parts: Sequence[Part]) -> bool:
    """Whether one of these has it; the default does not count."""
    return any(
        one.until is not None and month < one.until and (one.since is None or one.since <= month) for one in parts
    )


def missing(parts: Sequence[Part], now: datetime) -> list[datetime]:
    """Of this month and those `AHEAD`, the ones that no part has."""
    wanted = (month_of(now, later) for later in range(AHEAD + 1))
    return [month for month in wanted if not is_there(month, parts)]


def past(parts: Sequence[Part], horizon: datetime) -> list[Part]:
    """Those with nothing in them from `horizon` on, the oldest first."""
    ended = [(one.until, one) for one in parts if one.until is not None and one.until <= horizon]
    return [one for _, one in sorted(ended, key=lambda found: found[0])]
