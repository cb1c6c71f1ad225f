"""Requests of documented origin are taken or refused as their makers say, by the scheme that the file is named for."""

from typing import Literal

import msgspec
import pytest
import yaml
from signature_cases import CASES, HERE

from relay.errors import Forged
from relay.signature import Outgoing, Received
from relay.signatures import catalogue


class Capture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`source`: where it was published; `at`: when it was sent, in seconds since 1970, 0 where that is not signed."""

    source: str
    secret: str
    at: int
    headers: dict[str, str]
    body: str
    expect: Literal["valid", "invalid"]
    url: str = ""

    def received(self, body: bytes) -> Received:
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Received(method="POST", url=self.url, headers=headers, query={}, body=body)


def captures(name: str) -> list[Capture]:
    path = HERE / "captures" / f"{name}.yaml"
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), list[Capture]) if path.exists() else []


EVERY = [pytest.param(name, one, id=f"{name}-{n}") for name in CASES for n, one in enumerate(captures(name))]


@pytest.mark.parametrize("name", [name for name in catalogue.names() if not CASES[name].scheme.open])
def test_every_shipped_scheme_has_a_request_that_it_takes_and_says_where_it_is_from(name: str) -> None:
    assert any(capture.expect == "valid" for capture in captures(name)), f"{name} needs captures/{name}.yaml"
    assert all(capture.source for capture in captures(name))
    record = catalogue.record(name)
    assert record.title
    assert record.docs.startswith("https://")
    assert record.evidence


@pytest.mark.parametrize(("name", "capture"), EVERY)
def test_a_capture_is_taken_or_refused_as_its_maker_says(name: str, capture: Capture) -> None:
    received = capture.received(capture.body.encode())
    if capture.expect == "valid":
        CASES[name].scheme.verify(received, [capture.secret], capture.at)
        return
    with pytest.raises(Forged):
        CASES[name].scheme.verify(received, [capture.secret], capture.at)


@pytest.mark.parametrize(("name", "capture"), [one for one in EVERY if CASES[one.values[0]].binds_body])
def test_a_capture_with_a_space_added_is_refused(name: str, capture: Capture) -> None:
    with pytest.raises(Forged):
        CASES[name].scheme.verify(capture.received(capture.body.encode() + b" "), [capture.secret], capture.at)


def test_signing_makes_the_headers_that_the_specification_shows() -> None:
    capture = captures("standard-webhooks")[0]
    outgoing = Outgoing(
        id=capture.headers["webhook-id"], timestamp=capture.at, method="POST", url="", body=capture.body.encode()
    )
    assert catalogue.load("standard-webhooks").sign(outgoing, capture.secret) == capture.headers


def test_a_capture_belongs_to_a_scheme() -> None:
    assert {path.stem for path in (HERE / "captures").iterdir()} <= set(CASES)
