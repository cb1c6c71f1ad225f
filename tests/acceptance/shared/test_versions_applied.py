"""A person brings a version into force, sees who did, and goes back; what is faulty or comes late changes nothing."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from played import Answer, Got, Reset, playing
from running import Said, until
from world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = """version: 1
sources: {expenses: {verify: standard-webhooks, secret: "${SECRET}"}}
destinations: {erp: {url: "${ERP}/erp"}}
routes: [{name: first, from: expenses, to: erp}]
"""
TEST = "tests: [{name: it is taken, source: expenses, body: {n: 1}, takes: [TAKEN]}]\n"


def named(name: str) -> str:
    return ROUTES.replace("first", name)


async def in_force(world: World) -> Any:
    return await world.relay.get("/api/config")


async def apply(world: World, text: str, expected: str | None = None, **given: Any) -> Said:
    expected = expected or (await in_force(world))["version"]
    body = {"files": {"routes.yaml": text}, "expected": expected, **given}
    return await world.relay.ask("POST", "/api/config", body)


async def all_run(world: World, version: str) -> None:
    async def they_do() -> bool:
        processes = (await in_force(world))["processes"]
        return {(one["name"], one["version"]) for one in processes} == {("web", version), ("worker-1", version)}

    await until(they_do)


async def test_what_is_applied_is_run_by_all_and_the_history_says_by_whom_and_why(world: World) -> None:
    before = (await in_force(world))["version"]
    said = (await apply(world, named("second"), note="März")).json
    assert said == {"version": said["version"], "status": "done"}
    await all_run(world, said["version"])
    event = await world.relay.accepted("expenses", {"n": 1})
    assert (await world.relay.get(f"/api/events/{event}"))["config"] == said["version"]
    found = await in_force(world)
    assert (found["version"], found["how"], found["by"], found["note"]) == (
        said["version"],
        "apply",
        "operator",
        "März",
    )
    assert {one["name"] for one in found["processes"]} == {"web", "worker-1"}
    assert "is another than the version in force" in found["processes"][0]["differs"]
    latest = (await world.relay.get("/api/config/history?limit=1"))["versions"]
    assert [(one["version"], one["before"]) for one in latest] == [(said["version"], before)]
    assert (await apply(world, named("second"))).json == {"version": said["version"], "status": "same"}


async def test_its_files_are_shown_as_they_were_given(world: World) -> None:
    text = named("shown").replace("routes:", "tables: {t: {file: t.csv, key: a}}\nroutes:")
    files = {"routes.yaml": text, "t.csv": {"base64": base64.b64encode(b"\xef\xbb\xbfa,b\n1,2\n").decode()}}
    version = (await apply(world, "", files=files)).json["version"]
    shown = await world.relay.get(f"/api/config/{version}")
    assert shown == {"version": version, "name": "routes.yaml", "files": {**files, "t.csv": "\ufeffa,b\n1,2\n"}}
    assert (await world.relay.ask("GET", "/api/config/nothing")).status == 404


async def test_all_faults_are_told_and_failing_tests_too_and_nothing_changes(world: World) -> None:
    before = await in_force(world)
    faulty = await apply(world, named("third").replace("to: erp", "to: epr") + "destination: {}\n")
    assert (faulty.status, faulty.json["error"]) == (422, "faulty")
    assert [line.partition(";")[0] for line in faulty.json["detail"].splitlines()] == [
        "routes.yaml:4:44: there is no destination 'epr'",
        "routes.yaml:5:1: the key 'destination' isn't known here",
    ]
    failing = await apply(world, named("third") + TEST.replace("TAKEN", "other"))
    assert failing.status == 422
    assert "routes.yaml:5:" in failing.json["detail"]
    assert (await in_force(world))["version"] == before["version"]
    passing = await apply(world, named("third") + TEST.replace("TAKEN", "third"))
    assert passing.json["status"] == "done"


async def test_who_looked_at_another_version_is_told_and_changes_nothing(world: World) -> None:
    expected = (await in_force(world))["version"]
    await apply(world, named("fourth"), expected)
    late = await apply(world, named("fifth"), expected)
    assert (late.status, late.json["error"]) == (409, "conflict")
    assert "operator brought the version" in late.json["detail"]
    assert (await in_force(world))["version"] != expected


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"files": {"other.yaml": ROUTES}}, "no_main"),
        ({"files": {"routes.yaml": ROUTES, "../x": ""}}, "bad_name"),
        ({"files": {"routes.yaml": ROUTES, "/etc/x": ""}}, "bad_name"),
        ({"files": {"routes.yaml": {"base64": "no base64"}}}, "bad_base64"),
    ],
)
async def test_files_that_cannot_be_are_refused(given: Any, code: str, world: World) -> None:
    said = await apply(world, "", **given)
    assert (said.status, said.json["error"]) == (422, code)


async def test_a_version_that_was_in_force_is_gone_back_to_with_the_reason(world: World) -> None:
    before = (await in_force(world))["version"]
    await apply(world, named("wrong"))
    said = await world.relay.ask("POST", f"/api/config/{before}/rollback", {"note": "it was wrong"})
    assert said.json == {"version": before, "status": "done"}
    found = await in_force(world)
    assert (found["how"], found["by"], found["note"]) == ("rollback", "operator", "it was wrong")
    await all_run(world, before)
    assert (await world.relay.ask("POST", "/api/config/nothing/rollback", {"note": "x"})).status == 404
    assert (await world.relay.ask("POST", f"/api/config/{before}/rollback", {})).status == 422


async def test_ready_says_where_the_file_here_is_another(world: World) -> None:
    async def warned() -> bool:
        return "another than the version in force" in (
            await world.relay.ask("GET", "/health/ready", token=None)
        ).json.get("warning", "")

    await apply(world, named("elsewhere"))
    await until(warned)


async def test_relay_apply_shows_what_changes_and_brings_it_into_force_for_all(world: World) -> None:
    before = (await apply(world, named("here"))).json["version"]
    (world.relay.folder / "new.yaml").write_text(named("there"))
    asked = await world.relay.run("apply", "new.yaml")
    assert asked.code == 2
    assert "new.yaml:2:11: warning: 'expenses' never hears" in asked.err
    assert "nobody is there to be asked" in asked.err
    assert (await in_force(world))["version"] == before
    ran = await world.relay.run("apply", "new.yaml", "--yes", "--note", "as agreed")
    assert ran.code == 0, ran.err
    assert "there" in ran.out
    found = await in_force(world)
    assert f"the version {found['version']} is in force; before it {before}\n2 processes run it\n" in ran.out
    assert {one["version"] for one in found["processes"]} == {found["version"]} != {before}
    assert found["note"] == "as agreed"
    again = await world.relay.run("apply", "new.yaml", "--yes", "--json")
    assert json.loads(again.out) == {"version": found["version"], "status": "same"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (named("bad").replace("to: erp", "to: epr"), "new.yaml:4:"),
        (named("bad") + TEST.replace("TAKEN", "other"), "new.yaml:5:"),
    ],
)
async def test_relay_apply_leaves_a_file_where_it_is_that_is_faulty_or_fails(
    text: str, says: str, world: World
) -> None:
    before = (await in_force(world))["version"]
    (world.relay.folder / "new.yaml").write_text(text)
    ran = await world.relay.run("apply", "new.yaml", "--yes")
    assert (ran.code, says in ran.err, "Traceback" in ran.err) == (1, True, False)
    assert (await in_force(world))["version"] == before


async def test_relay_routes_lists_shows_and_goes_back(world: World) -> None:
    before = (await apply(world, named("kept"))).json["version"]
    text = named("table").replace("routes:", "tables: {t: {file: sub/t.csv, key: a}}\nroutes:")
    files = {"routes.yaml": text, "sub/t.csv": "a,b\n1,2\n"}
    after = (await apply(world, "", files=files, note="with a table")).json["version"]
    listed = (await world.relay.run("routes", "history")).out.splitlines()
    assert listed[1].split()[2:] == [after, "*", "apply", "operator", "with", "a", "table"]
    shown = await world.relay.run("routes", "show", after)
    assert (shown.out, "beside it: sub/t.csv" in shown.err) == (text, True)
    assert (await world.relay.run("routes", "show", after, "--file", "sub/t.csv")).out == files["sub/t.csv"]
    written = await world.relay.run("routes", "show", after, "--to", "out")
    assert written.out.split() == ["out/routes.yaml", "out/sub/t.csv"]
    assert (world.relay.folder / "out" / "sub" / "t.csv").read_text() == files["sub/t.csv"]
    over = await world.relay.run("routes", "show", after, "--to", "out")
    assert (over.code, "name a folder that isn't there yet" in over.err) == (1, True)
    back = await world.relay.run("routes", "rollback", before, "--note", "too early", "--yes")
    assert back.code == 0, back.err
    assert f"the version {before} is in force; before it {after}\n2 processes run it\n" in back.out
    assert (await in_force(world))["how"] == "rollback"


async def test_relay_status_says_what_is_in_force_since_when_by_whom_and_which_file_is_another(world: World) -> None:
    said = (await apply(world, named("stated"), note="as agreed")).json
    await all_run(world, said["version"])
    ran = await world.relay.run("status")
    assert f"configuration {said['version']}" in ran.out
    assert ", applied by operator: as agreed" in ran.out
    assert ran.out.count("routes.yaml here is another than the version in force: relay apply") == 1
    status = await world.relay.get("/api/status")
    assert (status["config"], status["configuration"]["by"]) == (said["version"], "operator")


async def test_relay_status_says_which_process_runs_another_version_and_why(world: World) -> None:
    before = (await apply(world, named("before"))).json["version"]
    await all_run(world, before)
    async with far(world, refused="the variable X isn't set"):
        ran = await world.relay.run("status")
    assert "worker on far runs other: the variable X isn't set" in ran.out


@asynccontextmanager
async def far(world: World, **running: Any) -> AsyncIterator[None]:
    """Another host's process is listed for as long as the block takes."""
    told = {"name": "worker", "host": "far", "pid": 1, "version": "other", **running}
    async with world.relay.redis() as redis:
        await redis.hset("config:running", "far:1", json.dumps(told))
        try:
            yield
        finally:
            await redis.hdel("config:running", "far:1")


