"""No spelling of a metadata service's address gets a socket, and every ordinary address does."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.transport.addresses import is_public, off_limits

METADATA = ["169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192"]
LINK_LOCAL = st.integers(0, 0xFFFF).map(lambda last: IPv4Address((169 << 24) + (254 << 16) + last))
FORBIDDEN = st.one_of(LINK_LOCAL, st.sampled_from(METADATA).map(IPv4Address))
# The value above the IPv4 address, and how many bits stand below it.
WRAPPINGS = {
    "compatible": (0, 0),
    "mapped": (0xFFFF << 32, 0),
    "translated": (0xFFFF << 48, 0),
    "NAT64": (0x64FF9B << 96, 0),
    "local NAT64": (0x64FF9B0001 << 80, 0),
    "6to4": (0x2002 << 112, 80),
    "Teredo server": (0x20010000 << 96, 64),
    "ISATAP": ((0x20010DB8 << 96) + (0x5EFE << 32), 0),
    "ISATAP, unique": ((0x20010DB8 << 96) + (0x2005EFE << 32), 0),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@given(address=FORBIDDEN)
def test_an_address_in_disguise_is_refused(wrapping: str, address: IPv4Address) -> None:
    above, shift = WRAPPINGS[wrapping]
    disguised = IPv6Address(above + (int(address) << shift))
    assert off_limits(str(disguised))
    assert off_limits(disguised.exploded)
    assert off_limits(f"{disguised}%1")


@given(FORBIDDEN)
def test_an_address_in_its_own_clothes_is_refused(address: IPv4Address) -> None:
    assert off_limits(str(address))


@given(st.integers(0, 2**118 - 1))
def test_link_local_ipv6_is_refused(low: int) -> None:
    assert off_limits(str(IPv6Address((0xFE80 << 112) + low)))


@pytest.mark.parametrize("address", ["fd00:ec2::254", "fd20:ce::254", "not an address", ""])
def test_metadata_over_ipv6_and_what_is_no_address_are_refused(address: str) -> None:
    assert off_limits(address)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "10.0.0.8", "192.168.1.20", "172.16.0.1", "fd12:3456::1", "203.0.113.9", "100.100.100.201"],
)
def test_loopback_private_and_public_networks_are_where_destinations_live(address: str) -> None:
    assert not off_limits(address)


@pytest.mark.parametrize("length", [48, 56, 64])
@given(address=FORBIDDEN)
def test_a_nat64_of_ones_own_with_a_shorter_prefix_hides_nothing(length: int, address: IPv4Address) -> None:
    """RFC 6052, 2.2: the address stands behind the prefix, around the ninth byte."""
    packed = bytearray(IPv6Address("64:ff9b:1::").packed[: length // 8] + address.packed)
    packed.insert(8, 0)
    assert off_limits(str(IPv6Address(bytes(packed).ljust(16, b"\0"))))


def test_a_teredo_client_is_looked_at_too() -> None:
    obscured = int(IPv4Address("169.254.169.254")) ^ 0xFFFF_FFFF
    assert off_limits(str(IPv6Address((0x20010000_08080808 << 64) + obscured)))


PRIVATE = st.sampled_from(["10.0.0.8", "127.0.0.1", "192.168.1.20", "172.16.0.1", "100.64.0.1", "0.0.0.0", "224.0.0.1"])


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@given(address=PRIVATE.map(IPv4Address))
def test_a_private_network_in_disguise_is_not_public(wrapping: str, address: IPv4Address) -> None:
    above, shift = WRAPPINGS[wrapping]
    assert not is_public(str(IPv6Address(above + (int(address) << shift))))
    assert not is_public(str(address))


@pytest.mark.parametrize("address", ["::1", "fd12::1", "fe80::1%eth0", "ff02::1", "::", "169.254.169.254", "x", ""])
def test_what_is_of_no_public_network(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_is_public(address: str) -> None:
    assert is_public(address)
