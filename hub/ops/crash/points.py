"""Every crash point, declared once: those before and after each method of each port, and those of what a unit writes.

A unit's points follow one another, so each is named once: `open.after` is before `claim`, `decide.before` after `load`,
`decide.after` before `write`, `commit.before` after it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.canonical.codes import Result
from hub.ports import Changes


@dataclass(frozen=True, slots=True)
class CrashAt:
    """`TEST_KETENHUB_CRASH_AT`: the process dies when it comes to this point for the `number`-th time, from 1."""

    point: str
    number: int


@dataclass(frozen=True, slots=True)
class Around:
    """The points of one method.

    Attributes:
        found: `after` counts only where something was found: a look that takes nothing is no boundary.
    """

    before: str
    after: str
    found: bool = False


def _around(name: str, *, found: bool = False) -> Around:
    return Around(f"{name}.before", f"{name}.after", found)


READS = None
"""Changes nothing anywhere: to die there is to die at the point before it."""

PORTS: Mapping[str, Mapping[str, Around | None]] = {
    "Source": {"take": _around("take")},
    "Settler": {"ack": _around("ack")},
    "Publisher": {"publish": Around("publish.before", "confirm.after")},
    "Unit": {
        "hear": READS,
        "begin": _around("begin"),
        "forget": READS,  # written and not committed: nothing else happens before `write`
        "claim": Around("open.after", "claim.after"),
        "reopen": _around("reopen"),
        "undecided_since": _around("undecided", found=True),
        "resend": READS,  # as `forget`
        "load": Around("load.before", "decide.before"),
        "lapsed": READS,
        "lost": READS,
        "register": READS,
        "own_making": READS,
        "give_up": READS,  # as `forget`
        "fill": READS,  # as `forget`
        "under": READS,
        "rewrap": _around("rewrap"),
        "outgoing": READS,
        "alarms_out": READS,
        "former_directories": READS,
        "write": Around("decide.after", "commit.before"),
    },
    "Store": {
        "unit": Around("open.before", "commit.after"),
        "directory": READS,
        "glance": READS,
        "attempt": _around("attempt"),
        "due_deliveries": _around("retry-lease", found=True),
        "is_anyone_undecided": READS,
        "quarantined_before": READS,
        "quarantined_over": READS,
        "turn_lacks": _around("end-lacks"),
        "release_lacking": _around("end-former"),
        "lapsed_outgoing": READS,
        "waiting_outgoing": READS,
        "end_held": _around("end-held"),
        "end_lapsed_radar": _around("end-radar"),
        "turn_months": _around("end-months"),
        "end_processing_log": _around("end-log"),
        "end_traffic": _around("end-traffic"),
        "put_right": _around("put-right"),
        "ran_ahead": READS,
        "put_off": READS,
        "note_believed": _around("note-believed"),
        "lead": READS,
        "take_lead": _around("lead", found=True),
        "give_back_lead": READS,  # at the end of a worker only
        "under": READS,
        "contents": READS,
        "begin_period": READS,  # at the first start of all only
        "step_period": _around("step", found=True),
        "due_timers": _around("timer-lease", found=True),
        "due_outgoing": _around("outbox-lease", found=True),
        "published": _around("mark-sent"),
        "queues_out": READS,
        "unread_in": READS,
        "judged": _around("judge-unread"),
        "renew": _around("renew", found=True),
        "unpublished": _around("unmark"),
    },
}
"""By port and method."""

SENT = ("publish.after", "confirm.before")
"""One moment inside `Publisher.publish`, where the confirm is long in coming: the message is out and not confirmed."""


def _destroys_key(changes: Changes) -> bool:
    return any(one.result is Result.STORED for one in changes.confirmations)


def _decides_terms(changes: Changes) -> bool:
    return bool(changes.cases) and not changes.journal


CONTENT: Mapping[str, Callable[[Changes], bool]] = {
    "release-held": lambda changes: bool(changes.held_over),
    "destroy-key": _destroys_key,
    "timer-commit": _decides_terms,
}
"""Before and after the commit of a unit that writes such a thing: `before` is written and not committed."""

POINTS: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *(
                name
                for methods in PORTS.values()
                for around in methods.values()
                if around
                for name in (around.before, around.after)
            ),
            *SENT,
            *(f"{name}.{side}" for name in CONTENT for side in ("before", "after")),
        )
    )
)
