"""Three RabbitMQ nodes on this machine as one cluster, each of which a test can kill, freeze, wipe and bring back.

    with clustered() as cluster:
        cluster.addresses                                   # every AMQP and management URL, separated by commas
        leader = cluster.leader(vhost, "intake.regulier")
        leader.kill()                                       # or freeze and thaw, or wipe
        leader.start()
        cluster.forget(leader), cluster.grow(leader)        # what an operator does for a node that lost its disk

One epmd, which is none of the nodes', knows all three. A node without data finds the others by its configuration.
"""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx
from yarl import URL

from hub.local.files import kept_ports, write_private
from hub.local.homes import throwaway_home
from hub.local.install import debian_rabbitmq
from hub.local.processes import belonging, end, kill, mark
from hub.local.rabbitmq import RabbitMQ
from hub.local.rabbitmq_files import Place
from hub.local.servers import Addresses
from tests.patience import CEILING

NAMES = ("one@localhost", "two@localhost", "three@localhost")
TICK = 8
"""Seconds, a quarter more or less, after which a node that says nothing counts as down; 60 where nobody says so."""
SETTINGS = (
    "cluster_partition_handling = pause_minority",
    "cluster_formation.peer_discovery_backend = classic_config",
    *(f"cluster_formation.classic_config.nodes.{place} = {name}" for place, name in enumerate(NAMES, start=1)),
)


class Node(RabbitMQ):
    """One of the three; `kill` and `freeze` end and stop all its processes at once, without a word to anybody."""

    frozen = False

    @property
    def name(self) -> str:
        return self.place.name

    @property
    def runs(self) -> bool:
        return not self.frozen and bool(belonging(self.identity))

    def start(self) -> None:
        self.launch()
        self.wait_until_ready()

    def kill(self) -> None:
        kill(self.identity)

    def freeze(self) -> None:
        self.frozen = True
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)
        self.frozen = False

    def wipe(self) -> None:
        """Take away all that it has stored; it does not run."""
        shutil.rmtree(self.folder / "data")

    def run(self, program: str, *words: str) -> str:
        """What `rabbitmqctl` or `rabbitmq-queues` says on this node."""
        command = [str(debian_rabbitmq(lambda _: None).bin / program), *words]
        done = subprocess.run(
            command, env=self.environment(), cwd=self.folder, capture_output=True, text=True, timeout=CEILING
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-1000:]} {done.stderr[-2000:]}"
        return done.stdout

    def _signal(self, number: signal.Signals) -> None:
        for pid in belonging(self.identity):
            os.kill(pid, number)


@dataclass(frozen=True)
class Cluster:
    nodes: Sequence[Node]

    @property
    def addresses(self) -> Addresses:
        """Without a database."""
        amqp, admin = (",".join(urls) for urls in zip(*((n.amqp_url, n.admin_url) for n in self.nodes), strict=True))
        return Addresses(amqp, admin, "")

    def leader(self, vhost: str, queue: str) -> Node:
        """The node whose member of a queue leads."""
        found = next(one for one in self.queues(vhost) if one["name"] == queue)["leader"]
        return next(node for node in self.nodes if node.name == found)

    def queues(self, vhost: str) -> list[dict[str, Any]]:
        """`name`, `leader`, `members` and `online` of each, as a node that runs says."""
        words = ("list_queues", "-q", "-p", vhost, "name", "leader", "members", "online", "--formatter", "json")
        found: list[dict[str, Any]] = json.loads(self._any().run("rabbitmqctl", *words))
        return found

    def indexes(self, vhost: str, queue: str, node: Node) -> tuple[int, int]:
        """How far a queue's log is committed at its leader, and how far a node's member of it has it."""
        words = ("quorum_status", "--vhost", vhost, queue, "--formatter", "json")
        members = json.loads(self._any().run("rabbitmq-queues", *words))
        leader = next(one for one in members if one["Raft State"] == "leader")
        own = next(one for one in members if one["Node Name"] == node.name)
        return int(leader["Commit Index"]), int(own["Log Index"])

    async def listed(self) -> list[dict[str, Any]]:
        """Every queue there is, as the management API says: the same and `vhost`, some seconds old."""
        node = URL(self._any().admin_url)
        login = (node.user or "", node.password or "")
        async with httpx.AsyncClient(auth=login, timeout=CEILING) as http:
            answer = await http.get(str(node.with_user(None) / "api/queues"))
            found: list[dict[str, Any]] = answer.raise_for_status().json()
            return found

    def others(self, *but: Node) -> list[Node]:
        return [node for node in self.nodes if node not in but]

    def forget(self, node: Node) -> None:
        """The operator: this node is gone for good; its place among the members of each queue goes too."""
        self._any(node).run("rabbitmqctl", "forget_cluster_node", node.name)

    def grow(self, node: Node) -> str:
        """The operator: this node is to have a member of every quorum queue again."""
        return self._any(node).run("rabbitmq-queues", "grow", node.name, "all")

    def _any(self, *but: Node) -> Node:
        return next(node for node in self.others(*but) if node.runs)


@contextmanager
def clustered() -> Iterator[Cluster]:
    """All three, running. Each has a home of its own, so that a later run ends what a killed one left."""
    with ExitStack() as stack:
        epmd = stack.enter_context(_epmd())
        cluster = Cluster([_node(stack.enter_context(throwaway_home()), name, epmd) for name in NAMES])
        _share([node.folder for node in cluster.nodes], "password", ".erlang.cookie")
        for node in cluster.nodes:
            stack.callback(node.stop)
            stack.callback(node.thaw)
            node.start()  # one after the other: two blank nodes that start together may found a cluster each
        yield cluster


def _node(home: Path, name: str, epmd: int) -> Node:
    return Node(home, debian_rabbitmq(print), Place(name, epmd, SETTINGS, f"-kernel net_ticktime {TICK}"))


def _share(folders: Sequence[Path], *names: str) -> None:
    for name in names:
        secret = token_hex(24)
        for folder in folders:
            folder.mkdir(mode=0o700, exist_ok=True)
            write_private(folder / name, secret)


@contextmanager
def _epmd() -> Iterator[int]:
    """Its port."""
    with throwaway_home() as home:
        identity = home / "rabbitmq"
        port = kept_ports(home / "ports.json", ["epmd"])["epmd"]
        command = ["epmd", "-port", str(port), "-address", "127.0.0.1"]
        server = subprocess.Popen(command, env=os.environ | mark(identity), stdin=subprocess.DEVNULL)
        try:
            yield port
        finally:
            end(identity)
            server.wait()
