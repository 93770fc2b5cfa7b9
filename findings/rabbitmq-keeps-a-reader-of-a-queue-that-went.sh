#!/usr/bin/env bash
# RabbitMQ 3.10.8: a quorum queue that is deleted and declared again at once lists its former reader, which gets nothing.
#
# One would expect: who reads a queue that is deleted is told so (`basic.cancel`), and reads a new queue of that name only
# once it subscribes to it; a reader that is listed is given messages.
# What happens: declared again within the same moment, the new queue has the reader of the old one. No cancel comes. What is
# published is given to that reader (unacknowledged, no longer ready) and never reaches it. With two seconds in between the
# reader is cancelled, as it should be.
# Why it matters: migrating a queue to other arguments (delete, declare) under a running consumer stops it without a sign:
# the broker says that the queue has its reader. Way out: wait before declaring it again, or end the readers first.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=findings/broker.bash
. "$(dirname "$0")/broker.bash"
broker
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'aio-pika==10.2.1' 'aiormq==7.2.4' 'pamqp==4.0.1'

cat >"$work/expected" <<'END'
declared again at once: cancelled: False, readers listed: 1, got: 0 of 3, ready: 0
declared again after two seconds: cancelled: True, readers listed: 0, got: 0 of 3, ready: 3
END

"$work/venv/bin/python" - "$url" >"$work/seen" 2>"$work/log" <<'END' || true
import asyncio
import sys

import aiormq

QUORUM = {"x-queue-type": "quorum"}


async def look(what, name, pause):
    reading, other = await aiormq.connect(sys.argv[1]), await aiormq.connect(sys.argv[1])
    channel, making = await reading.channel(), await other.channel()
    got = []

    async def take(message):
        got.append(message)

    await making.queue_declare(name, durable=True, arguments=QUORUM)
    started = await channel.basic_consume(name, take, no_ack=False)
    await making.queue_delete(name)
    await asyncio.sleep(pause)
    await making.queue_declare(name, durable=True, arguments=QUORUM)
    for _ in range(3):
        await making.basic_publish(b"x", routing_key=name)
    await asyncio.sleep(3)
    found = await making.queue_declare(name, passive=True)
    cancelled = started.consumer_tag not in channel.consumers
    print(f"{what}: cancelled: {cancelled}, readers listed: {found.consumer_count}, "
          f"got: {len(got)} of 3, ready: {found.message_count}")
    await reading.close()
    await other.close()


async def main():
    await look("declared again at once", "one", 0)
    await look("declared again after two seconds", "two", 2)


asyncio.run(main())
END

printf '%s\n' '--- expected'; cat "$work/expected"
printf '%s\n' '--- seen'; cat "$work/seen"
diff -u "$work/expected" "$work/seen" || { cat "$work/log" >&2; exit 1; }
