"""A cache that is Redis while Redis answers, and this process's memory while it does not."""

import logging
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from common.breaker import Breaker

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 0.3
_breakers: dict[str, Breaker] = {}
"""One for each server: Django makes a cache object for each thread."""


class DegradingCache(LocMemCache):
    """Never raises and never waits longer than a third of a second for Redis.

    Behind an open breaker, rate limits and cached pages live in the process: weaker for a while,
    never absent.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__("degraded", {**params})
        options = {
            **params.get("OPTIONS", {}),
            "socket_connect_timeout": TIMEOUT_SECONDS,
            "socket_timeout": TIMEOUT_SECONDS,
        }
        self._redis = RedisCache(server, {**params, "OPTIONS": options})
        self._breaker = _breakers.setdefault(server, Breaker(failures=1, seconds=5))

    def _try(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if self._breaker.allows():
            try:
                answer = getattr(self._redis, method)(*args, **kwargs)
            except (RedisError, OSError) as error:
                self._breaker.failed()
                log.warning("cache degraded", extra={"reason": type(error).__name__})
            else:
                self._breaker.succeeded()
                return answer
        return getattr(super(), method)(*args, **kwargs)

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        """See Django's cache."""
        return self._try("add", key, value, *args, **kwargs)

    def get(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        """See Django's cache."""
        return self._try("get", key, *args, **kwargs)

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        """See Django's cache."""
        return self._try("set", key, value, *args, **kwargs)

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        """See Django's cache."""
        return self._try("touch", key, *args, **kwargs)

    def delete(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        """See Django's cache."""
        return self._try("delete", key, *args, **kwargs)

    def has_key(self, key: Any, *args: Any, **kwargs: Any) -> Any:
        """See Django's cache."""
        return self._try("has_key", key, *args, **kwargs)

    def incr(self, key: Any, delta: int = 1, *args: Any, **kwargs: Any) -> Any:
        """See Django's cache."""
        return self._try("incr", key, delta, *args, **kwargs)

    def get_many(self, keys: Any, *args: Any, **kwargs: Any) -> Any:
        """See Django's cache."""
        return self._try("get_many", keys, *args, **kwargs)

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        """See Django's cache."""
        return self._try("set_many", data, *args, **kwargs)

    def delete_many(self, keys: Any, *args: Any, **kwargs: Any) -> Any:
        """See Django's cache."""
        return self._try("delete_many", keys, *args, **kwargs)

    def clear(self) -> Any:
        """Forget everything, here and there."""
        LocMemCache.clear(self)
        return self._try("clear")
