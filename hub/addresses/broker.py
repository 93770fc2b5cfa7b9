"""The addresses of the broker and of its management API, with the parameters of RabbitMQ's and aiormq's URLs. Pure.

https://www.rabbitmq.com/docs/uri-query-parameters
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hub.addresses.tls import Tls
from hub.addresses.url import Place, Unusable, allow, choice, places, take_apart, whole

WANTED = "amqp://user:password@host:5672, several separated by commas"
WANTED_ADMIN = "http://user:password@host:15672, the broker's management API, several separated by commas"
WANTED_PARTNER = "amqps://host:5671, where partners reach the broker: nothing before or after, several by commas"
_PORTS = {"amqp": 5672, "amqps": 5671, "http": 80, "https": 443}
_SECURE = ("amqps", "https")
_ROOTS = ("cacertfile", "cafile", "capath")
_TLS = (*_ROOTS, "certfile", "keyfile", "verify", "no_verify_ssl")
_AUTHENTICATION = ("auth_mechanism", "auth")
_CONNECTION = ("heartbeat", *_AUTHENTICATION)
_ITSELF = "the hub says that itself"
_REFUSED = {
    "cadata": "name the file as cacertfile",
    "server_name_indication": "the name in the address is the one that is checked",
    "fail_if_no_peer_cert": "that is for a server to say",
    "depth": "the hub checks the whole chain",
    "password": "the hub takes a key without a passphrase, that only its user can read",
    **dict.fromkeys(("name", "timeout", "connection_timeout", "channel_max", "frame_max"), _ITSELF),
    **dict.fromkeys(("interleave", "happy_eyeballs_delay"), _ITSELF),
}
MOST_HEARTBEAT = 60
GUEST = ("guest", "guest")
"""User and password where a URL names nobody: https://www.rabbitmq.com/docs/uri-spec"""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Attributes:
    tls: none where it is not encrypted.
    path: of the management API, if it is not at the root.
    mechanism: `plain`, or `external`: the broker knows the hub by its certificate.
    heartbeat: seconds.
    """

    scheme: str
    user: str
    password: str = field(repr=False)
    place: Place
    tls: Tls | None
    path: str = ""
    mechanism: str = "plain"
    heartbeat: int | None = None

    @property
    def is_verified(self) -> bool:
        """Whether it is proved who answers, or nobody but this machine can."""
        return self.place.is_here or (self.tls is not None and self.tls.is_verified)


def broker_address(url: str) -> BrokerAddress:
    """Of a node, by AMQP; its path, a virtual host, is not used. Raises `Unusable`."""
    return _logged_in(_address(url, ("amqp", "amqps"), WANTED, _CONNECTION))


def admin_address(url: str) -> BrokerAddress:
    """Of a node's management API. Raises `Unusable`."""
    return _logged_in(_address(url, ("http", "https"), WANTED_ADMIN, ()))


def partner_address(url: str) -> BrokerAddress:
    """Where partners reach a node, without what each has of its own: login, virtual host, files. Raises `Unusable`."""
    parts = take_apart(url, ("amqp", "amqps"), WANTED_PARTNER)
    if parts.user or parts.password or parts.path.strip("/") or parts.parameters:
        raise Unusable(WANTED_PARTNER)
    return _address(url, ("amqp", "amqps"), WANTED_PARTNER, ())


def _logged_in(found: BrokerAddress) -> BrokerAddress:
    if found.user:
        return found
    if found.mechanism == "external":
        raise Unusable("before the @ the user as whom the broker knows the hub's certificate")
    user, password = GUEST
    return replace(found, user=user, password=password)


def _address(url: str, schemes: tuple[str, ...], wanted: str, more: tuple[str, ...]) -> BrokerAddress:
    parts = take_apart(url, schemes, wanted)
    said, secure = parts.parameters, parts.scheme in _SECURE
    allow(said, (*_TLS, *more), _REFUSED)
    if not secure and any(name in said for name in _TLS):
        raise Unusable(f"{schemes[1]}:// where parameters of TLS follow")
    found = places(parts.hosts, _PORTS[parts.scheme])
    if not found or found[0].is_socket:
        raise Unusable(wanted)
    tls = _tls(said) if secure else None
    mechanism = choice(said, _either(said, _AUTHENTICATION), ("plain", "external"), "plain")
    if mechanism == "external" and (tls is None or tls.certificate is None):
        raise Unusable("certfile beside the mechanism external: the broker knows the hub by it")
    heartbeat = whole(said, "heartbeat", MOST_HEARTBEAT)
    path = parts.path.rstrip("/")
    return BrokerAddress(parts.scheme, parts.user, parts.password, found[0], tls, path, mechanism, heartbeat)


def _either(said: Mapping[str, str], names: tuple[str, ...]) -> str:
    """Which of the names that mean the same is there."""
    found = [name for name in names if name in said]
    if len(found) > 1:
        raise Unusable(f"only one of {', '.join(found)}")
    return found[0] if found else names[0]


def _tls(said: Mapping[str, str]) -> Tls:
    if "keyfile" in said and "certfile" not in said:
        raise Unusable("certfile beside keyfile")
    _either(said, ("verify", "no_verify_ssl"))
    checked = choice(said, "verify", ("verify_peer", "verify_none"), "verify_peer") == "verify_peer"
    checked = checked and choice(said, "no_verify_ssl", ("0", "1"), "0") == "0"
    root = said.get(_either(said, _ROOTS))
    return Tls(root, said.get("certfile"), said.get("keyfile"), chain=checked, name=checked)
