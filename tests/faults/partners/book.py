"""A partner's own book: each line is with the operating system before the next step, so no end of a process loses it.

What it holds is `tests/faults/judge/books.py`'s to say. In memory beside it: what was sent and is unanswered, with the
signed payload to send again, and which messages were got.
"""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from hub.ids import MessageId
from hub.partner.messages import Draft, Received
from hub.partner.profile import Profile
from hub.schemas.message import VERSION, WIRE_PREFIX
from hub.schemas.texts import moment_text
from tests.faults.judge.about import about
from tests.faults.judge.books import SUFFIX


class Book:
    """Open with `with`; `clock` is the partner's."""

    def __init__(self, folder: Path, profile: Profile, regions: tuple[str, ...], clock: Callable[[], datetime]) -> None:
        self._file = os.open(folder / f"{profile.id}{SUFFIX}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._clock = clock
        self._got: dict[MessageId, str] = {}
        me = {"id": profile.id, "oin": profile.oin, "role": profile.role.value, "regions": list(regions)}
        self._write("partner", **me)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def sent(self, id_: UUID, draft: Draft, sha256: str, *, wrong: bool) -> None:
        """Before it is published."""
        links = {"correlation": draft.correlation, "causation": draft.causation}
        more: dict[str, Any] = {name: str(value) for name, value in links.items() if value is not None}
        if wrong:
            more["wrong"] = True
        self._write(
            "sent", id=str(id_), type=short(draft.type), at=self._now(), sha256=sha256, lane=draft.lane.value,
            about=about(draft.data), **more,
        )  # fmt: skip

    def confirmed(self, id_: UUID) -> None:
        self._write("confirmed", id=str(id_), at=self._now())

    def got(self, message: Received) -> bool:
        """Whether it is new; a copy, or other content under a known id, is written down as such."""
        known = self._got.get(message.id)
        if known is not None:
            self._write("again", id=str(message.id), at=self._now(), sha256=message.sha256)
            return False
        self._got[message.id] = message.sha256
        event = message.event
        links = {"correlation": event.correlationid, "causation": event.causationid}
        self._write(
            "got", id=str(message.id), type=short(message.type), at=self._now(), time=message.content["time"],
            sha256=message.sha256, lane=event.urgentie.value, about=about(message.data),
            **{name: str(value) for name, value in links.items() if value is not None},
        )  # fmt: skip
        return True

    def unreadable(self, id_: str, sha256: str) -> None:
        self._write("unreadable", id=id_, at=self._now(), sha256=sha256)

    def _write(self, line: str, **facts: Any) -> None:
        os.write(self._file, json.dumps({"line": line} | facts, separators=(",", ":")).encode() + b"\n")

    def _now(self) -> str:
        return moment_text(self._clock())


def short(type_: str) -> str:
    """`group.name` of a wire type."""
    return type_.removeprefix(WIRE_PREFIX).removesuffix(f".{VERSION}")
