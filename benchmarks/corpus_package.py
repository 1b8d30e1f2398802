"""The modules of one package of the generated workspace, each a text from the noun it is about and the noun of the package before it."""

from collections.abc import Callable


def _class(noun: str) -> str:
    return "".join(part.capitalize() for part in noun.split("_"))


def _models(noun: str, before: str) -> str:
    return f'''\
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.database import Base


class {_class(noun)}(Base):
    __tablename__ = "{noun}s"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(12, 2), default=Decimal("0"))
    created_at: Mapped[datetime] = mapped_column(default=datetime.utcnow)
    {before}_id: Mapped[int | None] = mapped_column(ForeignKey("{before}s.id"))
    lines: Mapped[list["{_class(noun)}Line"]] = relationship(back_populates="{noun}")


class {_class(noun)}Line(Base):
    __tablename__ = "{noun}_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    {noun}_id: Mapped[int] = mapped_column(ForeignKey("{noun}s.id"), index=True)
    quantity: Mapped[int] = mapped_column(default=1)
    {noun}: Mapped["{_class(noun)}"] = relationship(back_populates="lines")
'''


def _schemas(noun: str, before: str) -> str:
    return f"""\
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, Field


class {_class(noun)}In(BaseModel):
    name: str = Field(min_length=1, max_length=200)
    amount: Decimal = Field(ge=0)
    {before}_id: int | None = None


class {_class(noun)}Out({_class(noun)}In):
    id: int
    created_at: datetime
"""


def _repository(noun: str, before: str) -> str:
    return f"""\
from sqlalchemy import select
from sqlalchemy.orm import Session

from shop.{noun}.models import {_class(noun)}, {_class(noun)}Line


class {_class(noun)}Repository:
    def __init__(self, session: Session) -> None:
        self.session = session

    def by_id(self, identity: int) -> {_class(noun)} | None:
        return self.session.get({_class(noun)}, identity)

    def of_{before}(self, {before}_id: int, limit: int = 50) -> list[{_class(noun)}]:
        statement = select({_class(noun)}).where({_class(noun)}.{before}_id == {before}_id).limit(limit)
        return list(self.session.scalars(statement))

    def add(self, {noun}: {_class(noun)}) -> {_class(noun)}:
        self.session.add({noun})
        self.session.flush()
        return {noun}

    def lines(self, identities: list[int]) -> dict[int, list[{_class(noun)}Line]]:
        found: dict[int, list[{_class(noun)}Line]] = {{}}
        for identity in identities:
            statement = select({_class(noun)}Line).where({_class(noun)}Line.{noun}_id == identity)
            found[identity] = list(self.session.scalars(statement))
        return found
"""


def _service(noun: str, before: str) -> str:
    return f"""\
import logging
from decimal import Decimal

from shop.{before}.repository import {_class(before)}Repository
from shop.{noun}.models import {_class(noun)}
from shop.{noun}.repository import {_class(noun)}Repository
from shop.{noun}.schemas import {_class(noun)}In

logger = logging.getLogger(__name__)


class Unknown{_class(before)}(Exception):
    pass


def place_{noun}(wanted: {_class(noun)}In, {noun}s: {_class(noun)}Repository, known: {_class(before)}Repository) -> {_class(noun)}:
    if wanted.{before}_id is not None and known.by_id(wanted.{before}_id) is None:
        raise Unknown{_class(before)}(wanted.{before}_id)
    placed = {noun}s.add({_class(noun)}(**wanted.model_dump()))
    logger.info("placed %s", placed.id)
    return placed


def total({noun}s: list[{_class(noun)}]) -> Decimal:
    return sum(({noun}.amount for {noun} in {noun}s), Decimal(0))
"""


def _client(noun: str, before: str) -> str:
    return f'''\
import os

import httpx

{noun.upper()}_URL = os.environ.get("{noun.upper()}_URL", "http://{noun.replace("_", "-")}:8000")


async def fetch_{noun}(identity: int) -> dict[str, object]:
    async with httpx.AsyncClient(timeout=5) as client:
        response = await client.get(f"{{{noun.upper()}_URL}}/{noun}s/{{identity}}")
        response.raise_for_status()
        return response.json()
'''


def _routes(noun: str, before: str) -> str:
    return f'''\
from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy.orm import Session

from shop.database import session
from shop.{before}.repository import {_class(before)}Repository
from shop.{noun}.repository import {_class(noun)}Repository
from shop.{noun}.schemas import {_class(noun)}In, {_class(noun)}Out
from shop.{noun}.service import Unknown{_class(before)}, place_{noun}

router = APIRouter(prefix="/{noun}s", tags=["{noun}"])


@router.get("/{{identity}}", response_model={_class(noun)}Out)
def show(identity: int, db: Session = Depends(session)):
    {noun} = {_class(noun)}Repository(db).by_id(identity)
    if {noun} is None:
        raise HTTPException(404)
    return {noun}


@router.get("", response_model=list[{_class(noun)}Out])
def browse({before}_id: int, limit: int = 50, db: Session = Depends(session)):
    return {_class(noun)}Repository(db).of_{before}({before}_id, limit)


@router.post("", response_model={_class(noun)}Out, status_code=201)
def place(wanted: {_class(noun)}In, db: Session = Depends(session)):
    try:
        return place_{noun}(wanted, {_class(noun)}Repository(db), {_class(before)}Repository(db))
    except Unknown{_class(before)}:
        raise HTTPException(422) from None
'''


MODULES: dict[str, Callable[[str, str], str]] = {
    "models": _models,
    "schemas": _schemas,
    "repository": _repository,
    "service": _service,
    "client": _client,
    "routes": _routes,
    "__init__": lambda noun, before: f'"""All of the shop about a {noun}, which may belong to a {before}."""\n',
}
