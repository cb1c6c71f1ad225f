"""Addresses that no destination has: cloud metadata services, link-local ones, and their other spellings.

Private and loopback networks are where ERPs live, so they are allowed. The list is explicit because
`ipaddress` calls several of these global (Oracle's, Azure's, NAT64, 6to4).
"""

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_OFF_LIMITS = tuple(
    ip_network(network)
    for network in (
        "169.254.0.0/16",  # AWS, Google, Azure, Tencent, Huawei
        "fe80::/10",
        "100.100.100.200/32",  # Alibaba
        "168.63.129.16/32",  # Azure
        "192.0.0.192/32",  # Oracle
        "fd00:ec2::254/128",  # AWS
        "fd20:ce::254/128",  # Google
    )
)

# Networks whose last 32 bits are an IPv4 address: compatible, mapped, translated, NAT64 (well known, local).
_EMBEDDING = tuple(map(IPv6Network, ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")))


_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)


@lru_cache(maxsize=4096)
def is_public(address: str) -> bool:
    """Whether it, and each address that it may lead to, is one of the internet. What isn't an address is not."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(each.is_global and not each.is_multicast for each in _spellings(ip))


@lru_cache(maxsize=4096)
def off_limits(address: str) -> bool:
    """Whether a socket must not be connected there; `address` as getaddrinfo gives it. What isn't one is refused."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return True
    return any(spelling in network for spelling in _spellings(ip) for network in _OFF_LIMITS)


def _spellings(ip: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """The address, and the IPv4 addresses that packets to it may reach."""
    yield ip
    if isinstance(ip, IPv4Address):
        return
    if ip.sixtofour:
        yield ip.sixtofour
    if ip.teredo:
        yield from ip.teredo
    if any(ip in network for network in _EMBEDDING) or int(ip) >> 32 & 0xFFFF_FFFF in _ISATAP:
        yield IPv4Address(int(ip) & 0xFFFF_FFFF)
    if ip in _NAT64_LOCAL:
        yield from _translated(ip)


def _translated(ip: IPv6Address) -> Iterator[IPv4Address]:
    """By a NAT64 whose own prefix has 48, 56 or 64 bits: its ninth byte is no part of the address (RFC 6052, 2.2)."""
    packed = ip.packed[:8] + ip.packed[9:]
    for begins in (6, 7, 8):
        yield IPv4Address(packed[begins : begins + 4])
