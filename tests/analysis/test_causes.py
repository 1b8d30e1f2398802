"""Findings of one cause: one finding at one place, the others related, mended and suppressed together."""

from __future__ import annotations

from architrave.findings import Finding
from architrave.testing import applied, snapshot

WORKFLOW = "on: push\njobs:\n  deploy:\n    steps:\n      - uses: someone/deploy@main{}\n"
COPY = """package {engine}

import "database/sql"

func Clear(db *sql.DB, ids []int) error {{
	for _, id := range ids {{
		if _, err := db.Exec("DELETE FROM notes WHERE id = ?", id); err != nil {{
			return err
		}}
	}}
	for _, id := range ids {{
		if _, err := db.Exec("DELETE FROM notes WHERE id = ?", id); err != nil {{
			return err
		}}
	}}
	return nil
}}
"""


def of(files: dict[str, str], rule: str) -> list[Finding]:
    return [item for item in snapshot(files).findings if item.rule == rule]


def paths(finding: Finding) -> list[str]:
    return [place.path for place in finding.places]


def workflows(comment: str = "") -> dict[str, str]:
    return {f".github/workflows/{name}.yml": WORKFLOW.format(comment if name == "a" else "") for name in "abc"}


def test_one_cause_is_one_finding_with_all_its_places() -> None:
    (finding,) = of(workflows(), "ops-ci-no-tests")
    assert paths(finding) == sorted(workflows())


def test_its_fix_mends_all_places() -> None:
    files = {**workflows(), ".github/workflows/z.yml": WORKFLOW.replace("@main", "@v2").format("")}
    (finding,) = of(files, "ops-ci-no-tests")
    assert finding.fix is not None
    after = applied(files, finding.fix.edits)
    assert not of(after, "ops-ci-no-tests")
    assert all("@v2" in text for text in after.values())


def test_a_suppression_at_its_place_is_about_all_of_it() -> None:
    assert [item.rule for item in snapshot(workflows("  # architrave: ignore[ops-ci-no-tests]")).findings] == []


def test_copies_for_several_engines_are_one_and_two_loops_of_a_copy_are_two() -> None:
    files = {f"store/{engine}/notes.go": COPY.format(engine=engine) for engine in ("sqlite", "mysql", "postgres")}
    found = of(files, "perf-write-in-loop")
    assert [paths(item) for item in found] == [["store/mysql/notes.go", "store/postgres/notes.go", "store/sqlite/notes.go"]] * 2
    assert len({item.location for item in found}) == 2


def test_copies_for_several_services_stay_apart() -> None:
    files = {f"{service}/notes.go": COPY.format(engine=service) for service in ("orders", "stock")}
    assert len(of(files, "perf-write-in-loop")) == 4


def test_statements_of_a_migration_that_lock_one_table_are_one() -> None:
    files = {
        "migrations/1_orders.sql": "CREATE TABLE orders (id bigserial PRIMARY KEY, status text, total int);\n",
        "migrations/2_index.sql": "CREATE INDEX a ON orders (status);\nCREATE INDEX b ON orders (total);\n",
    }
    (finding,) = of(files, "data-migration-lock-index")
    assert len(finding.places) == 2
    assert finding.fix is not None
    assert not of(applied(files, finding.fix.edits), "data-migration-lock-index")
