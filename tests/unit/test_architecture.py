import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40

SEEN_BY = {
    "core": {"core", "models"},
    "models": {"core", "models"},
    "ports": {"core", "models", "ports"},
    "services": {"core", "models", "ports", "services"},
    "schemas": {"core", "models", "ports", "services", "schemas"},
    "api": {"core", "models", "ports", "services", "schemas", "api"},
    "adapters": {"core", "models", "ports", "adapters"},
    "migrations": {"core", "models", "adapters", "migrations"},
}
SEES_EVERYTHING = {
    "core/container.py",
    "core/file_formats.py",
    "core/indexes.py",
    "core/issuers.py",
    "core/storage.py",
    "core/company.py",
    "cli.py",
    "cli_backup.py",
    "cli_doctor.py",
    "cli_files.py",
    "cli_keys.py",
    "cli_move.py",
    "cli_plans.py",
    "cli_tenants.py",
}
SEES_SERVICES = {
    "core/memory_wiring.py",
    "core/wiring.py",
    "core/process_state.py",
    "core/quota_wiring.py",
    "core/recall_tuning.py",
    "core/running.py",
}
"""Part of the composition root that names no adapter."""
COMPOSITION = {
    "app.core.company",
    "app.core.container",
    "app.core.file_formats",
    "app.core.indexes",
    "app.core.issuers",
    "app.core.memory_wiring",
    "app.core.quota_wiring",
    "app.core.running",
    "app.core.storage",
    "app.core.wiring",
}

WRITES_TO_THE_ENVIRONMENT = {"adapters/minilm.py"}
"""onnxruntime has no argument for its telemetry switch."""


def files() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(APP.rglob("*.py")):
        yield file.relative_to(APP).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module of ours that is imported, anywhere in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_dependencies_point_inwards() -> None:
    wrong = []
    for name, tree in files():
        layer = name.split("/")[0]
        if name in SEES_EVERYTHING or "/" not in name:
            continue
        allowed = SEEN_BY["services"] if name in SEES_SERVICES else SEEN_BY[layer]
        wrong += [
            f"{name} imports {module}"
            for module in imported(tree)
            if module.startswith("app.")
            and module.split(".")[1] in SEEN_BY
            and module.split(".")[1] not in allowed
        ]
    assert not wrong, "\n".join(wrong)


def test_only_the_edge_knows_the_composition_root() -> None:
    edge = {
        "cli.py",
        "cli_backup.py",
        "cli_doctor.py",
        "cli_files.py",
        "cli_keys.py",
        "cli_move.py",
        "cli_plans.py",
        "cli_serve.py",
        "cli_worker.py",
        "cli_tenants.py",
        "api/app.py",
        "api/deps.py",
        "api/self_test.py",
    }
    may = {
        "core/container.py",
        "core/memory_wiring.py",
        "core/wiring.py",
        "core/running.py",
        *edge,
    }
    wrong = [
        f"{name} imports {module}"
        for name, tree in files()
        for module in imported(tree)
        if name not in may and any(module.startswith(root) for root in COMPOSITION)
    ]
    assert not wrong, "\n".join(wrong)


def test_only_settings_read_the_environment() -> None:
    wrong = [
        name
        for name, tree in files()
        if name not in WRITES_TO_THE_ENVIRONMENT
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"})
        or (isinstance(node, ast.ImportFrom) and node.module == "os")
    ]
    assert not wrong


@pytest.mark.parametrize("name", sorted(WRITES_TO_THE_ENVIRONMENT))
def test_an_exception_only_writes(name: str) -> None:
    tree = ast.parse((APP / name).read_text(encoding="utf-8"))
    uses = [n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "environ"]
    written = [
        target.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Subscript)
    ]
    assert uses
    assert all(use in written for use in uses)


def test_files_and_functions_can_be_read_in_one_sitting() -> None:
    long = []
    for name, tree in files():
        if name.startswith("migrations/"):
            continue
        lines = len((APP / name).read_text(encoding="utf-8").splitlines())
        if lines > MAX_FILE_LINES:
            long.append(f"{name}: {lines} lines")
        long += [f"{name} {function.name}" for function in long_functions(tree)]
    assert not long, "\n".join(long)


def long_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            start = (
                node.body[1].lineno if ast.get_docstring(node) and node.body[1:] else node.lineno
            )
            if node.end_lineno - start >= MAX_FUNCTION_LINES:
                yield node
