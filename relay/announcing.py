"""Says to whoever started this process that it is ready, or that it stops: systemd's protocol, sd_notify(3)."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


def announce(state: str, env: Mapping[str, str] = os.environ) -> None:
    """`READY=1` or `STOPPING=1`, to the Unix socket that NOTIFY_SOCKET names; nobody is told where it names none."""
    address = env.get("NOTIFY_SOCKET")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)
