from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, status

from orders.api.deps import CustomerId, Returns
from orders.api.schemas import CreateReturn, ReturnOut
from orders.core.errors import InvalidTransition, OrderNotFound
from orders.core.security import internal_service
from orders.models import OrderReturn

router = APIRouter(prefix="/v1", tags=["returns"])


@router.get("/returns", response_model=list[ReturnOut], dependencies=[Depends(internal_service)])
async def list_returns(returns: Returns, limit: Annotated[int, Query(ge=1, le=100)] = 20):
    return await returns.latest(limit)


@router.post(
    "/returns",
    response_model=ReturnOut,
    status_code=status.HTTP_201_CREATED,
    dependencies=[Depends(internal_service)],
)
async def record_return(body: dict[str, Any], returns: Returns):
    return await returns.record(OrderReturn(**body))


@router.post(
    "/orders/{order_id}/returns",
    response_model=ReturnOut,
    status_code=status.HTTP_201_CREATED,
)
async def request_return(
    order_id: int, body: CreateReturn, customer_id: CustomerId, returns: Returns
):
    try:
        return await returns.request(customer_id, order_id, body.reason)
    except OrderNotFound as error:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "no such order") from error
    except InvalidTransition as error:
        raise HTTPException(status.HTTP_409_CONFLICT, str(error)) from error
