from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from orders.core.database import get_session
from orders.core.security import current_customer
from orders.repositories.order_repository import OrderRepository
from orders.repositories.return_repository import ReturnRepository
from orders.services.order_service import OrderService
from orders.services.return_service import ReturnService

Session = Annotated[AsyncSession, Depends(get_session)]
CustomerId = Annotated[str, Depends(current_customer)]


def order_service(request: Request, session: Session) -> OrderService:
    state = request.app.state
    return OrderService(OrderRepository(session), state.inventory, state.publisher)


def return_service(session: Session) -> ReturnService:
    return ReturnService(OrderRepository(session), ReturnRepository(session))


Orders = Annotated[OrderService, Depends(order_service)]
Returns = Annotated[ReturnService, Depends(return_service)]
