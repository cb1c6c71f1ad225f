"""`relay up`, `web`, `worker` and `check` as whoever runs them sees them (CONTRACT sections 2 and 3)."""

import asyncio
import json
import os
import re
import signal
import stat
import time
from argparse import Namespace
from contextlib import chdir
from pathlib import Path

import pytest
from played import Answer, Got, booked, playing
from running import folder_of, free_port, lives, relay_up, until
from signing import SECRET

from relay.cli import main
from relay.cli.options import Options
from relay.errors import RelayError

ROUTES = """
version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${SECRET}", callback: none}
destinations:
  erp: {url: "${ERP}/erp", timeout: 20s}
routes:
  - {name: all, from: expenses, to: erp}
"""
FAULTY = """version: 1
sources:
  expenses: {verify: standard-webhooks, secret: "${NOT_SET}"}
  open: {verify: none}
destinations:
  erp: {url: "https://erp.example.com", timeout: soon, mehtod: PUT}
  poster: {url: "https://erp.example.com", posts: true}
routes:
  - {name: one, from: expenses, to: erpp}
  - {name: one, from: expenses, to: erp, when: "event.type == "}
  - {name: two, from: expenses, to: erp, request: {body: {total: "{{ bdoy.total }}"}}}
  - {name: three, from: expenses, to: poster}
destinatons: {}
"""
FAULTS = [
    (3, "NOT_SET"),
    (4, "allow"),
    (6, "duration"),
    (6, "mehtod"),
    (9, "erpp"),
    (10, "one"),
    (10, "event.type|expression|end"),
    (11, "bdoy"),
    (12, "once"),
    (13, "destinatons"),
]
BOMB = "version: 1\nx-a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"x-{new}: &{new} [*{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}, *{old}]\n"
    for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)


async def test_check_says_of_each_fault_where_it_is_and_what_would_be_right() -> None:
    async with folder_of(FAULTY) as relay:
        ran = await relay.run("check")
        lines = [line for line in ran.err.splitlines()[:-1] if not line.startswith(" ")]
        assert ran.code == 1
        assert all(re.match(r"routes\.yaml:\d+:\d+: .+", line) for line in lines)
        for number, says in FAULTS:
            assert any(re.search(f"^routes.yaml:{number}:.*({says})", line) for line in lines), (number, says, lines)
        as_json = await relay.run("check", "--json")
        assert as_json.code == 1
        assert len(json.loads(as_json.out)) == len(lines)


