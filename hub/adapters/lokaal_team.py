"""Local team: reports, receives handovers, holds sight on safety."""

from typing import Any

from hub.adapters import shared, telling
from hub.adapters.source import Source
from hub.canonical.commands import Command
from hub.canonical.notices import Notice
from hub.canonical.partners import Role
from hub.schemas.base import Wire
from hub.schemas.cloudevent import CloudEvent
from hub.schemas.meldcode import ProfessionalReport


def decode(event: CloudEvent, data: Wire) -> Command:
    if isinstance(data, ProfessionalReport):
        return shared.report(data)
    return shared.decode(event, data)


def encode(notice: Notice, source: Source | None) -> tuple[str, dict[str, Any]]:
    return telling.encode(notice, source, Role.LOCAL_TEAM)
