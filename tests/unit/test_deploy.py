"""What `deploy/` and the Dockerfile say holds against their formats' own checkers, and against the program."""

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.api.app import create_app
from app.core.config import Settings
from app.core.container import build
from tests.support import nginx
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


def as_composed() -> str:
    """The configuration of nginx that the compose file makes of the example."""
    script = [str(shutil.which("sed")), "-f", str(DEPLOY / "nginx-in-compose.sed")]
    done = subprocess.run(  # noqa: S603 - as the container does
        [*script, str(DEPLOY / "nginx.conf")], capture_output=True, text=True, check=True
    )
    return done.stdout


def directive(name: str) -> str:
    """What the example for nginx sets; the last of several."""
    said = re.findall(rf"^\s*{name} (.+);", (DEPLOY / "nginx.conf").read_text(), re.MULTILINE)
    return str(said[-1])


def leads_to(path: str, rule: dict[str, Any]) -> bool:
    """Whether the ingress passes requests of this path on."""
    begin = rule["path"].rstrip("/")
    return path == rule["path"] or (rule["pathType"] == "Prefix" and path.startswith(f"{begin}/"))


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


def test_nginx_before_containers_is_the_example_but_for_addresses(tmp_path: Path) -> None:
    text = as_composed()
    assert re.findall(r"server app:(\d+) resolve ", text) == ["8000", "8001", "8002"]
    assert "listen 8080;" in text
    assert set(re.findall(r"127\.[\d.]+", text)) == {"127.0.0.11"}
    if not nginx.is_installed():
        pytest.skip(nginx.MISSING)
    older = text.replace(" resolve ", " ").replace("server app:", "server 127.0.0.1:")
    file = tmp_path / "nginx.conf"
    file.write_text(older)
    done = subprocess.run(  # noqa: S603 - as an operator would
        [
            str(shutil.which("nginx")),
            *("-t", "-p", str(tmp_path), "-c", str(file)),
            *("-g", f"pid {tmp_path / 'nginx.pid'};"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_only_this_machine_reaches_what_is_not_encrypted() -> None:
    [compose] = documents(DEPLOY / "compose.yaml")
    published = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}
    assert published == {"nginx": ["${PUBLIC_ADDRESS:-127.0.0.1}:${PUBLIC_PORT:-8080}:8080"]}
    assert directive("listen") == "127.0.0.1:8080"


def test_the_ingress_keeps_as_little_as_nginx_does() -> None:
    [ingress] = documents(DEPLOY / "kubernetes" / "ingress.yaml")
    said = ingress["metadata"]["annotations"]
    short = {name.partition("/")[2]: value for name, value in said.items()}
    assert directive("access_log").startswith("off")
    assert short["enable-access-log"] == "false"
    assert short["proxy-body-size"] == directive("client_max_body_size")
    assert short["client-body-buffer-size"] == directive("client_body_buffer_size")
    assert short["proxy-max-temp-file-size"] == directive("proxy_max_temp_file_size")
    assert short["proxy-buffering"] == directive("proxy_buffering")
    assert f"{short['proxy-read-timeout']}s" == directive("proxy_read_timeout")


def test_the_ingress_leads_to_everything_but_the_metrics(tmp_path: Path) -> None:
    container = build(Settings(_env_file=None, data_dir=tmp_path))
    paths = set(create_app(container).openapi()["paths"])
    asyncio.run(container.close())
    [ingress] = documents(DEPLOY / "kubernetes" / "ingress.yaml")
    [rule] = ingress["spec"]["rules"]
    hidden = {"/docs", "/openapi.json", "/web/app.js", "/mcp", "/mcp/profiles/work"}
    hidden |= {f"/.well-known/oauth-protected-resource{path}" for path in ("", "/mcp")}
    told = {
        path for path in paths | hidden if any(leads_to(path, one) for one in rule["http"]["paths"])
    }
    assert told == (paths | hidden) - {"/metrics"}


def test_what_has_to_be_set_is_empty_until_it_is() -> None:
    [secret] = documents(DEPLOY / "kubernetes" / "secret.example.yaml")
    assert secret["stringData"]["MEMORYCHAT_JWT_SECRET"] == ""
    example = (DEPLOY / "compose.example.env").read_text().splitlines()
    assert "MEMORYCHAT_JWT_SECRET=" in example


def test_words_can_be_encrypted_wherever_it_runs() -> None:
    for where, names in environments().items():
        assert "MEMORYCHAT_ENCRYPTION__MASTER_KEY" in names, where


def test_sign_ups_count_by_the_address_that_the_proxy_tells() -> None:
    for where, names in environments().items():
        assert "FORWARDED_ALLOW_IPS" in names, where


def test_what_is_filled_in_is_not_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text().split()
    assert {"deploy/compose.env", "deploy/kubernetes/secret.yaml", ".env"} <= set(ignored)


def test_every_pod_names_its_image_where_kustomize_puts_another() -> None:
    [kustomization] = documents(DEPLOY / "kubernetes" / "kustomization.yaml")
    [image] = kustomization["images"]
    for one in documents(*MANIFESTS):
        if one["kind"] == "Deployment":
            [container] = one["spec"]["template"]["spec"]["containers"]
            assert container["image"].partition(":")[0] == image["name"]
            assert container["imagePullPolicy"] == "IfNotPresent"
