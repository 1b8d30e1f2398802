"""A believable FastAPI and SQLAlchemy workspace, the same for the same sizes: packages of models, schemas, routes, services and so on.

Packages refer to the one before them, so that imports and foreign keys cross files as they do in a backend that has grown.
"""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus_package import MODULES

LONG_FILE = Path("shop/reporting/ledger.py")
_NOUNS = ("order", "invoice", "parcel", "refund", "supplier", "product", "coupon", "review", "account", "ticket", "basket", "tariff")


def write_workspace(root: Path, files: int = 1000, long_lines: int = 2000) -> Path:
    """Write exactly `files` Python files below `root` and return the one that has `long_lines` lines."""
    texts = {
        LONG_FILE: _ledger(long_lines),
        Path("shop/__init__.py"): "",
        Path("shop/reporting/__init__.py"): "",
        Path("shop/database.py"): _DATABASE,
    }
    for path, text in _packages():
        if len(texts) == files:
            break
        texts[path] = text
    for path, text in texts.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return root / LONG_FILE


def _packages() -> Iterator[tuple[Path, str]]:
    number = 0
    while True:
        noun, before = _noun(number), _noun(max(number - 1, 0))
        for module, text in MODULES.items():
            yield Path("shop", noun, f"{module}.py"), text(noun, before)
        number += 1


def _noun(number: int) -> str:
    name = _NOUNS[number % len(_NOUNS)]
    return name if number < len(_NOUNS) else f"{name}_{number // len(_NOUNS)}"


def _ledger(lines: int) -> str:
    text = _LEDGER_HEAD
    number = 0
    while text.count("\n") + _LINES_A_MONTH <= lines:
        text += f'''

class Entry{number}(Base):
    __tablename__ = "ledger_{number}"

    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2))


def booked_{number}(session: Session, rows: list[dict[str, int]], limit: int = {number + 10}) -> Decimal:
    """Return what was booked in month {number}."""
    booked = Decimal(0)
    for row in rows:
        if row["amount"] > limit:
            booked += Decimal(row["amount"]) * row.get("rate", 1)
        elif row.get("refund"):
            booked -= Decimal(row["refund"])
    entries = session.scalars(select(Entry{number}).limit(limit))
    return booked + sum((entry.amount for entry in entries), Decimal(0))
'''
        number += 1
    return text + "# end of the ledger\n" * (lines - text.count("\n"))


_LINES_A_MONTH = 21
_LEDGER_HEAD = """\
from decimal import Decimal

from sqlalchemy import Numeric, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.database import Base
"""
_DATABASE = """\
import os
from collections.abc import Iterator

from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

engine = create_engine(os.environ["DATABASE_URL"], pool_pre_ping=True)
make_session = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


def session() -> Iterator[Session]:
    with make_session() as opened:
        yield opened
"""
