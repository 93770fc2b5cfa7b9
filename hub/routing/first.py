"""The first version of the directory, from the configuration; later ones come from `changes.py`."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from hub.canonical.environment import Environment
from hub.canonical.hub_keys import HubKey
from hub.canonical.partners import Directory, Key, KeyUse, Partner, Suite
from hub.errors import OperatorError
from hub.ids import KeyId
from hub.routing import checks
from hub.routing.changes import add_partner
from hub.routing.config import Config, FirstPartner


class Enrolled(Protocol):
    """A public key that passed the checks at enrolment (`hub.envelope.keys.PublicKey`)."""

    @property
    def kid(self) -> KeyId: ...
    @property
    def use(self) -> KeyUse: ...
    @property
    def suite(self) -> Suite: ...
    @property
    def jwk(self) -> str: ...


Enrol = Callable[[str, KeyUse], Enrolled]
"""Check a public JWK (text) for a use; raises `OperatorError`."""


def first_directory(
    config: Config, environment: Environment, now: datetime, enrol: Enrol, hub_keys: Sequence[HubKey]
) -> Directory:
    """Version 1: the configured regions and first partners, and the hub's own keys.

    Raises:
        OperatorError: a partner or key is not acceptable in this environment, with the line of the partner.
    """
    try:
        checks.fits(config.hub_oin, environment)
    except OperatorError as error:
        raise OperatorError("config", f"{config.source}, [hub] oin: {error.sentence}") from None
    directory = Directory(0, config.hub_oin, {}, config.regions, tuple(hub_keys))
    for first in config.partners:
        directory = _with(directory, first, config.source, environment, now, enrol)
    return replace(directory, version=1)


def _with(
    directory: Directory, first: FirstPartner, source: str, environment: Environment, now: datetime, enrol: Enrol
) -> Directory:
    try:
        return add_partner(directory, _partner(first, now, enrol), environment)
    except OperatorError as error:
        raise OperatorError("config", f"{source}, line {first.line}: partners.{first.id}: {error.sentence}") from None


def _partner(first: FirstPartner, now: datetime, enrol: Enrol) -> Partner:
    signing = [enrol(jwk, KeyUse.SIGNING) for jwk in first.signing]
    encryption = [enrol(jwk, KeyUse.ENCRYPTION) for jwk in first.encryption]
    keys = tuple(registered(key, now, begun=True) for key in (*signing, *encryption))
    return Partner(
        first.id,
        first.oin,
        first.role,
        first.regions,
        keys,
        now,
        organisation=first.organisation,
        contacts=first.contacts,
        begun=True,
    )


def registered(key: Enrolled, valid_from: datetime, valid_to: datetime | None = None, *, begun: bool = False) -> Key:
    """The enrolled key as the directory keeps it; `begun`: it counts at once, by an act."""
    return Key(key.kid, key.use, key.suite, key.jwk, valid_from, valid_to, begun=begun)
