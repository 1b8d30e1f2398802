"""What is counted of fixes, on a small folder of the real thing."""

from pathlib import Path

from benchmarks.fixes import fixes_table

_APP = """import requests


def stock(sku):
    return requests.get(f"https://inventory.example.com/items/{sku}").json()


def price(sku):
    return requests.get(f"https://prices.example.com/items/{sku}").json()
"""


def test_fixes_are_counted_by_rule_and_the_folder_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(_APP)
    (tmp_path / "other.py").write_text("import app\n\napp.stock(1)\n")
    table = fixes_table([tmp_path])
    assert table.rows == (("sys-no-timeout", "2", "2", "2", "0", "0", "0"), ("all", "2", "2", "2", "0", "0", "0"))
    assert table.notes == ("100.0 % of the fixes are applied cleanly; 0.0 % stay found.",)
    assert (tmp_path / "app.py").read_text() == _APP


def test_a_folder_without_findings_has_no_share(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print(1)\n")
    table = fixes_table([tmp_path])
    assert table.rows == (("all", "0", "0", "0", "0", "0", "0"),)
    assert table.notes == ("none of the fixes are applied cleanly; none stay found.",)
