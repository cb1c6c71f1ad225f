"""The address that a scheme signs: said, or told by a trusted proxy, and never what a sender writes in Host."""

from pathlib import Path
from typing import Any

import pytest

from relay.config import load
from relay.web.address import address_of

ROUTES = """
version: 1
server: {%s}
sources:
  signed: {verify: {algorithm: hmac-sha256, header: X-Sign, content: "{url}{body}"}, secret: one%s}
"""
TOLD = {"x-forwarded-proto": "https", "x-forwarded-host": "relay.example.com", "host": "evil.example.com"}


def address(folder: Path, server: str, source: str = "", peer: str = "10.8.0.1", **headers: str) -> str:
    (folder / "routes.yaml").write_text(ROUTES % (server, source))
    config = load(folder / "routes.yaml", {})
    scope: dict[str, Any] = {
        "client": (peer, 1),
        "path": "/in/signed",
        "query_string": b"a=1&b=%20",
        "server": ("x", 1),
    }
    given = {**TOLD, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return address_of(config.sources["signed"], scope, given, config)


def test_what_the_source_says_beats_the_rest_and_the_query_is_the_requests_own(tmp_path: Path) -> None:
    both = 'public_url: "https://all.example.com/x/", trusted_proxies: [10.8.0.0/16]'
    assert address(tmp_path, both, ', public_url: "https://one.example.com/hook?old=1"') == (
        "https://one.example.com/hook?a=1&b=%20"
    )
    assert address(tmp_path, both) == "https://all.example.com/x/in/signed?a=1&b=%20"


def test_a_trusted_proxy_tells_it_and_nobody_else(tmp_path: Path) -> None:
    proxies = "trusted_proxies: [10.8.0.0/16]"
    assert address(tmp_path, proxies) == "https://relay.example.com/in/signed?a=1&b=%20"
    assert address(tmp_path, proxies, peer="192.0.2.7") == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"x_forwarded_host": ""},
        {"x_forwarded_host": "relay.example.com, evil.example.com"},
        {"x_forwarded_host": "relay.example.com/evil?"},
        {"x_forwarded_proto": "javascript"},
        {"x_forwarded_proto": ""},
    ],
)
def test_what_a_proxy_leaves_out_or_passes_on_unlooked_at_is_no_address(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    assert address(tmp_path, "trusted_proxies: [10.8.0.0/16]", **headers) == ""
