from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class CreateOrderLine(BaseModel):
    sku: str = Field(min_length=1, max_length=32)
    quantity: int = Field(ge=1, le=1000)


class CreateOrder(BaseModel):
    channel: Literal["web", "app", "phone"] = "web"
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    coupon: str | None = Field(default=None, max_length=32)
    lines: list[CreateOrderLine] = Field(min_length=1, max_length=50)


class ChangeStatus(BaseModel):
    status: Literal["dispatched", "delivered"]


class CreateReturn(BaseModel):
    reason: str = Field(min_length=1, max_length=255)


class OrderLineOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    sku: str
    quantity: int
    unit_price_cents: int


class OrderOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    reference: UUID
    status: str
    channel: str
    currency: str
    total_cents: int
    created_at: datetime
    lines: list[OrderLineOut]


class ReturnOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    order_id: int
    reason: str
    requested_at: datetime
