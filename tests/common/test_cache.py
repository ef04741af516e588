"""The cache is Redis while Redis answers, and this process's memory while it does not."""

import socket
import time

import pytest

from common import cache as module
from common.breaker import Breaker
from common.cache import DegradingCache
from common.outbound import PartnerTimeout, PartnerUnreachable, call


@pytest.fixture
def closed_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def silent_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield listening.getsockname()[1]


@pytest.fixture
def cache(closed_port):
    found = DegradingCache(f"redis://127.0.0.1:{closed_port}/0", {"KEY_PREFIX": "tests"})
    yield found
    found.clear()


def test_without_redis_everything_still_works(cache):
    assert cache.get("a") is None
    cache.set("a", 1)
    assert cache.get("a") == 1
    assert not cache.add("a", 2)
    assert cache.incr("a") == 2
    cache.set_many({"b": 3, "c": 4})
    assert cache.get_many(["a", "b", "c", "d"]) == {"a": 2, "b": 3, "c": 4}
    assert "b" in cache
    assert cache.touch("b", 10)
    assert cache.delete("b")
    cache.delete_many(["c"])
    assert cache.get("c") is None
    assert cache.get_or_set("e", lambda: 5) == 5
    cache.clear()
    assert cache.get("a") is None


def test_a_redis_that_is_gone_is_asked_once_in_a_while(cache):
    began = time.monotonic()
    for number in range(200):
        cache.set(f"k{number}", number)
    assert time.monotonic() - began < 1


def test_a_redis_that_is_silent_costs_a_third_of_a_second_once(silent_port):
    cache = DegradingCache(f"redis://127.0.0.1:{silent_port}/0", {})
    began = time.monotonic()
    cache.set("a", 1)
    first = time.monotonic() - began
    assert 0.2 < first < 1.5
    began = time.monotonic()
    assert [cache.get("a") for _ in range(100)] == [1] * 100
    assert time.monotonic() - began < 0.2


def test_all_threads_share_what_is_known_about_a_server(closed_port):
    server = f"redis://127.0.0.1:{closed_port}/1"
    first, second = DegradingCache(server, {}), DegradingCache(server, {})
    first.get("a")
    assert not second._breaker.allows()


def test_with_redis_several_processes_share_it(servers, settings, monkeypatch):
    monkeypatch.setattr(module, "_breakers", {})
    one = DegradingCache(settings.REDIS_URL, {"KEY_PREFIX": "tests"})
    other = DegradingCache(settings.REDIS_URL, {"KEY_PREFIX": "tests"})
    one._local = other._local = None
    one.set("shared", "value", 30)
    assert other.get("shared") == "value"
    assert other._redis.get("shared") == "value"
    one.delete("shared")
    assert other.get("shared") is None


def test_it_comes_back_to_redis(servers, settings, monkeypatch):
    breaker = Breaker(failures=1, seconds=0)
    monkeypatch.setattr(module, "_breakers", {settings.REDIS_URL: breaker})
    cache = DegradingCache(settings.REDIS_URL, {"KEY_PREFIX": "tests"})
    breaker.failed()
    cache.set("back", 1, 30)
    assert cache._redis.get("back") == 1


# --- Calls to outside companies ---------------------------------------------------------


def test_a_partner_that_is_away_was_not_reached(closed_port):
    with pytest.raises(PartnerUnreachable) as found:
        call("POST", f"http://127.0.0.1:{closed_port}/", partner="tests")
    assert not isinstance(found.value, PartnerTimeout)


def test_a_partner_that_is_silent_may_have_heard_us(silent_port, settings):
    settings.PARTNER_TIMEOUT = (0.3, 0.3)
    with pytest.raises(PartnerTimeout):
        call("POST", f"http://127.0.0.1:{silent_port}/", partner="tests")


def test_a_partner_that_hangs_up_may_have_heard_us(closed_port):
    import threading

    listening = socket.create_server(("127.0.0.1", closed_port))

    def hang_up():
        connection, _ = listening.accept()
        connection.recv(4096)
        connection.close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    with pytest.raises(PartnerTimeout):
        call("POST", f"http://127.0.0.1:{closed_port}/", partner="tests")
    thread.join()
    listening.close()
