"""What a file is for when that is not to run in production, judged by its path: a test, a fixture, an example, or the work of others."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from architrave.regexes import regex

Purpose = Literal["test", "fixture", "example", "generated", "vendored"]

# The first row that matches a path names its purpose; folders match a whole part of the path, names the file.
_PURPOSES: tuple[tuple[Purpose, frozenset[str], re.Pattern[str]], ...] = (
    (
        "vendored",
        frozenset(["vendor", "vendored", "third_party", "third-party", "node_modules", "site-packages"]),
        regex(r"\.min\.(js|cjs|mjs)$"),
    ),
    (
        "generated",
        frozenset(["generated", "__generated__", "gen", "genproto", "autogen"]),
        regex(
            r"(\.pb(\.\w+)?\.go|_pb2(_grpc)?\.pyi?|_pb\.(js|d\.ts)|_grpc_pb\.\w+|\.generated\.\w+|\.gen\.\w+|\.g\.\w+|_gen\.go|\.template\.\w+|\.tmpl|\.j2)$|^zz_generated"
        ),
    ),
    (
        "fixture",
        frozenset(["fixtures", "fixture", "testdata", "test-data", "test_data", "__fixtures__", "__mocks__", "mocks", "stubs"]),
        regex(r"^$"),
    ),
    (
        "test",
        frozenset(
            [
                "test",
                "tests",
                "__tests__",
                "e2e",
                "testing",
                "integration-tests",
                "integration_tests",
                "cypress",
                "benches",
            ]
        ),
        regex(
            r"^(test_.*|.*_test|conftest|tests)\.py$|_test\.go$|\.(test|spec|e2e|cy|stories)(-\w+)?\.[cm]?[jt]sx?$|"
            r"(Test|Tests|IT|TestCase|Spec)\.(java|kt)$|^(tests?|.*_test)\.rs$|^(jest|vitest|playwright|cypress|karma)\b.*[.-](config|setup|teardown)\."
        ),
    ),
    (
        "example",
        frozenset(["example", "examples", "sample", "samples", "demo", "demos", "docs_src", "playground"]),
        regex(r"^$"),
    ),
)


# Packages whose last words say what they are for: `shop-test-utils`, `shop-integration-test`, `shop-e2e`, `shop-examples`.
_NAMED = regex(
    r"(^|[-_])(test[-_]?utils|test[-_]helpers|e2e|(integration|integrated|acceptance|functional|component|smoke|contract)[-_]tests?)$"
    r"|[-_](?P<example>examples?|samples?)$"
)
_PACKAGES = frozenset([("main", "java"), ("main", "kotlin"), ("main", "scala")])


@lru_cache(maxsize=65536)
def purpose(path: str) -> Purpose | None:
    """Return what a file is for when that is not to run in production, judged by its path below the workspace."""
    *folders, name = path.split("/")
    sources = next((index for index, pair in enumerate(pairwise(folders)) if pair in _PACKAGES), None)
    folders = folders[:sources]  # Below are packages: `com/example` makes no example.
    for found, known, pattern in _PURPOSES:
        if pattern.search(name) or any(folder.lower() in known for folder in folders):
            return found
    for folder in folders:
        if (named := _NAMED.search(folder.lower())) is not None:
            return "example" if named.lastgroup == "example" else "test"
    return None
