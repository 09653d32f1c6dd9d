"""What `deploy/` and the Dockerfile say holds against their formats' own checkers, and against the program."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.server import ROOT

DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
YAML_RULES = (
    "{extends: default, rules: {line-length: {max: 140}, document-start: disable, "
    "comments: {min-spaces-from-content: 1}, braces: {max-spaces-inside: 1}}}"
)


def checked(program: str, *arguments: object) -> str:
    """What a checker says of files that are as they should be."""
    path = Path(sys.executable).with_name(program)
    done = subprocess.run(  # noqa: S603 - a development dependency
        [path, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def documents(*files: Path) -> list[dict[str, Any]]:
    return [one for file in files for one in yaml.safe_load_all(file.read_text())]


def environments() -> dict[str, set[str]]:
    """The variables that each file sets for the program."""
    services = documents(DEPLOY / "compose.yaml")[0]["services"]
    manifests = documents(*MANIFESTS)
    return {
        "compose": {*services["app"]["environment"], *services["worker"]["environment"]},
        "kubernetes": {
            name
            for one in manifests
            if one["kind"] in {"ConfigMap", "Secret"}
            for name in one.get("data") or one["stringData"]
        },
    }


def test_the_dockerfile_is_well_formed() -> None:
    checked("hadolint", ROOT / "Dockerfile")


def test_the_image_holds_the_program_and_nothing_else() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    copied = re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert {f"!{name}" for name in copied} | {"*", "**/__pycache__"} == set(ignored)
    assert all((ROOT / name).exists() for name in copied)


def test_yaml_is_well_formed() -> None:
    checked("yamllint", "--strict", "-d", YAML_RULES, DEPLOY)


def test_the_compose_file_is_one() -> None:
    checked("check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml")


@pytest.mark.parametrize("file", MANIFESTS, ids=lambda file: file.stem)
def test_kubernetes_takes_the_manifests(file: Path) -> None:
    said = checked("kubernetes-validate", "--strict", file)
    assert ("WARN" in said) == (file.stem == "kustomization"), said


def test_every_manifest_is_applied_and_the_secret_is_to_be_made() -> None:
    [kustomization] = documents(DEPLOY / "kubernetes" / "kustomization.yaml")
    there = {file.name.replace(".example", "") for file in MANIFESTS} - {"kustomization.yaml"}
    assert set(kustomization["resources"]) == there


@pytest.mark.parametrize(("where", "names"), environments().items(), ids=environments())
def test_only_variables_that_the_program_knows_are_set(where: str, names: set[str]) -> None:
    known = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert names <= known, where


def test_containers_have_no_rights_and_bounded_memory() -> None:
    pods = [
        one["spec"]["template"]["spec"]
        for one in documents(*MANIFESTS)
        if one["kind"] == "Deployment"
    ]
    assert len(pods) == 2
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert container["resources"]["limits"]["memory"]


def test_every_upstream_of_the_example_is_a_process_of_the_compose_file() -> None:
    [compose] = documents(DEPLOY / "compose.yaml")
    ports = re.findall(r"server 127\.0\.0\.1:(\d+)", (DEPLOY / "nginx.conf").read_text())
    workers = int(compose["services"]["app"]["command"][-1])
    assert ports == [str(8000 + number) for number in range(workers)]
