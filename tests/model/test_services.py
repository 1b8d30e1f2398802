"""Which service a file belongs to, and who answers at a host name."""

from __future__ import annotations

from architrave.testing import snapshot

CONFIG = """
[[services]]
name = "stock"
root = "legacy/stock"
hosts = ["stock.internal"]
"""


def test_a_declared_service_has_its_folder_and_its_hosts() -> None:
    services = snapshot({"architrave.toml": CONFIG, "legacy/stock/app/main.py": "x = 1\n", "other.py": "x = 1\n"}).model.services
    assert services.of("legacy/stock/app/main.py") == "legacy/stock"
    assert services.of("other.py") == ""
    assert services.at_host("stock:8080") == "legacy/stock"
    assert services.at_host("stock.internal") == "legacy/stock"
    assert services.at_host("unknown") is None


def test_a_declared_host_stands_over_what_a_deployment_file_says() -> None:
    compose = "services:\n  stock:\n    build: ./a\n"
    services = snapshot(
        {"architrave.toml": CONFIG, "compose.yml": compose, "a/Dockerfile": "FROM x\nCOPY . .\n", "legacy/stock/a.py": ""}
    ).model.services
    assert services.at_host("stock") == "legacy/stock"
