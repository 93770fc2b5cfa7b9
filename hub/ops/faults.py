"""An exception as a log may have it: its type, its code, where in our own code; never its text or any local.

Texts of exceptions hold values: of a message, an SQL statement, a URL with a password.
"""

import re
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any

import hub
from hub.errors import HubError

_ROOT = Path(hub.__file__).parent
_SQLSTATE = re.compile(r"[0-9A-Z]{5}")
_MOST = 8

ADDED = frozenset({"error", "error_code", "sqlstate", "causes", "frames"})
"""The fields an exception adds to a log line."""


def described(error: BaseException) -> dict[str, Any]:
    """Type, code, SQLSTATE, the types of its causes (nearest first) and our frames (outermost first, `file:line`)."""
    chain = _chain(error)
    found = {
        "error": _name(error),
        "error_code": next((one.code for one in chain if isinstance(one, HubError)), None),
        "sqlstate": next((state for one in chain if (state := _sqlstate(one))), None),
        "causes": [_name(one) for one in chain[1:]],
        "frames": [frame for one in reversed(chain) for frame in _frames(one.__traceback__)][-_MOST:],
    }
    return {name: value for name, value in found.items() if value}


def _chain(error: BaseException) -> list[BaseException]:
    """The error, then what led to it, members of groups included."""
    chain: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(chain) < _MOST:
        one = waiting.pop(0)
        if one is None or any(one is other for other in chain):
            continue
        chain.append(one)
        members = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        waiting += [*members, one.__cause__ or (None if one.__suppress_context__ else one.__context__)]
    return chain


def _frames(traceback: TracebackType | None) -> list[str]:
    files = ((Path(frame.f_code.co_filename), line) for frame, line in walk_tb(traceback))
    return [f"hub/{file.relative_to(_ROOT).as_posix()}:{line}" for file, line in files if file.is_relative_to(_ROOT)]


def _sqlstate(error: BaseException) -> str | None:
    state = getattr(error, "sqlstate", None) or getattr(getattr(error, "orig", None), "sqlstate", None)
    return state if isinstance(state, str) and _SQLSTATE.fullmatch(state) else None


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
