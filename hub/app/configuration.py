"""The configuration of a process: the packaged defaults, the operator's file on top, the keys of the hub."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from uuid import uuid4

from hub.app.keyfiles import KeyFiles
from hub.app.own_keys import check_seen, first_keys
from hub.canonical.environment import Environment
from hub.canonical.hub_keys import HubKey
from hub.canonical.partners import Directory
from hub.envelope.keys import check_public
from hub.errors import OperatorError
from hub.lanes.keys import PartnerKeys
from hub.lanes.setting import Setting
from hub.routing.config import Config, parse_config
from hub.routing.first import first_directory
from hub.schemas.cloudevent import source_of
from hub.settings import Settings

SYSTEM = "ketenhub"


def configuration(settings: Settings) -> Config:
    """The packaged configuration, with the operator's file on top if one is set.

    Raises:
        OperatorError: the file cannot be read or is wrong, with the line.
    """
    packaged = parse_config((files("hub.routing") / "default.toml").read_text("utf-8"), "default.toml")
    if settings.config is None:
        return packaged
    try:
        text = settings.config.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise OperatorError("config-unreadable", f"{settings.config}: cannot be read as UTF-8 text.") from exc
    return parse_config(text, str(settings.config), packaged)


def first_version(settings: Settings, config: Config, now: datetime, seen: Collection[HubKey] = ()) -> Directory:
    """For an empty database: the directory as configuration has it, with the hub's own keys, made where none are.

    Args:
        seen: the hub's keys as this machine saw them in a database before.

    Raises:
        OperatorError: this home lacks one of those; nothing is made then.
    """
    known = first_directory(config, settings.environment, now, check_public, tuple(seen))
    if seen:
        check_seen(known, KeyFiles(settings.home))
    return replace(known, hub_keys=first_keys(settings.home, now, seen))


def setting_for(worker: str, settings: Settings, config: Config) -> Setting:
    """What the lanes of this process work with."""
    return Setting(
        worker=worker,
        hub=config.hub_oin,
        source=source_of(config.hub_oin, SYSTEM),
        production=settings.environment is Environment.PRODUCTION,
        terms=config.terms,
        limits=config.limits,
        keys=KeyFiles(settings.home).keys(),
        partner_keys=PartnerKeys(),
        pairs=config.radar,
        dummies=config.dummies,
        holding=config.holding,
        new_id=uuid4,
    )
