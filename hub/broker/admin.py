"""The broker's HTTP management API: virtual hosts, users, permissions and limits, and how deep the queues are."""

import ssl
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from hub.addresses.broker import BrokerAddress, admin_address
from hub.addresses.tls import context, refusal, was_ended
from hub.addresses.url import Place
from hub.amqp.boundary import as_broker_away, away
from hub.broker.nodes import Nodes, nodes_from
from hub.broker.topology import (
    EARLIER,
    HUB,
    NOTHING,
    PARTNER,
    POLICIES,
    Limits,
    Permissions,
    partner_limits,
    policies,
    vhost_limits,
)
from hub.errors import BrokerAway, BrokerCertificate, OperatorError
from hub.ids import PartnerId

_TOPIC_EXCHANGES = ("amq.topic", "amq.rabbitmq.trace")
PATIENCE = 10.0
PATIENCE_BEFORE_NEXT = 7.0
"""Seconds for a node while another is left to ask: one that is paused takes connections and answers nothing. The others
take 5 seconds then to say how deep queues are, as they ask it."""


@dataclass(frozen=True, slots=True)
class Depth:
    """Of one queue: messages waiting, messages with a reader, readers. The broker counts messages every 5 seconds.

    Attributes:
        led: whether one of its members leads it; without a leader it neither takes nor gives anything. RabbitMQ 4.0
            says of a member that ended that it leads, for as long as its node runs.
        counted: whether the broker says how many there are: of a queue without a leader it may know nothing.
        dying: messages that it gives up, and that are not where they go yet.
        earlier: whether it was made by an earlier version, with limits that cannot change.
        ruled: whether the hub's policy holds for it, with the limits of the configuration.
    """

    ready: int
    unacked: int
    consumers: int
    led: bool = True
    counted: bool = True
    dying: int = 0
    earlier: bool = False
    ruled: bool = True

    @property
    def held(self) -> int:
        """Everything that is in it."""
        return self.ready + self.unacked + self.dying


@dataclass(frozen=True, slots=True)
class _Node:
    """One node's management API."""

    client: httpx.AsyncClient
    place: Place
    trusted: ssl.SSLContext | None

    async def why(self, error: Exception) -> BrokerAway:
        """What it is to us that a request had no answer."""
        if self.trusted and was_ended(error) and (found := await refusal(self.place, self.trusted)):
            return BrokerCertificate(found)
        return away(error, "management API, ")