@pytest.mark.parametrize("text", [BOMB, "", "- a list", "version: 1\n\tsources: {}", "version: 2", "version: 1\n\0"])
def test_check_refuses_what_is_no_routes_yaml_in_time_and_with_a_place(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process, which is what the command would be."""
    (tmp_path / "routes.yaml").write_text(text)
    with chdir(tmp_path):
        assert main(["check"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.match(r"routes\.yaml:\d+:\d+: .+", err)


async def test_check_of_a_good_file_is_exit_status_0_wherever_it_is_named() -> None:
    async with folder_of(ROUTES) as relay:
        variables = {"ERP": "http://127.0.0.1:9"}
        assert (await relay.run("check", env=variables)).code == 0
        elsewhere = relay.folder / "elsewhere"
        elsewhere.mkdir()
        named = await relay.run("check", cwd=elsewhere, env=variables | {"RELAY_CONFIG": "../routes.yaml"})
        assert (named.code, named.err) == (0, "")
        missing = await relay.run("check", "nowhere.yaml")
        assert (missing.code, "nowhere.yaml:1:1: " in missing.err) == (1, True)


async def test_up_refuses_a_faulty_file_before_it_starts_anything() -> None:
    async with folder_of(FAULTY) as relay:
        ran = await relay.run("up", "--data", str(relay.data))
        assert ran.code == 1
        assert "routes.yaml:3:" in ran.err
        assert "Traceback" not in ran.err
        assert not relay.data.exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--port", "http"), 2, "--port"),
        (("--data", "routes.yaml"), 1, "error: the data folder can't be made: "),
        (("--data", "/proc/none"), 1, "error: the data folder can't be made: "),
    ],
)
async def test_up_says_what_is_wrong_with_an_option(words: tuple[str, ...], code: int, says: str) -> None:
    async with folder_of(ROUTES) as relay:
        ran = await relay.run("up", *words, env={"ERP": "http://127.0.0.1:9", "RELAY_PORT": str(free_port())})
        assert (ran.code, says in ran.err, "Traceback" in ran.err) == (code, True, False), ran.err


async def test_web_refuses_tokens_without_a_name_or_a_token_and_does_not_repeat_them() -> None:
    variables = {"ERP": "http://127.0.0.1:9", "RELAY_REDIS_URL": "redis://127.0.0.1:9", "RELAY_API_TOKENS": ":secret"}
    async with folder_of(ROUTES) as relay:
        ran = await relay.run("web", env=variables)
        assert (ran.code, "RELAY_API_TOKENS" in ran.err, "secret" in ran.err) == (1, True, False)
        assert "Traceback" not in ran.err


@pytest.mark.parametrize("tokens", ["anna", "anna:", ":secret", "anna:a,,bob:b"])
def test_no_process_takes_tokens_without_a_name_or_a_token(tokens: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"RELAY_REDIS_URL=redis://127.0.0.1:9\nRELAY_API_TOKENS={tokens}\n")
    with pytest.raises(RelayError, match="RELAY_API_TOKENS") as refused:
        Options(Namespace(config=tmp_path / "routes.yaml")).process()
    assert "secret" not in str(refused.value)


def test_each_person_has_a_token_beside_the_one_of_the_operator(tmp_path: Path) -> None:
    named = "anna: a:1 , bob:b"  # a token may hold a colon
    (tmp_path / ".env").write_text(
        f"RELAY_REDIS_URL=redis://127.0.0.1:9\nRELAY_API_TOKENS={named}\nRELAY_API_TOKEN=o\n"
    )
    process = Options(Namespace(config=tmp_path / "routes.yaml")).process()
    assert process.tokens == {"o": "operator", "a:1": "anna", "b": "bob"}


async def test_a_worker_stops_while_rq_is_suspended() -> None:
    async with relay_up(ROUTES, {"ERP": "http://127.0.0.1:9"}) as relay:
        async with relay.redis() as redis:
            await redis.set("rq:suspended", 1)
            await relay.accepted("expenses", {"n": 1})  # rq looks between two jobs

            async def rests() -> bool:
                names = await redis.smembers("rq:workers")
                return [await redis.hget(name, "state") for name in names] == ["suspended"]

            await until(rests)
        assert await relay.stop() == 0
        assert "is killed" not in relay.log


async def test_up_makes_a_token_that_only_its_owner_reads_and_the_command_line_finds() -> None:
    async with relay_up(ROUTES, {"ERP": "http://127.0.0.1:9", "RELAY_API_TOKEN": ""}) as relay:
        kept = relay.data / "api-token"
        token = kept.read_text().strip()
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert token in relay.log
        assert (await relay.ask("GET", "/api/events", token=token)).status == 200
        assert (await relay.ask("GET", "/api/events", token="")).status == 401
        assert (await relay.run("events", "--data", str(relay.data))).code == 0
        assert await relay.stop() == 0
        await relay.start()
        assert kept.read_text().strip() == token
        assert relay.log.count(token) == 1


async def test_a_second_relay_on_the_same_folder_or_port_is_refused_and_the_first_goes_on() -> None:
    async with relay_up(ROUTES, {"ERP": "http://127.0.0.1:9"}) as relay:
        same_folder = await relay.run("up", "--data", str(relay.data), "--port", str(free_port()))
        assert (same_folder.code, same_folder.out) == (1, "")
        assert same_folder.err.startswith("error: another relay")
        same_port = await relay.run("up", "--data", str(relay.folder / "other"), "--port", str(relay.port))
        assert same_port.code == 1
        assert "error: can't listen" in same_port.err
        assert await relay.is_ready()


async def test_its_processes_are_told_apart_and_its_redis_listens_on_the_socket_in_the_folder_alone() -> None:
    async with relay_up(ROUTES, {"ERP": "http://127.0.0.1:9"}, workers=2) as relay:
        assert [len(relay.children(word)) for word in ("web", "worker", "redis-server")] == [1, 2, 1]
        assert stat.S_IMODE((relay.data / "redis.sock").stat().st_mode) & 0o077 == 0
        async with relay.redis() as redis:
            assert (await redis.config_get("port"))["port"] == "0"
            assert (await redis.config_get("appendfsync"))["appendfsync"] == "always"


async def test_sigterm_lets_attempts_end_and_keeps_the_rest_for_the_next_start() -> None:
    answered = 0

    async def answer(_got: Got) -> Answer:
        nonlocal answered
        await asyncio.sleep(1)
        answered += 1
        return booked("V-late")

    async with playing() as erp, relay_up(ROUTES, {"ERP": erp.url}) as relay:
        erp.answers["/erp"] = answer
        events = [await relay.accepted("expenses", {"n": n}) for n in range(20)]
        await erp.count("/erp", 8)
        pids = relay.children("")
        assert await relay.stop() == 0
        assert not any(lives(pid) for pid in pids)
        assert 8 <= answered == len(erp.at("/erp"))
        erp.answers.pop("/erp")
        await relay.start()
        for event in events:
            await relay.event_in(event, "delivered")
        assert len(erp.at("/erp")) == 20


async def test_a_second_sigterm_stops_at_once() -> None:
    async def never(_got: Got) -> Answer:
        await asyncio.sleep(60)
        raise AssertionError

    async with playing() as erp, relay_up(ROUTES, {"ERP": erp.url}) as relay:
        erp.answers["/erp"] = never
        await relay.accepted("expenses", {"n": 1})
        await erp.count("/erp", 1)
        pids = relay.children("")
        began = time.monotonic()
        relay.process.send_signal(signal.SIGTERM)
        await until(lambda: gone(relay.children("web")))
        relay.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(relay.process.wait(), 5)
        assert time.monotonic() - began < 10
        assert not any(lives(pid) for pid in pids)


async def gone(pids: list[int]) -> bool:
    return not pids


async def test_an_env_file_is_read_and_what_stands_nearer_beats_it() -> None:
    port, other, third = free_port(), free_port(), free_port()
    files = {".env": f"SECRET={SECRET}\nERP=http://127.0.0.1:9\nRELAY_PORT={port}\nRELAY_DATA=from-env-file\n"}
    async with folder_of(ROUTES, files=files) as relay:
        del relay.env["SECRET"]
        option = ("up", "--port", str(third))
        for given, words, expected in (({}, (), port), ({"RELAY_PORT": str(other)}, (), other), ({}, option, third)):
            relay.env |= given
            async with relay.up_with(*words):
                relay.url = f"http://127.0.0.1:{expected}"
                await until(relay.is_ready)
                assert (relay.folder / "from-env-file" / "redis.sock").is_socket()


@pytest.mark.usefixtures("redis")
async def test_web_and_worker_run_alone_on_a_redis_that_they_are_told(redis_url: str) -> None:
    async with playing() as erp, folder_of(ROUTES, {"ERP": erp.url, "RELAY_REDIS_URL": redis_url}) as relay:
        async with relay.up_with("web", "--port", str(relay.port)), relay.up_with("worker"):
            await until(relay.is_ready)
            await relay.event_in(await relay.accepted("expenses", {"n": 1}), "delivered")
        assert not relay.data.exists()


async def test_a_worker_that_waits_for_redis_still_stops_when_it_is_told_to() -> None:
    away = {"ERP": "http://127.0.0.1:9", "RELAY_REDIS_URL": "unix:///nowhere/redis.sock"}
    async with folder_of(ROUTES, away) as relay:
        async with relay.up_with("worker"):
            await until(lambda: gone([] if "Redis" in relay.log else [1]))
            began = time.monotonic()
        assert time.monotonic() - began < 8


@pytest.mark.parametrize("word", ["web", "worker"])
async def test_web_and_worker_alone_need_to_be_told_of_a_redis(word: str) -> None:
    async with folder_of(ROUTES, {"ERP": "http://127.0.0.1:9"}) as relay:
        ran = await relay.run(word)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.startswith("error: ")
        assert "RELAY_REDIS_URL" in ran.err


async def test_logs_are_json_lines_where_that_is_asked_for() -> None:
    async with relay_up(ROUTES, {"ERP": "http://127.0.0.1:9", "RELAY_LOG": "json"}) as relay:
        os.kill(relay.children("worker")[0], signal.SIGKILL)
        await until(lambda: gone([] if "starts again" in relay.log else [1]))
        await relay.stop()
        lines = [line for line in relay.log.splitlines() if not line.startswith("relay ")]
        assert all(json.loads(line)["level"] for line in lines)
