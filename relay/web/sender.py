"""Who sent a request: the peer, or what trusted proxies say of it."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def sender_of(forwarded_for: str, peer: str, trusted: Sequence[Network]) -> str:
    """The nearest address that isn't a trusted proxy; X-Forwarded-For is believed only from those."""
    chain = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    chain.append(peer)
    for address in reversed(chain):
        if not is_trusted(address, trusted):
            return address
    return chain[0]


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Whether it is a trusted proxy's."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in trusted)
