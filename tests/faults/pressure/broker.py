"""`rabbitmqctl` on the private node of a session: the management API says where the node's own files are."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from yarl import URL

from hub.broker.sizes import LARGEST
from hub.local.install import debian_rabbitmq
from hub.local.processes import eventually
from hub.local.rabbitmq_files import environment
from hub.local.servers import Addresses
from tests.patience import CEILING
from tests.servers import rabbitmq_under_test


def rabbitmqctl(servers: Addresses, *words: str) -> None:
    """Run one command, as the account that owns the node."""
    installation = rabbitmq_under_test() or debian_rabbitmq(lambda _: None)
    inside = _folder(servers)  # as the node itself sees it
    folder = installation.root / inside.relative_to("/")
    ports = json.loads((folder / "ports.json").read_text())
    done = subprocess.run(
        [*installation.enter, str(installation.bin / "rabbitmqctl"), *words],
        env=environment(ports, lambda name: str(inside / name)),
        cwd=folder, capture_output=True, text=True, timeout=CEILING,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


@contextmanager
def other_sizes(servers: Addresses) -> Iterator[Callable[[int], None]]:
    """To give the broker another `max_message_size` than its configuration says; 3.10 and 4.0 read it elsewhere."""

    def put(size: int) -> None:
        words = f"application:set_env(rabbit, max_message_size, {size}), persistent_term:put(max_message_size, {size})."
        rabbitmqctl(servers, "eval", words)

    try:
        yield put
    finally:
        put(LARGEST)


def _folder(servers: Addresses) -> Path:
    found: list[str] = []

    def said() -> bool:
        found.extend(_node(URL(servers.admin_url)).get("config_files", ()))
        return bool(found)

    assert eventually(said, 30.0), "a node says where its files are some seconds after its start"
    return Path(found[0]).parent


def _node(url: URL) -> dict[str, Any]:
    login = (url.user or "", url.password or "")
    nodes: list[dict[str, Any]] = httpx.get(str(url.with_user(None) / "api/nodes"), auth=login).json()
    return nodes[0]
