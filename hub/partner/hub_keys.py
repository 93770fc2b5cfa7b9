"""The hub's keys in a partner's `hub.json`, as `verwerking.hubsleutel` changes them while both go on.

    in-gebruik, sig   what is signed with it counts too, beside the others
    in-gebruik, enc   what we send is encrypted to it, if none of its suite counts from a later moment
    vervallen         gone, and it does not come back, whatever comes late

The file is what the operator of the hub handed over, and a hand may write it anew at any time: then that counts. It has
what was told beside the keys: `hubTold`, by key, from when it counts; `hubEnded`, what counts no longer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.canonical.codes import HubKeyStanding
from hub.canonical.partners import KeyUse
from hub.envelope.keys import check_public
from hub.schemas.texts import moment_text
from hub.schemas.verwerking import HubKeySaid

Document = Mapping[str, Any]
LISTS = {KeyUse.SIGNING: "hubSig", KeyUse.ENCRYPTION: "hubEnc"}
TOLD, ENDED = "hubTold", "hubEnded"


@dataclass(frozen=True, slots=True)
class News:
    """What was told of one key.

    Attributes:
        jwk: its public half; `None` for one that has ended.
    """

    kid: str
    use: KeyUse
    since: datetime
    jwk: Mapping[str, Any] | None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "News":
        """Of a message that its schema allows.

        Raises:
            OperatorError: the key in it is none of its suite, or not the one that it names.
        """
        said = HubKeySaid.model_validate(data)
        if said.standing is HubKeyStanding.ENDED:
            return cls(said.kid, said.use, said.since, None)
        jwk = {**data["sleutel"], "kid": said.kid}
        check_public(json.dumps(jwk), said.use, said.suite)
        return cls(said.kid, said.use, said.since, jwk)


def taken(hub: Document, news: News) -> Document:
    """The file after this news; told twice, or late, it is the same. The last key of a use stays: who had none could
    not even be told of another."""
    name, before = LISTS[news.use], _listed(hub[LISTS[news.use]])
    ended = {*hub.get(ENDED, ()), *([news.kid] if news.jwk is None else [])}
    if news.jwk is not None and news.kid in ended:
        return hub
    others = [one for one in before if one["kid"] not in {*ended, news.kid}]
    if news.jwk is None:
        return {**hub, name: others or before, ENDED: sorted(ended)}
    told = {**hub.get(TOLD, {}), news.kid: moment_text(news.since)}
    return {**hub, name: _in_order([news.jwk, *others], before[0]["crv"], told), TOLD: told}


def _in_order(jwks: list[Any], spoken: str, told: Mapping[str, str]) -> list[Any]:
    """Of the suite that is spoken first, the one that counts from the latest moment; what nobody told of comes last."""

    def place(jwk: Mapping[str, Any]) -> tuple[bool, float]:
        since = told.get(jwk["kid"])
        return jwk["crv"] != spoken, -datetime.fromisoformat(since).timestamp() if since else 0.0

    return sorted(jwks, key=place)


def _listed(jwks: Any) -> list[Any]:
    return jwks if isinstance(jwks, list) else [jwks]
