"""mTLS: a server that asks who is there, and whom Relay believes."""

import ssl
from pathlib import Path

import pytest
from certificates import certified
from servers import answering, serving

from relay.destination import Identity, Request
from relay.destinations.identity import check_identity
from relay.errors import RelayError, TlsFault, Unanswered, Unsent
from relay.transport.client import Transport
from relay.transport.identity import context_of


def pem(file: Path) -> tuple[str, str]:
    """The certificate and the key."""
    key, begin, cert = file.read_text().partition("-----BEGIN CERTIFICATE-----")
    return begin + cert, key


async def asked(transport: Transport, url: str, identity: Identity | None) -> int:
    request = Request(method="GET", url=f"{url}/", headers={}, body=b"")
    return (await transport.send(request, 5_000, fresh=True, identity=identity)).status


def asking(folder: Path, client: Path) -> tuple[ssl.SSLContext, str]:
    """A server that lets in this client alone, and the certificate to trust it by."""
    tls, file = certified(folder, "127.0.0.1")
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(client)
    return tls, pem(file)[0]


async def test_relay_proves_itself_and_believes_the_authority_that_is_named(
    transport: Transport, tmp_path: Path
) -> None:
    _, own = certified(tmp_path, "127.0.0.3")
    cert, key = pem(own)
    tls, ca = asking(tmp_path, own)
    async with serving(answering(200), tls) as server:
        identity = Identity(cert=cert, key=key, ca=ca)
        assert await asked(transport, server.url, identity) == 200
        assert context_of(identity) is context_of(Identity(cert=cert, key=key, ca=ca))
        with pytest.raises((Unsent, Unanswered)):
            await asked(transport, server.url, Identity(ca=ca))
        with pytest.raises(TlsFault):
            await asked(transport, server.url, Identity(cert=cert, key=key))
        with pytest.raises(TlsFault):
            await asked(transport, server.url, None)


async def test_an_authority_that_is_named_is_believed_instead_of_the_others(
    transport: Transport, tmp_path: Path
) -> None:
    _, other = certified(tmp_path, "127.0.0.3")
    tls, _ = certified(tmp_path, "127.0.0.1")
    async with serving(answering(200), tls) as server:
        with pytest.raises(TlsFault):
            await asked(transport, server.url, Identity(ca=pem(other)[0]))


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        ({"cert": "no"}, "cert", "no certificate"),
        ({"ca": "no"}, "ca", "no certificate"),
        ({"key": "hunter2"}, "key", "no private key"),
        ({"key": "other"}, "key", "doesn't belong"),
    ],
)
def test_parts_that_do_not_fit_are_told_apart(tmp_path: Path, change: dict[str, str], where: str, says: str) -> None:
    cert, key = pem(certified(tmp_path, "127.0.0.1")[1])
    if change.get("key") == "other":
        change = {"key": pem(certified(tmp_path, "127.0.0.2")[1])[1]}
    check_identity(Identity(cert=cert, key=key, ca=cert))
    with pytest.raises(RelayError, match=says) as fault:
        check_identity(Identity(**{"cert": cert, "key": key, "ca": None} | change))
    assert fault.value.where == where
    assert "hunter2" not in str(fault.value)


def test_an_identity_is_never_printed() -> None:
    assert repr(Identity(key="hunter2")) == "Identity(...)"
