"""What is said of a Redis that fails: the thing, the place, the remedy, instead of its client's own words."""

import os
import re

from redis.asyncio.sentinel import MasterNotFoundError as AsyncMasterNotFoundError
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.sentinel import MasterNotFoundError

from relay.errors import StoreUnavailable
from relay.texts import N_, _

URL = "RELAY_REDIS_URL"
Said = tuple[str, str, str]
LOADING = ("Redis is loading what it kept", "", "wait: it goes on by itself")
READ_ONLY = (N_("Redis is a read-only replica"), "", N_("set RELAY_REDIS_URL to its master"))
DISK = (N_("Redis can't write to its disk"), "", N_("see whether it is full; Relay goes on by itself"))
FULL = (N_("Redis has used up its maxmemory"), "", N_("raise it; the lanes drain meanwhile"))
PASSWORD = (
    N_("Redis asks for another user or password"),
    URL,
    N_("set them there and start again, or set them back in Redis"),
)
FORBIDDEN = (N_("Redis forbids its user a command"), URL, N_("allow that user all commands on all keys"))
MASTERLESS = (N_("no sentinel names a master"), URL, N_("see whether the sentinels run and know the service"))
SILENT = (N_("Redis doesn't answer in time"), "", N_("see whether it is frozen or busy; it is tried again by itself"))

# By Redis's own codes: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
_BY_CODE = {
    "BUSY": (N_("Redis is busy with a script"), "", N_("see what else uses it; it is tried again by itself")),
    "LAYOUT": (
        N_("this Redis holds another layout of Relay"),
        "",
        N_("run the version that wrote it, or follow Upgrades in docs/operations.md"),
    ),
    "LOADING": LOADING,
    "MISCONF": DISK,
    "NOAUTH": PASSWORD,
    "NOPERM": FORBIDDEN,
    "NOREPLICAS": (
        N_("Redis has too few replicas to take a write"),
        "",
        N_("see its min-replicas-to-write, and its replicas"),
    ),
    "OOM": FULL,
    "READONLY": READ_ONLY,
    "WRONGPASS": PASSWORD,
}
_BY_KIND: dict[type[Exception], Said] = {
    AsyncMasterNotFoundError: MASTERLESS,
    AuthenticationError: PASSWORD,
    BusyLoadingError: LOADING,
    MasterNotFoundError: MASTERLESS,
    NoPermissionError: FORBIDDEN,
    OutOfMemoryError: FULL,
    ReadOnlyError: READ_ONLY,
    RedisTimeoutError: SILENT,
    TimeoutError: SILENT,
}
_CODE = re.compile(rf"\b({'|'.join(_BY_CODE)})\b")
_UNREACHED = re.compile(r"Error (\d+) connecting to (.+?)\. ")


def unavailable(error: RedisError | OSError) -> StoreUnavailable:
    """What to raise, or to log, where a command failed."""
    said = next((said for kind, said in _BY_KIND.items() if isinstance(error, kind)), None) or _known(str(error))
    if said:
        return StoreUnavailable(*map(_, said))
    if isinstance(error, RedisConnectionError | OSError):
        return StoreUnavailable(
            _("the connection to Redis is lost ({reason})", reason=_short(error)), "", _("see whether it runs")
        )
    return refusal(str(error))


def refusal(text: str) -> StoreUnavailable:
    """The same from the text of an error: a script's come in no other way."""
    refused = (
        _("Redis doesn't do what it is asked ({reason})", reason=_short(text)),
        "",
        _("its own log may say more"),
    )
    return StoreUnavailable(*map(_, _known(text) or refused))


def _known(text: str) -> Said | None:
    if coded := _CODE.search(text):
        return _BY_CODE[coded[1]]
    if "authenticated" in text:  # the client takes the code NOAUTH off the answer to its HELLO
        return PASSWORD
    if unreached := _UNREACHED.search(text):
        why = _(os.strerror(int(unreached[1]))).lower()
        return _("Redis can't be reached ({why})", why=why), unreached[2], _("see whether it runs, and its own log")
    return None


def _short(said: object) -> str:
    return str(said).strip().rstrip(".")
