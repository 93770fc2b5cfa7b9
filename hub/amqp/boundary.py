"""Where the AMQP client's errors become ours."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aio_pika.exceptions import CONNECTION_EXCEPTIONS, DeliveryError

from hub.addresses.tls import CertificateProblem, problem
from hub.errors import BrokerAway, BrokerCertificate


@contextmanager
def as_broker_away() -> Iterator[None]:
    """Turn every way in which the client says "lost" into `BrokerAway`; the broker's refusal of a publish passes.

    The client mixes loss and cancellation, both ways. Who waits on a connection that is lost may get a
    `CancelledError`, though nobody cancelled the task: it would end a supervisor in silence. And a task that somebody
    did cancel may get the loss instead: it would go on for ever.
    """
    try:
        yield
    except DeliveryError:
        raise
    except asyncio.CancelledError as exc:
        if _is_cancelled():
            raise
        raise BrokerAway("connection lost") from exc
    except Exception as exc:
        if not _is_loss(exc):
            raise
        if _is_cancelled():
            raise asyncio.CancelledError from exc
        raise away(exc) from exc


def away(error: Exception, detail: str = "") -> BrokerAway:
    """What it is to us: a matter of certificates, or a broker that does not answer."""
    found = problem(error)
    return BrokerCertificate(found) if found else BrokerAway(detail + type(error).__name__)


def _is_loss(error: Exception) -> bool:
    """A connection that closes without a reason gives who waits on it a bare `Exception`."""
    return isinstance(error, (*CONNECTION_EXCEPTIONS, CertificateProblem)) or type(error) is Exception


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