class Admin:
    """Use with `async with`. Every method raises `BrokerAway` or `OperatorError`.

    Args:
        urls: of the nodes of one cluster, with the name and password of an administrator; asked in turn, first the
            one that answered last. Every request may be said twice. As `hub/addresses/broker.py` reads them.
        hub_user: the hub's own user on AMQP.
    """

    def __init__(self, urls: Sequence[str], hub_user: str, patience: float = PATIENCE) -> None:
        with as_broker_away():
            self._nodes = [_node(admin_address(url)) for url in urls]
        self._patience = patience
        self._hub_user = hub_user

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        for node in self._nodes:
            await node.client.aclose()

    async def provision(self, partner: PartnerId, limits: Limits, password: str | None = None) -> None:
        """Make a partner's virtual host and user, with least permissions and limits; again changes nothing.

        Args:
            password: of a new user required; an existing user keeps its own if this is `None`.
        """
        await self._put(f"/api/vhosts/{partner}", {})
        await self._permit(partner, self._hub_user, HUB)
        await self._user(partner, password)
        await self.limit_queues(partner, limits)
        await self._let_in(partner, limits, PARTNER)

    async def provide_own(self, vhost: str) -> None:
        """A virtual host for the hub alone, without a queue; again changes nothing."""
        if not await self.has_vhost(vhost):
            await self._put(f"/api/vhosts/{vhost}", {})
            await self._limit("vhost-limits", vhost, {"max-queues": 0})
        permitted = f"/api/permissions/{vhost}/{quote(self._hub_user, safe='')}"
        if not (await self._send("GET", permitted, absent_is_fine=True)).is_success:
            await self._permit(vhost, self._hub_user, HUB)

    async def limit_queues(self, partner: PartnerId, limits: Limits) -> None:
        """How many there may be, and what each may hold, from now on."""
        await self._limit("vhost-limits", partner, vhost_limits(limits))
        for policy in policies(limits):
            said = {"pattern": policy.pattern, "definition": dict(policy.definition), "priority": policy.priority}
            await self._put(f"/api/policies/{partner}/{policy.name}", {**said, "apply-to": "queues"})

    async def has_user(self, partner: PartnerId) -> bool:
        return (await self._send("GET", f"/api/users/{partner}", absent_is_fine=True)).is_success

    async def shut(self, partner: PartnerId, limits: Limits, may: Permissions) -> None:
        """Take a partner's right to send: it may do what `may` says and no more, and its connections are closed.

        What is queued stays, and counts. The broker closes a user's connections for certain only when the user goes,
        and on a channel that is open a permission once used is remembered: so the user goes, and comes back with its
        password and fewer rights. Broken off between the two, it is shut out altogether. One at a time: a second who
        does so meanwhile takes the user away under the hands of the first.
        """
        found = await self._send("GET", f"/api/users/{partner}", absent_is_fine=True)
        if not found.is_success:
            return
        known = found.json()
        await self._send("DELETE", f"/api/users/{partner}", absent_is_fine=True)
        same = {name: known[name] for name in ("password_hash", "hashing_algorithm")}
        await self._put(f"/api/users/{partner}", {**same, "tags": ""})
        await self._let_in(partner, limits, may)

    async def is_shut(self, partner: PartnerId, may: Permissions) -> bool:
        """Whether the partner may do that and no more; one without a user, or without any right, may do nothing."""
        found = await self._send("GET", f"/api/permissions/{partner}/{partner}", absent_is_fine=True)
        if not found.is_success:
            return may == NOTHING or not await self.has_user(partner)
        return all(found.json()[name] == value for name, value in asdict(may).items())

    async def remove(self, partner: PartnerId) -> None:
        """A partner's user and virtual host go, with its queues: for one of which nothing is left."""
        await self._send("DELETE", f"/api/users/{partner}", absent_is_fine=True)
        await self._send("DELETE", f"/api/vhosts/{partner}", absent_is_fine=True)

    async def empty(self, partner: PartnerId, queue: str) -> None:
        """Throw away what is in a queue."""
        await self._send("DELETE", f"/api/queues/{partner}/{queue}/contents", absent_is_fine=True)

    async def has_vhost(self, vhost: str) -> bool:
        return (await self._send("GET", f"/api/vhosts/{vhost}", absent_is_fine=True)).is_success

    async def disconnect(self, partner: PartnerId) -> None:
        """Close the connections that the partner has now."""
        for one in await self._list(f"/api/connections/username/{partner}"):
            await self._send("DELETE", f"/api/connections/{quote(one['name'], safe='')}", absent_is_fine=True)

    async def nodes(self) -> Nodes:
        """How the cluster's nodes are."""
        return nodes_from(await self._list("/api/nodes"))

    async def depths(self, partner: PartnerId) -> dict[str, Depth]:
        """How deep each queue of a partner is, by name; empty if it has no virtual host."""
        totals = {"disable_stats": "true", "enable_queue_totals": "true"}
        found = await self._list(f"/api/queues/{partner}", totals)
        readers = Counter(reader["queue"]["name"] for reader in await self._list(f"/api/consumers/{partner}"))
        return {queue["name"]: _depth(queue, readers[queue["name"]]) for queue in found}

    async def _user(self, partner: PartnerId, password: str | None) -> None:
        if password is not None:
            await self._put(f"/api/users/{partner}", {"password": password, "tags": ""})
        elif not await self.has_user(partner):
            raise OperatorError("no-password", f"broker user {partner} does not exist yet: give it a password")

    async def _let_in(self, partner: PartnerId, limits: Limits, may: Permissions) -> None:
        """Permissions last: from then on the partner can connect."""
        await self._limit("user-limits", partner, partner_limits(limits))
        for exchange in _TOPIC_EXCHANGES:
            denied = {"exchange": exchange, "write": NOTHING.write, "read": NOTHING.read}
            await self._put(f"/api/topic-permissions/{partner}/{partner}", denied)
        await self._permit(partner, partner, may)

    async def _permit(self, vhost: str, user: str, permissions: Permissions) -> None:
        await self._put(f"/api/permissions/{vhost}/{quote(user, safe='')}", asdict(permissions))

    async def _limit(self, kind: str, of: str, limits: Mapping[str, int]) -> None:
        for name, value in limits.items():
            await self._put(f"/api/{kind}/{of}/{name}", {"value": value})

    async def _put(self, path: str, body: Mapping[str, object]) -> None:
        await self._send("PUT", path, body)

    async def _list(self, path: str, query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        response = await self._send("GET", path, query=query, absent_is_fine=True)
        return response.json() if response.status_code == httpx.codes.OK else []

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, str] | None = None,
        *,
        absent_is_fine: bool = False,
    ) -> httpx.Response:
        response = await self._ask(method, path, body, query)
        if response.is_success or (absent_is_fine and response.status_code == httpx.codes.NOT_FOUND):
            return response
        raise _refused(response.status_code, method, path)

    async def _ask(
        self, method: str, path: str, body: Mapping[str, object] | None, query: Mapping[str, str] | None
    ) -> httpx.Response:
        failure = BrokerAway("management API, no address")
        for node, patience in self._in_turn():
            try:
                response = await node.client.request(method, path, json=body, params=query, timeout=patience)
            except (httpx.TransportError, ssl.SSLError) as exc:  # its client lets the latter through
                failure = await node.why(exc)
                failure.__cause__ = exc  # raised below, when no other node has answered
            else:
                if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    self._nodes.sort(key=lambda one: one is not node)
                    return response
                failure = BrokerAway(f"management API, status {response.status_code}")
        raise failure

    def _in_turn(self) -> Iterator[tuple[_Node, float]]:
        *others, last = self._nodes
        yield from ((node, min(PATIENCE_BEFORE_NEXT, self._patience)) for node in others)
        yield last, self._patience