async def test_relay_apply_fails_where_a_host_refuses_what_is_in_force_and_tells_what_waits_in_a_lane_that_goes(
    world: World,
) -> None:
    more = named("leaving").replace("destinations: {", 'destinations: {archive: {url: "${ERP}/archive"}, ')
    kept = "{name: kept, from: expenses, to: archive, hold: \"{{ 'look' if body.n == 1 else false }}\"}]"
    version = (await apply(world, more.replace("to: erp}]", f"to: erp}}, {kept}"))).json["version"]
    await all_run(world, version)

    async def is_held() -> bool:
        return bool((await world.relay.lane("archive"))["held"])

    await world.relay.accepted("expenses", {"n": 1})
    await until(is_held)
    await world.relay.ask("POST", "/api/lanes/archive/pause")
    await world.relay.accepted("expenses", {"n": 2})
    (world.relay.folder / "new.yaml").write_text(named("left"))
    async with far(world, refused="the variable X isn't set"):
        ran = await world.relay.run("apply", "new.yaml", "--yes")
    assert ran.code == 1, ran.err
    assert "deliveries in archive, which goes: 1 open, 1 held; they stay there" in ran.out
    now = (await in_force(world))["version"]
    assert f"the version {now} is in force; before it {version}" in ran.out
    assert "worker on far runs other: the variable X isn't set" in ran.err
    assert "run it" not in ran.out


async def test_relay_apply_says_that_it_may_be_in_force_where_the_connection_is_lost(world: World) -> None:
    (world.relay.folder / "new.yaml").write_text(named("lost"))
    before = (await in_force(world))["version"]

    async def passed_on(got: Got) -> Answer:
        said = await world.relay.ask(got.method, got.target, got.body)
        if got.method == "POST":
            raise Reset
        return said.status, {}, said.body

    async with playing() as between:
        between.answers |= {"/api/config": passed_on, f"/api/config/{before}": passed_on}
        ran = await world.relay.run("apply", "new.yaml", "--yes", "--url", between.url)
    assert ran.code == 1
    assert "it may have come into force: relay routes history tells" in ran.err
    assert (await in_force(world))["version"] != before
    nobody = await world.relay.run("apply", "new.yaml", "--yes", "--url", "http://127.0.0.1:9")
    assert (nobody.code, "may have come" in nobody.err) == (1, False)
