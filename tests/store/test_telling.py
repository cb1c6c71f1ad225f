"""What is said where Redis fails: the thing, the place, the remedy, whatever the client or a script calls it."""

import pytest
from redis import exceptions
from redis.asyncio import sentinel

from relay.errors import StoreUnavailable
from relay.stores.connecting import client
from relay.stores.redis import RedisStore
from relay.stores.trouble import refusal, unavailable


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (exceptions.AuthenticationError("Authentication required."), "user or password, RELAY_REDIS_URL, "),
        (
            exceptions.ConnectionError("HELLO must be called with the client already authenticated, …"),
            "user or password",
        ),
        (exceptions.BusyLoadingError("Redis is loading the dataset in memory"), "loading what it kept, wait"),
        (
            exceptions.ReadOnlyError("You can't write against a read only replica."),
            "read-only replica, set RELAY_REDIS_URL",
        ),
        (exceptions.TimeoutError("Timeout reading from socket"), "doesn't answer in time, see whether"),
        (
            sentinel.MasterNotFoundError("No master found for 'books' : <Redis(…)>"),
            "no sentinel names a master",
        ),
        (exceptions.ConnectionError("Connection closed by server."), "lost (Connection closed by server), see"),
        (OSError(32, "Broken pipe"), "Broken pipe"),
    ],
)
def test_an_error_of_the_client_is_a_sentence_with_a_remedy(error: Exception, says: str) -> None:
    assert says in str(unavailable(error))
    assert "<" not in str(unavailable(error))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("@user_script: 9: -OOM command not allowed when used memory > 'maxmemory'.", "has used up its maxmemory"),
        ("MISCONF Errors writing to the AOF file: No space left on device", "can't write to its disk"),
        ("Error running script: @user_script:9: -READONLY You can't write.", "read-only replica"),
        ("BUSY Redis is busy running a script.", "busy with a script"),
        ("NOREPLICAS Not enough good replicas to write.", "too few replicas"),
        ("NOPERM this user has no permissions", "forbids its user a command"),
        ("user_script:7: attempt to index a nil value", "doesn't do what it is asked (user_script:7"),
    ],
)
def test_an_error_of_a_script_is_known_by_its_code(text: str, says: str) -> None:
    assert says in str(refusal(text))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("unix:///nowhere/redis.sock", "Redis can't be reached (no such file or directory), /nowhere/redis.sock, see"),
        ("redis://:secret@127.0.0.1:9", "Redis can't be reached (connection refused), 127.0.0.1:9, see"),
        ("sentinel://127.0.0.1:9/books", "no sentinel names a master, RELAY_REDIS_URL, see whether"),
    ],
)
async def test_one_that_is_away_is_named_by_its_place_and_without_its_password(url: str, says: str) -> None:
    async with client(url) as redis:
        with pytest.raises(StoreUnavailable) as raised:
            await RedisStore(redis, lambda _: None).check()
    assert says in str(raised.value)
    assert "secret" not in str(raised.value)