def _depth(queue: Mapping[str, Any], consumers: int) -> Depth:
    ready, unacked = queue.get("messages_ready", 0), queue.get("messages_unacknowledged", 0)
    return Depth(
        ready=ready,
        unacked=unacked,
        consumers=consumers,
        led=_is_led(queue),
        counted=_is_led(queue) and {"messages_ready", "messages_unacknowledged"} <= queue.keys(),
        dying=max(0, queue.get("messages", 0) - ready - unacked),
        earlier=not EARLIER.isdisjoint(queue.get("arguments", ())),
        ruled=queue.get("policy") in POLICIES,
    )


def _is_led(queue: Mapping[str, Any]) -> bool:
    return queue.get("state") != "down" and queue.get("leader", "not said") not in ("", "none")


def _node(address: BrokerAddress) -> _Node:
    # The login is apart from the URL: httpx logs the URL of each request, and would log the password with it.
    login = httpx.BasicAuth(address.user, address.password)
    base = f"{address.scheme}://{address.place}{address.path}"
    trusted = context(address.tls) if address.tls else None
    # The environment has no say: a proxy named there would read the password.
    client = httpx.AsyncClient(base_url=base, auth=login, verify=trusted or False, trust_env=False)
    return _Node(client, address.place, trusted)


def _refused(status: int, method: str, path: str) -> OperatorError:
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return OperatorError(
            "broker-admin-refused",
            "the broker's management API refuses the user of KETENHUB_AMQP_ADMIN_URL: it must be an administrator",
        )
    return OperatorError("broker-admin-refused", f"the broker's management API answered {method} {path} with {status}")
