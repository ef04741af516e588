"""Ringing the worker: once, with short timeouts, behind a breaker, never raising."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from common.breaker import Breaker
from jobs.enums import Lane

QUEUES = {Lane.QUICK: "celery", Lane.BULK: "bulk"}

log = logging.getLogger(__name__)
_breaker = Breaker(failures=1, seconds=5)


def ring(job_id: int, lane: Lane = Lane.QUICK) -> bool:
    """Tell the lane's worker that the job is due; False when nobody heard: beat rings again."""
    if not _breaker.allows():
        return False
    try:
        current_app.send_task(
            "jobs.run",
            kwargs={"job_id": job_id},
            queue=QUEUES[lane],
            retry=False,
            ignore_result=True,
        )
    except (OperationalError, RedisError, OSError) as error:
        _breaker.failed()
        log.warning("the broker does not answer", extra={"reason": type(error).__name__})
        return False
    _breaker.succeeded()
    return True
