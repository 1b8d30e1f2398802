"""What the support desk looks at: customers and their orders, in the shape that its screens want."""

from typing import Annotated

import strawberry
from fastapi import Depends
from strawberry.fastapi import GraphQLRouter

from orders.api.deps import Orders
from orders.core.security import internal_service


@strawberry.type
class Customer:
    id: strawberry.ID

    @strawberry.field
    async def orders(self, info: strawberry.Info, first: int = 20) -> list["SupportOrder"]:
        page = await info.context["orders"].page(self.id, min(first, 100), 0)
        return [SupportOrder(str(order.reference), order.status, self) for order in page]


@strawberry.type
class SupportOrder:
    reference: str
    status: str
    customer: Customer


@strawberry.type
class Query:
    @strawberry.field
    def customer(self, id: strawberry.ID) -> Customer:
        return Customer(id)


def context(
    orders: Orders, caller: Annotated[None, Depends(internal_service)]
) -> dict[str, object]:
    return {"orders": orders}


schema = strawberry.Schema(query=Query)
router = GraphQLRouter(schema, context_getter=context)
