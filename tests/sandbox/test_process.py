"""The sandbox as a process: keys, loopback, restarts, outages, quiet."""

import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.sandbox.conftest import ROOT
from tests.sandbox.test_sms_gateway import MESSAGE


def test_keys_are_drawn_once_and_only_the_owner_may_read_them(tmp_path):
    command = [sys.executable, "-m", "sandbox", "--keys-only", "--state", str(tmp_path / "state")]
    subprocess.run(command, cwd=ROOT, check=True)
    file = tmp_path / "state" / "mall.json"
    first = file.read_text()
    subprocess.run(command, cwd=ROOT, check=True)
    assert file.read_text() == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_it_imports_nothing_of_the_mall():
    code = "import sys, sandbox.app; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    loaded = set(run.stdout.split())
    assert "sandbox" in loaded
    assert not loaded & {"django", "requests", "mall", "common", "payments", "jobs", "privacy"}


def test_a_restart_loses_nothing_even_after_a_power_cut(partner, mall):
    mall.answers = [(503, b"")] * 2
    page = partner.page("T1", mall)
    partner.press(page, "pay")
    partner.post("sms", "/sms/send", MESSAGE)
    mall.wait_for(1)
    partner.stop(signal.SIGKILL)
    partner.start()
    assert partner.ask("trade.query", out_trade_no="T1")["trade_status"] == "TRADE_SUCCESS"
    assert partner.post("sms", "/sms/send", MESSAGE).json()["duplicate"]
    mall.wait_for(3)
    assert len({form["notify_id"] for form in mall.forms()}) == 1


def test_it_ends_politely_and_soon_also_while_somebody_waits(partner, mall):
    partner.control("faults", {"part": "sms", "kind": "hang", "seconds": 60})
    with socket.create_connection(("127.0.0.1", partner.port)) as line:
        body = b"{}"
        line.sendall(
            b"POST /sms/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n" + body
        )
        time.sleep(0.2)
        began = time.monotonic()
        assert partner.stop() == 0
        assert time.monotonic() - began < 5


def test_a_taken_port_is_said_in_a_sentence(partner, tmp_path):
    command = [sys.executable, "-m", "sandbox", "--port", str(partner.port)]
    run = subprocess.run(
        [*command, "--state", str(tmp_path / "other")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert f"port {partner.port} cannot be used" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "10.0.0.1"])
def test_only_loopback_names_are_answered(partner, host):
    answer = requests.get(f"{partner.url}/healthz", headers={"Host": host}, timeout=10)
    assert (answer.status_code, answer.json()) == (421, {"error": "loopback_only"})
    for name in ("localhost", f"127.0.0.1:{partner.port}", "[::1]"):
        good = requests.get(f"{partner.url}/healthz", headers={"Host": name}, timeout=10)
        assert good.status_code == 200


def test_the_controls_ask_for_their_token(partner):
    assert partner.control("state")["trades"] == []
    for headers in ({}, {"Authorization": "Bearer guessed"}):
        answer = requests.get(f"{partner.url}/control/state", headers=headers, timeout=10)
        assert answer.status_code == 401
    answer = requests.post(f"{partner.url}/control/reset", json={}, timeout=10)
    assert answer.status_code == 401


def test_outages_come_as_ordered_and_end(partner):
    def send(key, timeout=10):
        message = {**MESSAGE, "idempotency_key": key}
        return partner.post("sms", "/sms/send", message)

    for kind, status in (("503", 503), ("refuse", 400), ("too_many", 429)):
        partner.control("faults", {"part": "sms", "operation": "send", "kind": kind})
        assert send(kind).status_code == status
        assert send(kind).status_code == 200
    partner.control("faults", {"part": "sms", "kind": "slow", "seconds": 0.5})
    began = time.monotonic()
    assert send("slow").status_code == 200
    assert time.monotonic() - began >= 0.5
    partner.control("faults", {"part": "sms", "kind": "hang", "seconds": 0.3})
    assert send("hang").status_code == 503
    partner.control("faults", {"part": "sms", "kind": "reset"})
    with pytest.raises(requests.ConnectionError):
        send("reset")
    keys = {row["idempotency_key"] for row in partner.control("state")["messages"]}
    assert not keys & {"hang", "reset"}
    assert partner.control("state")["faults"] == []


def test_a_lost_answer_was_done_all_the_same(partner):
    partner.control("faults", {"part": "sms", "kind": "lost"})
    with pytest.raises(requests.ConnectionError):
        partner.post("sms", "/sms/send", MESSAGE)
    assert len(partner.control("state")["messages"]) == 1
    assert partner.post("sms", "/sms/send", MESSAGE).json()["duplicate"]


def test_a_lasting_outage_ends_with_a_reset(partner):
    partner.control("faults", {"part": "sms", "kind": "503", "times": None})
    assert {partner.post("sms", "/sms/send", MESSAGE).status_code for _ in range(3)} == {503}
    partner.control("reset", {})
    assert partner.post("sms", "/sms/send", MESSAGE).status_code == 200


def test_nonsense_at_the_controls_is_refused(partner):
    for content in ({"part": "moon", "kind": "503"}, {"part": "pay", "kind": "fire"}):
        with pytest.raises(requests.HTTPError):
            partner.control("faults", content)
    assert partner.control("state")["faults"] == []


def test_bodies_are_bounded(partner):
    answer = requests.post(f"{partner.url}/sms/send", data=b"x" * 300_000, timeout=10)
    assert answer.status_code == 413


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads Linux's /proc")
def test_it_is_quiet_while_nothing_happens(partner):
    def ticks():
        fields = Path(f"/proc/{partner.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    partner.control("state")
    time.sleep(0.5)
    before = ticks()
    time.sleep(2)
    assert ticks() - before <= 2
