"""Keys in certificates that prove themselves: they chain to trusted roots and are for the platform's own host.

The roots are Mozilla's, as certifi brings them, unless the source names its own; those may be intermediates, for a
platform that publishes the last certificate of its chain alone.
"""

import ssl
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any

import certifi
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import Certificate, DNSName, load_der_x509_certificate, load_pem_x509_certificates
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from relay.destination import Answer
from relay.errors import KeyRefused, RelayError
from relay.publisher import Published
from relay.publishers.plain import pem_of
from relay.texts import _

MOST = 8  # certificates of one chain


class Chained:
    """`names`: the hosts of which the certificate may be. Raises RelayError on roots that aren't in PEM."""

    def __init__(self, names: Iterable[str], roots: str | None) -> None:
        self._names = [DNSName(name) for name in names]
        self._store = _given(roots) if roots else _trusted()

    def read(self, name: str, taken: Any, answer: Answer, now: float) -> Mapping[str, Published]:
        try:
            chain = load_pem_x509_certificates(str(taken).encode())[:MOST]
        except ValueError:
            raise KeyRefused(_("the answer holds no certificate in PEM")) from None
        builder = PolicyBuilder().store(self._store).time(datetime.fromtimestamp(now, UTC))
        if not any(_proves(builder, host, chain) for host in self._names):
            raise KeyRefused(_("the certificate doesn't chain to a trusted root, or is for another host, or has ended"))
        key = chain[0].public_key()
        return {name: Published(key=pem_of(key), until=chain[0].not_valid_after_utc.timestamp())}


def _proves(builder: PolicyBuilder, host: DNSName, chain: list[Certificate]) -> bool:
    try:
        builder.build_server_verifier(host).verify(chain[0], chain[1:])
    except (VerificationError, ValueError):
        return False
    return True


@cache
def _trusted() -> Store:
    """Without the few that cryptography announces to take no longer: one has the serial number 0."""
    found = []
    encoded = ssl.create_default_context(cafile=certifi.where()).get_ca_certs(binary_form=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        for each in encoded:
            with suppress(ValueError, CryptographyDeprecationWarning):
                found.append(load_der_x509_certificate(each))
    return Store(found)


def _given(roots: str) -> Store:
    try:
        return Store(load_pem_x509_certificates(roots.encode()))
    except ValueError:
        raise RelayError(_("the roots are no certificates"), remedy=_("give them in PEM: BEGIN CERTIFICATE")) from None
