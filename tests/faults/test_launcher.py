"""One command starts everything, says what is in the way, and leaves nothing behind."""

import os
import signal
import socket
import stat

import pytest

from tests.support.launched import wait_until

pytestmark = pytest.mark.fault
PARTS = ("gunicorn", "celery", "sandbox", "postgres", "redis-server")


def test_the_mall_opens_and_ctrl_c_leaves_no_process(place, launch):
    mall = launch().opens()
    assert f"http://localhost:{place.port}" in mall.output
    assert "shopper@mall.example" in mall.output
    page = place.get("/")
    assert page.status == 200
    running = "\n".join(place.processes())
    assert all(part in running for part in PARTS)

    second = launch()
    assert second.ends() == 1
    assert f"already runs at http://localhost:{place.port}" in second.output
    assert "Traceback" not in second.output

    logins = place.var / "demo-logins.txt"
    assert stat.S_IMODE(logins.stat().st_mode) == 0o600
    mall.says("The demo mall ", seconds=300)
    assert "The demo mall is loaded" in mall.output, mall.output[-4000:]
    wait_until(lambda: place.ready() == HEALTHY)

    assert mall.stop(signal.SIGINT) == 0
    assert place.processes() == []


HEALTHY = {
    "database": True,
    "keyring": True,
    "erasures_replayed": True,
    "redis": True,
    "worker": True,
    "beat": True,
    "degraded": False,
    "status": 200,
}


def test_it_listens_on_loopback_only_and_a_taken_port_is_told_in_one_sentence(place, launch):
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", place.port))
        stranger.listen()
        mall = launch()
        assert mall.ends() == 1
    (line,) = mall.output.splitlines()
    assert line.startswith(f"mall: Port {place.port} is taken")
    assert f"PORT={place.port + 1}" in line
    refused = launch(BIND="0.0.0.0")
    assert refused.ends() == 1
    assert "DEMO_ON_NETWORK" in refused.output


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("PORT", "http", "PORT must be a number"), ("VAR", "/proc/nowhere", "cannot be written")],
)
def test_nonsense_is_told_in_one_sentence(launch, name, value, told):
    mall = launch(**{name: value})
    assert mall.ends() == 1
    (line,) = mall.output.splitlines()
    assert told in line


@pytest.mark.slow
def test_when_a_part_dies_everything_stops_and_it_is_named(place, launch):
    mall = launch().opens()
    mall.says("worker")
    beat = next(line for line in place.processes() if "celery" in line and " beat" in line)
    os.kill(int(beat.split()[0]), signal.SIGKILL)
    assert mall.ends() == 1
    assert "beat was ended by SIGKILL" in mall.output
    assert place.processes() == []


@pytest.mark.slow
def test_a_killed_launcher_takes_its_parts_along_and_the_next_start_works(place, launch):
    mall = launch().opens()
    mall.popen.kill()
    mall.popen.wait()
    wait_until(lambda: not any("gunicorn" in line for line in place.processes()))
    wait_until(lambda: not any("celery" in line for line in place.processes()))
    again = launch().opens()
    assert place.get("/").status == 200
    assert again.stop() == 0
    assert place.processes() == []
