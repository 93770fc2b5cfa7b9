"""What partners are told of a key of the hub itself: data of `verwerking.hubsleutel`."""

import json
from datetime import datetime
from typing import Any

from hub.canonical.codes import HubKeyStanding
from hub.canonical.hub_keys import HubKey
from hub.canonical.partners import KeyUse, Suite
from hub.schemas.texts import moment_text


def hub_key(key: HubKey, suite: Suite, use: KeyUse, standing: HubKeyStanding, since: datetime) -> dict[str, Any]:
    """That this key counts from now on, with its public half; or counts no longer."""
    said = {"suite": suite.value, "gebruik": use.value, "kid": key.id, "toestand": standing.value}
    half = {"sleutel": json.loads(key.jwk)} if standing is HubKeyStanding.IN_USE else {}
    return said | {"vanaf": moment_text(since)} | half
