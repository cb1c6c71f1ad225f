"""The units of deploy/systemd: systemd reads them, they start what there is, and wait as long as it takes to stop."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from deployed import UNITS, relay_takes, seconds, unit

from relay.cli.commands.up import WEB_STOPS_S, WORKER_STOPS_S

PROGRAM = "/opt/relay/bin/relay"
WAITS = {"relay-web@.service": WEB_STOPS_S, "relay-worker@.service": WORKER_STOPS_S, "relay.service": WORKER_STOPS_S}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze isn't on this machine")
def test_systemd_finds_nothing_wrong_with_them(tmp_path: Path) -> None:
    names = []
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace(
            PROGRAM, sys.executable
        )  # it looks whether the program is there
        (tmp_path / path.name).write_text(text, encoding="utf-8")
        names.append(path.name.replace("@.", "@1."))
    run = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("name", WAITS)
def test_a_service_starts_a_command_of_relay_and_waits_until_it_has_drained(name: str) -> None:
    service = unit(name)["Service"]
    program, *words = service["ExecStart"].split()
    assert program == PROGRAM
    assert relay_takes(words)
    assert seconds(service["TimeoutStopSec"]) > WAITS[name]


@pytest.mark.parametrize(("socket", "service"), [("relay-web.socket", "relay-web@1"), ("relay.socket", "relay")])
def test_who_gets_the_socket_asks_for_it_and_takes_it(socket: str, service: str) -> None:
    assert unit(socket)["Socket"]["Service"] == f"{service}.service"
    asks = unit(f"{service.replace('@1', '@')}.service")
    assert asks["Service"]["ExecStart"].partition("--fd ")[2][:1] == "3"
    assert socket in asks["Unit"]["Requires"]


def test_relay_up_is_left_to_stop_its_processes_in_order() -> None:
    assert unit("relay.service")["Service"]["KillMode"] == "mixed"
