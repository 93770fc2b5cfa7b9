"""Where the AMQP client's errors become ours."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aio_pika.exceptions import CONNECTION_EXCEPTIONS, DeliveryError

from hub.errors import BrokerAway


@contextmanager
def as_broker_away() -> Iterator[None]:
    """Turn every way in which the client says "lost" into `BrokerAway`; the broker's refusal of a publish passes.

    Who waits on a connection that is lost may get a `CancelledError` out of the client, though nobody cancelled the
    task: left alone, it would end a supervisor in silence.
    """
    try:
        yield
    except DeliveryError:
        raise
    except asyncio.CancelledError as exc:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise BrokerAway("connection lost") from exc
    except CONNECTION_EXCEPTIONS as exc:
        raise BrokerAway(type(exc).__name__) from exc
