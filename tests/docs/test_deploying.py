"""Commands that want a machine or a cluster of their own aren't run: what they name is what deploy/ has."""

import re

import pytest
import yaml
from documents import ROOT, Block, commands

DEPLOY = ROOT / "deploy"
UNITS = {path.name.removesuffix(".service") for path in DEPLOY.glob("systemd/*")}
SERVICES = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
WORKLOADS = {
    f"{one['kind'].lower()}/{one['metadata']['name']}": one
    for path in DEPLOY.glob("kubernetes/*.yaml")
    for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
}
EVERY = [(block, line) for block, line in commands() if line.split()[0] in ("systemctl", "docker", "kubectl")]


def of(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("line", [line for _, line in EVERY if line.startswith(tool)])


@of("systemctl")
def test_a_unit_has_a_file(line: str) -> None:
    named = {re.sub(r"@\d+$", "@", word) for word in line.split() if word.startswith("relay")}
    assert named
    assert named <= UNITS


@of("docker compose")
def test_a_service_is_in_the_compose_file(line: str) -> None:
    named = [word for word in line.partition(" up ")[2].split() if not word.startswith("--")]
    assert set(named) <= set(SERVICES)


@of("kubectl")
def test_a_workload_and_its_container_are_in_a_manifest(line: str) -> None:
    for name in re.findall(r"\b(?:deployment|statefulset)/\S+", line):
        (container,) = WORKLOADS[name]["spec"]["template"]["spec"]["containers"]
        assert re.findall(r" (\w+)=", line) in ([], [container["name"]])


@pytest.mark.parametrize(("block", "line"), EVERY, ids=str)
def test_a_path_is_there(block: Block, line: str) -> None:
    assert all((ROOT / path).exists() for path in re.findall(r"\bdeploy/[\w./]*", line)), f"{block}: {line}"
