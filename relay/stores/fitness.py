"""Whether a Redis can be trusted with events now: writable, with room, and never dropping keys by itself."""

from collections.abc import Mapping
from typing import Any

from relay.stores.trouble import DISK, LOADING, READ_ONLY, Said
from relay.texts import _

HIGH_WATER = 0.7
LAYOUT, BEFORE = b"2", b"1"  # as in scripts/lib/common.lua; raised with a change that the version before can't read


def unfit(memory: Mapping[str, Any], replication: Mapping[str, Any], persistence: Mapping[str, Any]) -> Said | None:
    """What is wrong, where, and what to do, from INFO's sections; None where accepts are possible."""
    if persistence.get("loading"):
        return LOADING
    if persistence.get("aof_last_write_status", "ok") != "ok":
        return DISK
    if replication.get("role") != "master":
        return READ_ONLY
    policy = memory.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        return (
            _("Redis may drop what it was given (maxmemory-policy {policy})", policy=policy),
            "",
            _("set it to noeviction"),
        )
    limit = memory.get("maxmemory", 0)
    if limit and memory["used_memory"] > HIGH_WATER * limit:
        return _("Redis is over 70% of its maxmemory"), "", _("raise it; the lanes drain meanwhile")
    return None


def of_another(layout: bytes | None) -> Said | None:
    """The same for a Redis that another version of Relay has laid out: the scripts refuse it too. None: no mark yet."""
    if layout in (None, LAYOUT, BEFORE):
        return None
    return (
        _(
            "this Redis holds layout {theirs} of Relay, and this version knows {ours}",
            theirs=layout.decode(errors="replace"),
            ours=LAYOUT.decode(),
        ),
        "",
        _("run the version that wrote it, or follow Upgrades in docs/operations.md"),
    )


def forgetful(persistence: Mapping[str, Any], save: str) -> str | None:
    """A warning for a Redis that keeps nothing over its own restart, or not all."""
    if persistence.get("aof_enabled"):
        return None
    if save:
        return _("Redis keeps only snapshots (appendonly no): what came since the last one is lost with it")
    return _("Redis keeps nothing on disk (appendonly no): everything is lost with it")
