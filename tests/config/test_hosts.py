"""Whose word a host may be: the file's, or among `hosts` the payload's."""

from pathlib import Path

import pytest

from relay.config import load
from relay.config.kinds import HostName
from relay.destination import Destination, Request
from relay.errors import ConfigError, Unsendable
from relay.hosts import Hosts
from relay.sendable import bounded


def destination(folder: Path, text: str) -> Destination:
    (folder / "routes.yaml").write_text(f"version: 1\ndestinations:\n  erp: {text}\n", encoding="utf-8")
    return load(folder / "routes.yaml", {}).destinations["erp"]


@pytest.mark.parametrize(
    "text",
    [
        "{url: 'https://erp.example.com/{{ body.n }}'}",
        "{url: 'https://erp.example.com:8443?n={{ body.n }}#{{ body.n }}'}",
        "{url: '{{ vars.base }}/{{ body.n }}', vars: {base: 'https://erp.example.com/k3'}}",
        "{url: 'https://{{ vars.a }}.{{ vars.b | lower }}/{{ body.n }}', vars: {a: acme, b: Example.com}}",
        "{url: 'http://[::1]:80/{{ body.n }}'}",
    ],
)
def test_a_host_of_the_file_needs_no_list(tmp_path: Path, text: str) -> None:
    assert destination(tmp_path, text).hosts is None


def test_the_fixed_hosts_of_a_destination_are_among_its_own(tmp_path: Path) -> None:
    lookup = "{url: 'https://Query.example.com/{{ body.n }}', found: 'true', missing: 'false'}"
    text = f"{{url: 'https://{{{{ body.h }}}}/x', hosts: ['*.Example.com', 10.0.0.8], lookup: {lookup}}}"
    assert destination(tmp_path, text).hosts == Hosts(
        named=frozenset({"query.example.com", "10.0.0.8"}), below=(".example.com",)
    )


@pytest.mark.parametrize(
    "host",
    ["*", "*.com", "https://erp.example.com", "erp.example.com:8443", "a/b", "a b", "", "*.*.example.com", "a@b", "-a"],
)
def test_what_is_no_host_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match="is no host; write one such as"):
        destination(tmp_path, f"{{url: 'https://{{{{ body.h }}}}/', hosts: ['{host}']}}")


def test_a_name_in_other_letters_is_listed_as_the_wire_has_it() -> None:
    assert HostName("发票.Example.com").name == "xn--mnqv47l.example.com".replace(
        "mnqv47l", "发票".encode("punycode").decode()
    )


HOSTS = Hosts(named=frozenset({"erp.example.com", "10.0.0.8", "::1"}), below=(".example.org",))


def request(url: str) -> Request:
    return Request(method="POST", url=url, headers={}, body=b"")


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://erp.example.com/x", False),
        ("https://ERP.example.com./x", False),
        ("http://10.0.0.8:8080/", False),
        ("http://[::1]/", False),
        ("https://a.example.org", True),
        ("https://A.b.Example.ORG./", True),
    ],
)
def test_a_listed_host_is_taken_and_one_below_a_domain_must_be_public(url: str, public: bool) -> None:
    assert bounded(request(url), HOSTS).public is public


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/",
        "https://evil-example.org/",
        "https://a.example.org.evil.com/",
        "https://evil.com/erp.example.com",
        "https://evil.com#erp.example.com",
        "https://evil.com?.example.org",
        "https://erp.example.com@evil.com/",
        "https://evil.com\\@erp.example.com/",
        "https://evil.com\\.example.org/",
        "http://10.0.0.8.evil.com/",
        "http://0x0a000008/",
    ],
)
def test_any_other_host_is_refused(url: str) -> None:
    with pytest.raises(Unsendable):
        bounded(request(url), HOSTS)


def test_without_a_list_every_host_is_the_files() -> None:
    assert not bounded(request("http://10.9.9.9/"), None).public
