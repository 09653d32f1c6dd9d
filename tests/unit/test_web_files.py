import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "app" / "web"
SCRIPTS = sorted(WEB.rglob("*.js"))
FILES = [path for path in sorted(WEB.rglob("*")) if path.is_file()]
PAGES = sorted(WEB.glob("*.html"))
SVG_NAMESPACE = "http://www.w3.org/2000/svg"
LONGEST_FILE_LINES = 300


def test_no_script_makes_markup_or_code_out_of_text() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc"
        r"|\beval\(|new Function|createContextualFragment"
    )

    found = [path.name for path in SCRIPTS if forbidden.search(path.read_text())]

    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_works_under_a_policy_without_inline_script_or_style(page: Path) -> None:
    html = page.read_text()

    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", html) == []
    assert [path.name for path in SCRIPTS if '"style"' in path.read_text()] == []


def test_nothing_is_fetched_from_another_host() -> None:
    address = re.compile(r"""(?:https?:)?//[\w-]+\.[\w.-]+[^\s"'`]*|url\(\s*["']?data:""")

    found = {
        (path.name, match)
        for path in FILES
        for match in address.findall(path.read_text())
        if match != SVG_NAMESPACE
    }

    assert found == set()


def test_every_script_and_sheet_is_used_and_every_import_exists() -> None:
    html = "".join(page.read_text() for page in PAGES)
    named = {WEB / ref for ref in re.findall(r'(?:src|href)="web/([^"]+)"', html)}
    for script in SCRIPTS:
        imports = re.findall(r'from "(\.[^"]+)"', script.read_text())
        named |= {(script.parent / ref).resolve() for ref in imports}

    assert named == set(FILES) - set(PAGES)


def test_every_file_can_be_read_in_one_sitting() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in FILES}

    assert {name for name, lines in lengths.items() if lines > LONGEST_FILE_LINES} == set()
