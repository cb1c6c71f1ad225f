"""Requests of documented origin are taken or refused as their makers say, by the scheme that the file is named for."""

from typing import Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
import yaml
from signature_cases import HERE, SCHEMES
from signature_requests import tree_of

from relay.errors import Forged
from relay.signature import Outgoing, Received
from relay.signatures import catalogue


class Capture(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`source`: where it was published; `at`: when it was sent, in seconds since 1970, 0 where that is not signed.
    `secret`: one, or those that are live; `key`: the public key that is fetched. `vars`: the source's. `query`: beside
    what stands in `url`. `items`: the field of the body that is the batch, where its items prove themselves."""

    source: str
    secret: str | list[str] = ""
    at: int
    headers: dict[str, str] = {}
    body: str = ""
    expect: Literal["valid", "invalid"]
    method: str = "POST"
    url: str = ""
    query: dict[str, str] = {}
    vars: dict[str, str] = {}
    key: str | None = None
    items: str | None = None

    @property
    def secrets(self) -> list[str]:
        return [self.secret] if isinstance(self.secret, str) else self.secret

    def received(self, body: bytes) -> Received:
        headers = {name.lower(): value for name, value in self.headers.items()}
        tree = tree_of(body, headers.get("content-type", ""))
        return Received(
            method=self.method,
            url=self.url,
            headers=headers,
            query={**dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True)), **self.query},
            body=body,
            tree=tree,
            items=tree[self.items] if self.items else [],
            vars=self.vars,
            key=self.key,
        )


def captures(name: str) -> list[Capture]:
    path = HERE / "captures" / f"{name}.yaml"
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), list[Capture]) if path.exists() else []


EVERY = [pytest.param(name, one, id=f"{name}-{n}") for name in SCHEMES for n, one in enumerate(captures(name))]


@pytest.mark.parametrize("name", [name for name in catalogue.names() if not SCHEMES[name].open])
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
        SCHEMES[name].verify(received, capture.secrets, capture.at)
        return
    with pytest.raises(Forged):
        SCHEMES[name].verify(received, capture.secrets, capture.at)


@pytest.mark.parametrize(("name", "capture"), [one for one in EVERY if SCHEMES[one.values[0]].binds_body])
def test_a_capture_with_a_space_added_is_refused(name: str, capture: Capture) -> None:
    with pytest.raises(Forged):
        SCHEMES[name].verify(capture.received(capture.body.encode() + b" "), capture.secrets, capture.at)


def test_signing_makes_the_headers_that_the_specification_shows() -> None:
    capture = captures("standard-webhooks")[0]
    outgoing = Outgoing(
        id=capture.headers["webhook-id"], timestamp=capture.at, method="POST", url="", body=capture.body.encode()
    )
    assert catalogue.load("standard-webhooks").sign(outgoing, capture.secret) == capture.headers


def test_a_capture_belongs_to_a_scheme() -> None:
    assert {path.stem for path in (HERE / "captures").iterdir()} <= set(SCHEMES)
