from orders.models.base import Base
from orders.models.order import Order, OrderLine
from orders.models.order_return import OrderReturn

__all__ = ["Base", "Order", "OrderLine", "OrderReturn"]
