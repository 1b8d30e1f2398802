from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, status

from orders.api.deps import CustomerId, Orders
from orders.api.schemas import ChangeStatus, CreateOrder, OrderOut
from orders.core.errors import InvalidTransition, OrderNotFound, OutOfStock
from orders.core.security import internal_service

router = APIRouter(prefix="/v1/orders", tags=["orders"])


@router.get("", response_model=list[OrderOut])
async def list_orders(
    customer_id: CustomerId,
    orders: Orders,
    limit: int = 20,
    offset: Annotated[int, Query(ge=0)] = 0,
):
    return await orders.page(customer_id, limit, offset)


@router.post("", response_model=OrderOut, status_code=status.HTTP_201_CREATED)
async def place_order(body: CreateOrder, customer_id: CustomerId, orders: Orders):
    try:
        return await orders.place(customer_id, body)
    except OutOfStock as error:
        raise HTTPException(status.HTTP_409_CONFLICT, str(error)) from error


@router.get("/{order_id}", response_model=OrderOut)
async def get_order(order_id: int, customer_id: CustomerId, orders: Orders):
    try:
        return await orders.get(customer_id, order_id)
    except OrderNotFound as error:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no such order") from error


@router.get("/summary", response_model=dict[str, int])
async def order_summary(customer_id: CustomerId, orders: Orders):
    return await orders.summary(customer_id)


@router.patch(
    "/{order_id}/status", response_model=OrderOut, dependencies=[Depends(internal_service)]
)
async def change_status(order_id: int, body: ChangeStatus, orders: Orders):
    try:
        return await orders.change_status(order_id, body.status)
    except OrderNotFound as error:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no such order") from error
    except InvalidTransition as error:
        raise HTTPException(status.HTTP_409_CONFLICT, str(error)) from error


@router.post("/{order_id}/cancel", response_model=OrderOut)
async def cancel_order(order_id: int, customer_id: CustomerId, orders: Orders):
    try:
        return await orders.cancel(customer_id, order_id)
    except OrderNotFound as error:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no such order") from error
    except InvalidTransition as error:
        raise HTTPException(status.HTTP_409_CONFLICT, str(error)) from error
