"""Pictures are fetched from public addresses only."""

import http.server
import ipaddress
import socket
import threading

import pytest

from catalog.services import fetching
from catalog.services.media import PictureRefused


@pytest.fixture
def house():
    """A server on loopback that counts who knocks."""
    knocks = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            knocks.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"secret")

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], knocks
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.8",
        "172.16.4.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "::",
        "fc00::1",
        "fe80::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "ff02::1",
    ],
)
def test_an_address_inside_the_house_is_not_public(address):
    assert not fetching._is_public(ipaddress.ip_address(address))


def test_an_ordinary_address_is_public():
    assert fetching._is_public(ipaddress.ip_address("93.184.216.34"))
    assert fetching._is_public(ipaddress.ip_address("2606:2800:220:1::1"))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]"]
)
def test_loopback_in_every_spelling_is_never_knocked_at(house, monkeypatch, host):
    port, knocks = house
    monkeypatch.setitem(fetching.PORTS, "http", port)
    with pytest.raises(PictureRefused):
        fetching.fetch_picture(f"http://{host}:{port}/x.jpg")
    assert knocks == []


def test_a_name_that_answers_with_one_private_address_is_refused(monkeypatch):
    def lookup(*args, **kwargs):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(PictureRefused):
        fetching.public_address("twofaced.example", 80)


def test_the_connection_goes_to_the_address_that_was_checked(house, monkeypatch):
    port, knocks = house
    monkeypatch.setitem(fetching.PORTS, "http", port)
    monkeypatch.setattr(fetching, "public_address", lambda host, port: "127.0.0.1")
    assert fetching.fetch_picture(f"http://pictures.example:{port}/a.jpg") == b"secret"
    assert knocks == ["/a.jpg"]


def test_a_redirect_into_the_house_is_refused(monkeypatch):
    asked = []

    def hop(url, deadline):
        asked.append(url)
        if len(asked) == 1:
            return b"", "http://127.0.0.1/latest"
        return real(url, deadline)

    real = fetching._one_hop
    monkeypatch.setattr(fetching, "_one_hop", hop)
    with pytest.raises(PictureRefused, match="not public"):
        fetching.fetch_picture("http://pictures.example/a.jpg")
    assert asked == ["http://pictures.example/a.jpg", "http://127.0.0.1/latest"]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://a.example/x",
        "http://a.example:22/",
        "http://u:p@a.example/",
        "//x",
    ],
)
def test_another_scheme_port_or_a_login_is_refused(url):
    with pytest.raises(PictureRefused, match="plain http"):
        fetching.fetch_picture(url)
