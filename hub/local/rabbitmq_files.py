"""What a private RabbitMQ node reads: its configuration, its first definitions and its environment."""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# Two schedulers, enough for a laptop. Erlang's own distribution, which `listeners.tcp` does not cover, on loopback too.
ERLANG = "+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}"
Inside = Callable[[str], str]
"""The path of a file of the node's folder, by its name, as the node sees it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who a node is among others.

    Attributes:
        name: unlike that of any other of its cluster.
        epmd: the port of the Erlang name server that all of them ask, which others run; `None`: it has one of its own.
        lines: more of `rabbitmq.conf`.
        erlang: more arguments of the Erlang machine.
    """

    name: str = "ketenhub@localhost"
    epmd: int | None = None
    lines: Sequence[str] = ()
    erlang: str = ""


ALONE = Place()


def configuration(ports: Mapping[str, int], inside: Inside, place: Place) -> str:
    """`rabbitmq.conf`. Deliveries unacknowledged for 30 minutes end their channel.

    The write-ahead log of the quorum queues is small: when it is full it is moved to the queues' own files, which takes
    a core for half a second with 64 MB, and everything that is acute waits meanwhile.
    """
    common = f"""\
listeners.tcp.1 = 127.0.0.1:{ports["amqp"]}
management.tcp.ip = 127.0.0.1
management.tcp.port = {ports["management"]}
definitions.import_backend = local_filesystem
definitions.local.path = {inside("definitions.json")}
consumer_timeout = 1800000
max_message_size = 524288
raft.wal_max_size_bytes = 16777216
log.file.level = info
log.file.rotation.size = 10485760
log.file.rotation.count = 3
"""
    return common + "".join(f"{line}\n" for line in place.lines)


def definitions(user: str, password: str) -> str:
    """The administrator and the default virtual host. With definitions at boot the broker makes no `guest`."""
    salt = secrets.token_bytes(4)
    digest = base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
    return json.dumps(
        {
            "users": [
                {
                    "name": user,
                    "password_hash": digest,
                    "hashing_algorithm": "rabbit_password_hashing_sha256",
                    "tags": ["administrator"],
                }
            ],
            "vhosts": [{"name": "/"}],
            "permissions": [{"user": user, "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}],
        }
    )


def environment(ports: Mapping[str, int], inside: Inside, place: Place = ALONE) -> dict[str, str]:
    """The whole environment of the node: only PATH is inherited, and every default below /etc and /var is overruled."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": inside(""),
        "LANG": "C.UTF-8",
        "ERL_EPMD_PORT": str(ports["epmd"]),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_CRASH_DUMP_SECONDS": "0",
        "RABBITMQ_NODENAME": place.name,
        "RABBITMQ_DIST_PORT": str(ports["distribution"]),
        "RABBITMQ_MNESIA_BASE": inside("data"),
        "RABBITMQ_LOG_BASE": inside("log"),
        "RABBITMQ_PID_FILE": inside("pid"),
        "RABBITMQ_CONFIG_FILE": inside("rabbitmq.conf"),
        "RABBITMQ_CONFIG_FILES": inside("conf.d"),
        "RABBITMQ_CONF_ENV_FILE": inside("rabbitmq-env.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": inside("enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{ERLANG} {place.erlang}".strip(),
    }
