"""The embedded Redis, with each real server that this machine has."""

import asyncio
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from relay.errors import RelayError
from relay.redis_server import command, dismiss, find_server, on_path, owned, ready, url
from relay.torn import Loaded

OWNER = """
import sys
from pathlib import Path
from relay.redis_server import owned

with owned(Path(sys.argv[1])):
    print(1, flush=True)
    input()
"""
Serving = Callable[..., AbstractContextManager[subprocess.Popen]]


def binary(folder: Path, says: str, name: str = "redis-server") -> Path:
    """A program that prints a version and nothing else."""
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{says}'\n")
    file.chmod(0o755)
    return file


HALF = b"*3\r\n$3\r\nSET\r\n$4\r\nto"
HALF_A_SCRIPT = b"*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$1\r\n1\r\n" + HALF


def tear(data: Path, half: bytes = HALF) -> None:
    """Adds half a command to the append-only file (of 7: to its last part)."""
    *_, file = sorted(data.rglob("*.aof"), key=lambda file: file.name.endswith("incr.aof"))
    with file.open("ab") as end:
        end.write(half)


def test_without_a_server_the_error_says_what_to_install() -> None:
    with pytest.raises(RelayError, match=r"no redis-server 6\.2 or newer, .*install.*or set RELAY_REDIS_URL$"):
        find_server(path="", package="no_such_package")


def test_one_that_is_too_old_or_broken_is_no_server(tmp_path: Path) -> None:
    binary(tmp_path, "Redis server v=5.0.7 sha=00000000:0")
    binary(tmp_path, "what?", "valkey-server")
    with pytest.raises(RelayError):
        find_server(path=str(tmp_path), package="no_such_package")


def test_a_valkey_will_do(tmp_path: Path) -> None:
    valkey = binary(tmp_path, "Valkey server v=8.0.1 sha=00000000:0", "valkey-server")
    assert find_server(path=str(tmp_path), package="no_such_package") == valkey
    assert on_path(str(tmp_path)) == valkey


def test_path_comes_before_the_wheel_unless_asked_otherwise(tmp_path: Path, default_server: Path) -> None:
    redis = binary(tmp_path, "Redis server v=7.2.0")
    assert find_server(path=str(tmp_path)) == redis
    assert find_server("wheel", path=str(default_server.parent)) == default_server


async def test_it_listens_on_a_socket_that_is_its_owners_alone(
    every_server: Path, data: Path, serving: Serving
) -> None:
    with serving(every_server, data):
        assert stat.S_IMODE((data / "redis.sock").stat().st_mode) == 0o700
        async with Redis.from_url(url(data)) as redis:
            settings = await redis.config_get("*")
        wanted = {"port": "0", "appendonly": "yes", "maxmemory-policy": "noeviction", "save": ""}
        wanted |= {"hash-max-ziplist-entries": "64"}
        assert wanted.items() <= settings.items()


async def test_what_was_confirmed_survives_kill_9(every_server: Path, data: Path, serving: Serving) -> None:
    with serving(every_server, data, "always") as process:
        async with Redis.from_url(url(data)) as redis:
            assert (await redis.config_get("appendfsync")) == {"appendfsync": "always"}
            await redis.mset({str(n): n for n in range(1000)})
        process.kill()
    with serving(every_server, data, "always"):
        async with Redis.from_url(url(data)) as redis:
            assert await redis.dbsize() == 1000


async def test_a_torn_end_of_the_file_stops_nothing(every_server: Path, data: Path, serving: Serving) -> None:
    with serving(every_server, data, "always"):
        async with Redis.from_url(url(data)) as redis:
            await redis.set("kept", "1")
    tear(data)
    with serving(every_server, data, "always"):
        async with Redis.from_url(url(data)) as redis:
            assert await redis.keys() == [b"kept"]


async def test_half_a_script_at_a_torn_end_never_happens(every_server: Path, data: Path, serving: Serving) -> None:
    """Not at the next start either, when whole ones stand behind it."""
    with serving(every_server, data, "always"):
        pass
    tear(data, HALF_A_SCRIPT)
    loaded = Loaded(data)
    with serving(every_server, data, "always"):
        while not await loaded():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.02)
        async with Redis.from_url(url(data)) as redis:
            await redis.eval("redis.call('SET', 'whole', 1) redis.call('SET', 'too', 1)", 0)
    with serving(every_server, data, "always"):
        async with Redis.from_url(url(data)) as redis:
            assert sorted(await redis.keys()) == [b"too", b"whole"]


async def test_a_file_that_was_whole_is_not_written_anew(default_server: Path, data: Path, serving: Serving) -> None:
    for _ in range(2):
        loaded = Loaded(data)
        with serving(default_server, data, "always"):
            while not await loaded():  # noqa: ASYNC110 - it happens in another process
                await asyncio.sleep(0.02)
            async with Redis.from_url(url(data)) as redis:
                await redis.set("kept", "1")
                assert (await redis.info("persistence"))["aof_last_rewrite_time_sec"] == -1


@pytest.mark.parametrize("name", ["with space", "é#%41?x=y&", "quote'\"\\"])
async def test_any_folder_name_will_do(default_server: Path, data: Path, serving: Serving, name: str) -> None:
    odd = data / name
    odd.mkdir()
    with serving(default_server, odd):
        assert await ready(odd)
        async with Redis.from_url(url(odd)) as redis:
            assert await redis.ping()


def test_a_path_too_long_for_a_socket_is_refused_with_the_remedy(tmp_path: Path, default_server: Path) -> None:
    long = tmp_path / ("x" * 100)
    with pytest.raises(RelayError, match=r"bytes too long for a socket, .*x, choose a shorter one with --data$"):
        command(default_server, long)


async def test_nobody_is_ready_where_nobody_listens(data: Path) -> None:
    assert not await ready(data)
    await dismiss(data)


async def test_a_server_left_behind_is_dismissed_and_has_kept_everything(
    every_server: Path, data: Path, serving: Serving
) -> None:
    with serving(every_server, data) as orphan:
        async with Redis.from_url(url(data)) as redis:
            await redis.set("kept", "1")
        await dismiss(data)
        assert orphan.wait(20) == 0
    with serving(every_server, data):
        async with Redis.from_url(url(data)) as redis:
            assert await redis.get("kept") == b"1"


async def test_a_frozen_server_left_behind_is_an_error(default_server: Path, data: Path, serving: Serving) -> None:
    with serving(default_server, data) as orphan:
        orphan.send_signal(signal.SIGSTOP)
        with pytest.raises(RelayError, match="of an earlier run doesn't stop"):
            await dismiss(data, within_s=0.1)


def test_a_data_folder_has_one_owner(data: Path) -> None:
    folder = data / "new"
    with owned(folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with pytest.raises(RelayError, match=r"another relay \(process \d+\) runs on this data folder"), owned(folder):
            pass
    with owned(folder):
        pass


def test_an_owner_that_is_killed_leaves_the_folder_free(data: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout.readline() == b"1\n"
        with pytest.raises(RelayError, match=f"process {owner.pid}"), owned(data):
            pass
        owner.kill()
        owner.wait()
        with owned(data):
            pass
