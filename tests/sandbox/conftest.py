"""A sandbox of its own for each test, and a small mall that only listens.

Nothing here uses the sandbox's code: the signatures are made and checked from the words of its
README, so that both sides cannot be wrong together.
"""

import base64
import hashlib
import hmac
import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

ROOT = Path(__file__).resolve().parents[2]
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def joined(parameters, *, without):
    """All parameters that are not empty, sorted by name, before URL encoding."""
    names = sorted(name for name, value in parameters.items() if value and name not in without)
    return "&".join(f"{name}={parameters[name]}" for name in names)


def is_signed(public_pem, text, signature):
    """RSA PKCS#1 v1.5 with SHA-256, by plain arithmetic."""
    numbers = serialization.load_pem_public_key(public_pem.encode()).public_numbers()
    raw = base64.b64decode(signature)
    opened = pow(int.from_bytes(raw, "big"), numbers.e, numbers.n).to_bytes(len(raw), "big")
    digest = SHA256_PREFIX + hashlib.sha256(text.encode()).digest()
    return opened == b"\x00\x01" + b"\xff" * (len(raw) - len(digest) - 3) + b"\x00" + digest


class Partner:
    """A sandbox in a process of its own."""

    def __init__(self, state, *, parcel_seconds=0):
        self.state = state
        self.pace = parcel_seconds
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        command = [sys.executable, "-m", "sandbox", "--port", str(self.port)]
        command += ["--state", str(self.state), "--parcel-seconds", str(self.pace)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline().strip().endswith(self.url)
        self.keys = json.loads((self.state / "mall.json").read_text())
        return self

    def stop(self, how=signal.SIGTERM):
        """End it; returns its exit status."""
        if self.process is None:
            return None
        self.process.send_signal(how)
        status = self.process.wait(15)
        self.process.stdout.close()
        self.process = None
        return status

    # --- The payment partner ----------------------------------------------------------

    def signed(self, method, business, **more):
        keys = self.keys["payment"]
        now = datetime.now(timezone(timedelta(hours=8)))
        parameters = {
            "app_id": keys["app_id"],
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": f"{now:%Y-%m-%d %H:%M:%S}",
            "version": "1.0",
            "biz_content": json.dumps(business, ensure_ascii=False),
            **more,
        }
        key = serialization.load_pem_private_key(keys["private_key"].encode(), password=None)
        text = joined(parameters, without={"sign"}).encode()
        raw = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return parameters | {"sign": base64.b64encode(raw).decode()}

    def page(self, name, mall, *, amount="12.30", language="en", **business):
        """Open the payer's page; returns the answer after the redirect."""
        business = {
            "out_trade_no": name,
            "total_amount": amount,
            "subject": "Order",
            "product_code": "FAST_INSTANT_TRADE_PAY",
            **business,
        }
        addresses = {"notify_url": f"{mall.url}/notify", "return_url": f"{mall.url}/back"}
        query = urlencode(self.signed("trade.page.pay", business, **addresses))
        return requests.get(
            f"{self.url}/pay/gateway?{query}", headers={"Accept-Language": language}, timeout=10
        )

    def press(self, page, action):
        """Press a button of the payer's page; returns where it leads."""
        answer = requests.post(page.url, data={"action": action}, allow_redirects=False, timeout=10)
        assert answer.status_code == 303
        return answer.headers["Location"]

    def ask(self, method, **business):
        """Call the gateway; returns the inner answer once its signature holds."""
        answer = requests.post(
            f"{self.url}/pay/gateway", data=self.signed(method, business), timeout=10
        )
        text = answer.text
        inner = text[text.index(":") + 1 : text.rindex(',"sign":')]
        assert is_signed(self.keys["payment"]["partner_key"], inner, answer.json()["sign"])
        return json.loads(inner)

    # --- Signed JSON --------------------------------------------------------------------

    def headers(self, part, path, body, *, nonce="", moment=None):
        keys = self.keys[part]
        nonce = nonce or secrets.token_hex(16)
        moment = str(int(time.time() if moment is None else moment))
        digest = hashlib.sha256(body).hexdigest()
        text = f"{keys['account']}\n{moment}\n{nonce}\nPOST\n{path}\n{digest}"
        return {
            "X-Account": keys["account"],
            "X-Timestamp": moment,
            "X-Nonce": nonce,
            "X-Signature": hmac.new(
                keys["secret"].encode(), text.encode(), hashlib.sha256
            ).hexdigest(),
        }

    def post(self, part, path, content, **how):
        body = json.dumps(content).encode()
        return requests.post(
            self.url + path, data=body, headers=self.headers(part, path, body, **how), timeout=10
        )

    # --- Controls -----------------------------------------------------------------------

    def control(self, call, content=None):
        answer = requests.request(
            "GET" if content is None else "POST",
            f"{self.url}/control/{call}",
            json=content,
            headers={"Authorization": f"Bearer {self.keys['control']['token']}"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()


class ListeningMall:
    """Takes notices and pushes, remembers them, answers as told."""

    def __init__(self):
        self.answers = []
        self.heard = []
        outer = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.heard.append((self.path, dict(self.headers), body))
                status, words = outer.answers.pop(0) if outer.answers else (200, b"success")
                self.send_response(status)
                self.send_header("Content-Length", str(len(words)))
                self.end_headers()
                self.wfile.write(words)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=[0.02])
        self.thread.start()

    def forms(self):
        return [dict(parse_qsl(body.decode())) for _path, _headers, body in self.heard]

    def wait_for(self, number, seconds=10):
        """Wait until so many were heard."""
        end = time.monotonic() + seconds
        while len(self.heard) < number:
            assert time.monotonic() < end, f"heard {len(self.heard)} of {number}"
            time.sleep(0.02)
        return self.heard

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """Keys take a moment to draw; one set serves every test."""
    folder = tmp_path_factory.mktemp("keys") / "state"
    command = [sys.executable, "-m", "sandbox", "--keys-only", "--state", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True)
    return folder


@pytest.fixture
def partner(keys, tmp_path):
    process = Partner(shutil.copytree(keys, tmp_path / "state")).start()
    yield process
    process.stop()


@pytest.fixture
def mall():
    listening = ListeningMall()
    yield listening
    listening.close()
