"""The manifests of deploy/kubernetes: valid by the API's schemas, and fit for what Relay needs to stop and to move."""

from typing import Any

import pytest
from deployed import IN_PODS, MANIFESTS, container, relay_takes

from relay.cli.commands.up import WEB_STOPS_S, WORKER_STOPS_S

VERSIONS = ("1.29", "1.37")


def title(manifest: Any) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", MANIFESTS, ids=title)
def test_a_manifest_is_valid_by_the_schema_of_kubernetes(manifest: Any, version: str) -> None:
    schemas = pytest.importorskip("kubernetes_validate", reason="the schemas come with pip install -e '.[deploy]'")
    schemas.validate(manifest, version, strict=True)


@pytest.mark.parametrize("name", ["relay-web", "relay-worker"])
def test_a_pod_runs_a_command_of_relay_and_not_as_root(name: str) -> None:
    assert relay_takes(container(name)["args"])
    assert IN_PODS[name]["securityContext"]["runAsNonRoot"]
    assert container(name)["securityContext"]["readOnlyRootFilesystem"]


def test_a_web_pod_goes_on_until_nobody_sends_it_anything_and_is_given_time_to_answer() -> None:
    command, before_s = container("relay-web")["lifecycle"]["preStop"]["exec"]["command"]
    assert command == "sleep"
    assert int(before_s) >= 5
    assert IN_PODS["relay-web"]["terminationGracePeriodSeconds"] > int(before_s) + WEB_STOPS_S


def test_a_new_web_pod_is_ready_before_an_old_one_stops() -> None:
    (web,) = (one for one in MANIFESTS if title(one) == "Deployment relay-web")
    assert web["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    paths = {name: container("relay-web")[name]["httpGet"]["path"] for name in ("livenessProbe", "readinessProbe")}
    assert paths == {"livenessProbe": "/health/live", "readinessProbe": "/health/ready"}


def test_a_worker_is_given_time_to_end_its_attempts_and_keeps_its_mark_outside_redis() -> None:
    assert IN_PODS["relay-worker"]["terminationGracePeriodSeconds"] > WORKER_STOPS_S
    (workers,) = (one for one in MANIFESTS if title(one) == "StatefulSet relay-worker")
    claims = {claim["metadata"]["name"] for claim in workers["spec"]["volumeClaimTemplates"]}
    kept = {mount["mountPath"] for mount in container("relay-worker")["volumeMounts"] if mount["name"] in claims}
    (data,) = (one["value"] for one in container("relay-worker")["env"] if one["name"] == "RELAY_DATA")
    assert kept == {data}


@pytest.mark.parametrize("name", ["relay-web", "relay-worker"])
def test_a_node_may_be_emptied_but_not_of_all_pods_at_once(name: str) -> None:
    (budget,) = (one for one in MANIFESTS if title(one) == f"PodDisruptionBudget {name}")
    (of,) = (one for one in MANIFESTS if "template" in one["spec"] and one["metadata"]["name"] == name)
    assert budget["spec"]["selector"] == of["spec"]["selector"]
    assert 0 < budget["spec"]["minAvailable"] < of["spec"]["replicas"]


@pytest.mark.parametrize("service", [one for one in MANIFESTS if one["kind"] == "Service"], ids=title)
def test_a_service_leads_to_pods_that_there_are(service: Any) -> None:
    wanted = service["spec"]["selector"].items()
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in MANIFESTS if "template" in one["spec"]]
    assert [one for one in labels if wanted <= one.items()]
