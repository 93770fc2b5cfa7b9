"""Certified institution: begin and end of a child protection measure, unsafety under it."""

from typing import Any

from hub.adapters import shared, telling
from hub.adapters.source import Source
from hub.canonical.commands import Command
from hub.canonical.notices import Notice
from hub.canonical.partners import Role
from hub.schemas.base import Wire
from hub.schemas.cloudevent import CloudEvent
from hub.schemas.gecertificeerde_instelling import ProtectionNotice


def decode(event: CloudEvent, data: Wire) -> Command:
    if isinstance(data, ProtectionNotice):
        return shared.report_or_update(event, data, data.new_concerns)
    return shared.decode(event, data)


def encode(notice: Notice, source: Source | None) -> tuple[str, dict[str, Any]]:
    return telling.encode(notice, source, Role.CERTIFIED_INSTITUTION)
