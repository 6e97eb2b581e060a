"""The house rules that a program can check: anatomy of the rooms, size of modules, words that must not appear."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "hansa"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
ACTIONS = [path for path in MODULES if path.name == "actions.py" or path.parent.name == "actions"]
VIEWS = [path for path in MODULES if path.name.startswith("views") or path.parent.name == "views"]
CHANGING = {"save", "create", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_passes_four_hundred_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_function_passes_sixty_lines(path):
    long = [
        node.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 60
    ]
    assert long == []


@pytest.mark.parametrize("path", ACTIONS, ids=name_of)
def test_every_public_action_has_a_promise(path):
    silent = [f.name for f in functions(path) if not f.name.startswith("_") and len(f.args.args) > 1]
    silent = [name for name in silent if not ast.get_docstring(next(f for f in functions(path) if f.name == name))]
    assert silent == []


@pytest.mark.parametrize("path", ACTIONS, ids=name_of)
def test_every_act_of_a_person_asks_whether_they_may(path):
    """An act takes its actor first; either it asks by itself or hands the actor to one that does."""
    text = path.read_text(encoding="utf-8")
    for function in functions(path):
        first = function.args.args[0].arg if function.args.args else ""
        if first == "actor" and not function.name.startswith("_"):
            body = ast.get_source_segment(text, function) or ""
            assert re.search(r"\bauthorise\(|\b\w+\(\s*actor\b", body), function.name


@pytest.mark.parametrize("path", ACTIONS, ids=name_of)
def test_actions_know_no_page(path):
    assert "django.http" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", VIEWS, ids=name_of)
def test_views_change_nothing_by_themselves(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and hasattr(node.func, "attr")}
    assert called & CHANGING == set()


def test_no_file_names_a_registry_or_a_place_of_one_machine():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    forbidden = re.compile(
        "|".join(["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npm", "/work" + "/", "cdn" + r"\."])
    )
    found = [
        name
        for name in listed
        if (ROOT / name).is_file()
        and (ROOT / name).suffix in {".py", ".toml", ".md", ".lock", ".html", ".js", ".css", ".txt", ""}
        and forbidden.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_the_lock_pins_every_package_with_hashes():
    for lock in ROOT.glob("requirements*.lock"):
        entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
        assert entries and all("==" in entry and "--hash=sha256:" in entry for entry in entries), lock.name


def test_every_command_explains_itself_with_an_example():
    from click.testing import CliRunner

    from hansa.site.cli import hansa

    runner = CliRunner()
    for name, command in hansa.commands.items():
        if not command.hidden:
            said = runner.invoke(hansa, [name, "--help"]).output
            assert f"hansa {name}" in said and len(said.splitlines()) > 4, name


def test_every_setting_is_documented():
    text = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)
    named = set(re.findall(r"""["'](HANSA_[A-Z_]+)["']""", text)) - {"HANSA_TESTING", "HANSA_BEGAN"}
    documented = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert {name for name in named if f"`{name}`" not in documented} == set()
