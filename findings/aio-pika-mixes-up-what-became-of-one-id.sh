#!/usr/bin/env bash
# aio-pika 10.2.1: of two messages with one id that are under way on one channel, each may get the other's outcome.
#
# One would expect: a publish with confirms, `mandatory` and `on_return_raises=True` says of its own message whether a
# queue has it. AMQP numbers each publish on a channel, and the broker confirms by that number; `message-id` is the
# application's own, and may come twice (a message that is sent again).
# What happens: what the broker returns is matched by `message_id`. While two with one id are under way, a message that no
# queue took counts as delivered; and the one that a queue has counts as returned.
# Why it matters: whoever sends again what was not confirmed in time believes that a lost message has arrived.
# Way out: an id is under way once on a channel; send again on a new channel, or after the first has its outcome. Without
# `message_id` the library takes a random one for each publish.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=findings/broker.bash
. "$(dirname "$0")/broker.bash"
broker
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'aio-pika==10.2.1' 'aiormq==7.2.4' 'pamqp==4.0.1'

cat >"$work/expected" <<'END'
aio-pika 10.2.1
two ids, one for no queue, then one for a queue: ['returned', 'delivered'], in the queue: 1
one id, one for no queue, then one for a queue: ['delivered', 'returned'], in the queue: 1
two ids, both for no queue: ['returned', 'returned'], in the queue: 0
one id, both for no queue: ['delivered', 'returned'], in the queue: 0
END

"$work/venv/bin/python" - "$url" >"$work/seen" 2>"$work/log" <<'END' || true
import asyncio
import sys
from importlib.metadata import version

import aio_pika
from aio_pika.exceptions import DeliveryError


async def outcome(channel, id_, key):
    try:
        await channel.default_exchange.publish(aio_pika.Message(b"x", message_id=id_), key, mandatory=True)
    except DeliveryError:
        return "returned"
    return "delivered"


async def say(connection, what, *sent):
    channel = await connection.channel(on_return_raises=True)
    queue = await channel.declare_queue("here")
    await queue.purge()
    outcomes = await asyncio.gather(*(outcome(channel, id_, key) for id_, key in sent))
    again = await channel.declare_queue("here", passive=True)
    print(f"{what}: {outcomes}, in the queue: {again.declaration_result.message_count}")
    await channel.close()


async def main():
    print("aio-pika", version("aio-pika"))
    async with await aio_pika.connect(sys.argv[1]) as connection:
        await say(connection, "two ids, one for no queue, then one for a queue", ("a", "nowhere"), ("b", "here"))
        await say(connection, "one id, one for no queue, then one for a queue", ("a", "nowhere"), ("a", "here"))
        await say(connection, "two ids, both for no queue", ("a", "nowhere"), ("b", "nowhere"))
        await say(connection, "one id, both for no queue", ("a", "nowhere"), ("a", "nowhere"))


asyncio.run(main())
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen"
