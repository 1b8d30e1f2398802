"""Which files of a folder are read, and of which the findings count."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from architrave.analysis.files import EVERYTHING, Reach, discover
from architrave.errors import ArchitraveError
from architrave.purpose import purpose


def make(root: Path, *paths: str, text: str = "x = 1\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def test_only_files_of_known_languages_are_found(tmp_path: Path) -> None:
    make(tmp_path, "app/main.py", "app/logo.png", "README.rst", "Dockerfile", "compose.yml")
    assert list(discover(tmp_path).files) == ["Dockerfile", "app/main.py", "compose.yml"]


@pytest.mark.parametrize(
    "folder", ["node_modules", ".venv", "dist", "build", "target", ".git", "__pycache__", ".terraform", "vendor", ".tox"]
)
def test_what_others_wrote_or_tools_made_is_left_out(tmp_path: Path, folder: str) -> None:
    make(tmp_path, f"a/{folder}/x.py", "a/y.py")
    assert list(discover(tmp_path).files) == ["a/y.py"]


def test_a_virtual_environment_is_known_by_its_content(tmp_path: Path) -> None:
    make(tmp_path, "myenv/lib/x.py", "myenv/pyvenv.cfg", "y.py")
    assert list(discover(tmp_path).files) == ["y.py"]


def test_vendored_files_are_read_when_tests_are_included(tmp_path: Path) -> None:
    make(tmp_path, "vendor/x.py")
    assert list(discover(tmp_path, reach=EVERYTHING).files) == ["vendor/x.py"]


def test_ignore_files_count_without_git_and_nested(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "skip.py", "inner/skip.py", "inner/b.py", "inner/deep/c.py")
    (tmp_path / ".gitignore").write_text("skip.py\ndeep/\n")
    (tmp_path / "inner/.gitignore").write_text("!skip.py\n/b.py\n")
    assert list(discover(tmp_path).files) == ["a.py", "inner/skip.py"]


def test_ignore_files_above_count_up_to_the_repository(tmp_path: Path) -> None:
    make(tmp_path, "repo/service/a.py", "repo/service/b.py")
    (tmp_path / "repo/.git").mkdir()
    (tmp_path / "repo/.gitignore").write_text("service/b.py\n")
    (tmp_path / ".gitignore").write_text("*.py\n")
    assert list(discover(tmp_path / "repo/service").files) == ["a.py"]


def test_the_setting_excludes_as_git_would(tmp_path: Path) -> None:
    make(tmp_path, "legacy/a.py", "app/b.py", "app/old_c.py")
    assert list(discover(tmp_path, ["legacy/", "old_*.py"]).files) == ["app/b.py"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    make(tmp_path, "a/x.py")
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "a/self").symlink_to(tmp_path / "a/self")
    (tmp_path / "other").symlink_to(tmp_path / "a")
    assert list(discover(tmp_path).files) == ["a/x.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_a_problem_and_no_error(tmp_path: Path) -> None:
    make(tmp_path, "a/x.py", "b/y.py")
    (tmp_path / "a").chmod(0)
    listing = discover(tmp_path)
    (tmp_path / "a").chmod(0o700)
    assert list(listing.files) == ["b/y.py"]
    assert listing.problems == ["a: cannot be read: Permission denied"]


def test_a_folder_that_cannot_be_listed_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/x.py", "b/y.py")
    real = os.scandir

    def scandir(path: Path) -> object:
        if path == tmp_path / "a":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    listing = discover(tmp_path)
    assert list(listing.files) == ["b/y.py"]
    assert listing.problems == ["a: cannot be read: Permission denied"]


def test_the_whole_disk_is_refused() -> None:
    with pytest.raises(ArchitraveError, match="the whole disk"):
        discover(Path("/"))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArchitraveError, match="There is no folder"):
        discover(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("app/main.py", None),
        ("app/contest.py", None),
        ("app/latest/main.go", None),
        ("docs/openapi.yaml", None),
        ("spec/openapi.yaml", None),
        ("tests/test_main.py", "test"),
        ("app/test_main.py", "test"),
        ("app/main_test.go", "test"),
        ("src/main.spec.ts", "test"),
        ("src/app.e2e-spec.ts", "test"),
        ("packages/shop-test-utils/src/runner.ts", "test"),
        ("shop-integration-test/Dockerfile", "test"),
        ("shop-e2e/k8s/shop.yml", "test"),
        ("shop-examples/shop-examples-http/Dockerfile", "example"),
        ("orders/src/component-test/java/shop/Steps.java", "test"),
        ("sdk/jest.e2e-global-setup.ts", "test"),
        ("ab-test/main.go", None),
        ("examples-api/main.go", None),
        ("src/test/java/shop/Orders.java", "test"),
        ("src/main/java/shop/OrdersTest.java", "test"),
        ("tests/fixtures/orders.py", "fixture"),
        ("pkg/testdata/x.go", "fixture"),
        ("examples/shop/app.py", "example"),
        ("api/orders.pb.go", "generated"),
        ("generator/main.template.ts", "generated"),
        ("api/orders_pb2.py", "generated"),
        ("vendor/x/y.go", "vendored"),
    ],
)
def test_a_path_tells_what_a_file_is_for(path: str, expected: str | None) -> None:
    assert purpose(path) == expected


def test_code_that_is_not_judged_is_not_read(tmp_path: Path) -> None:
    make(tmp_path, "app/main.py", "tests/test_main.py", "tests/compose.yml", "src/orders.spec.ts", "src/orders.ts", "examples/run.go")
    listing = discover(tmp_path)
    assert list(listing.files) == ["app/main.py", "src/orders.ts", "tests/compose.yml"]
    assert sorted(listing.uncovered) == ["examples/run.go", "src/orders.spec.ts", "tests/test_main.py"]
    assert len(discover(tmp_path, reach=EVERYTHING).files) == 6
    assert "examples/run.go" in discover(tmp_path, reach=Reach(exempt=frozenset(["example"]))).files
    assert "tests/test_main.py" in discover(tmp_path, reach=Reach(explicit=frozenset(["tests/test_main.py"]))).files
