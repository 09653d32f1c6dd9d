"""What an operator may run on a Postgres while servers answer, from a data folder of its own."""

import re
import subprocess
from pathlib import Path

from tests.support.command import command
from tests.support.company import Company
from tests.support.person import Person
from tests.support.server import Server

SAID = "My sister Anna lives in Bergen."


def run(company: Company, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that ended well, beside the servers of a company."""
    done = command(company.server("operator"), *arguments, **company.environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def users_of(company: Company) -> int:
    """How many users the tenant has that everybody here is of."""
    told = run(company, "tenants", "list").stdout
    [count] = re.findall(r"^default: (\d+) users$", told, re.MULTILINE)
    return int(count)


def test_tenants_are_listed_without_deleted_accounts(company: Company, first: Server) -> None:
    before = users_of(company)
    with Person(first) as bob:
        assert users_of(company) == before + 1
        bob.delete("/me")
    assert users_of(company) == before


def test_the_index_is_made_anew_while_servers_answer(company: Company, away: Person) -> None:
    profile = away.default_profile()
    away.post(f"/memory-profiles/{profile}/memories", {"content": SAID})
    assert "The index holds " in run(company, "reindex").stdout
    found = away.post(f"/memory-profiles/{profile}/memories/search", {"query": "Where is Anna?"})
    assert SAID in str(found)


def test_an_account_is_exported_while_servers_answer(
    company: Company, ada: Person, tmp_path: Path
) -> None:
    ada.session()
    file = tmp_path / "ada.jsonl"
    run(company, "export", str(file), "--email", ada.email)
    assert ada.email in file.read_text()


def test_the_doctor_looks_while_servers_answer(company: Company, away: Person) -> None:
    told = command(company.server("operator"), "doctor", **company.environment).stdout
    to_mend = [line for line in told.splitlines() if line.startswith("MEND")]
    assert [line for line in to_mend if "dead letters" not in line] == [], told
    assert "ok      isolation" in told
