from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from orders.services.discounts import Discount, find_discount


def round_cents(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def total_cents(lines: Iterable[tuple[int, int]], coupon: str | None) -> int:
    """Sum quantity times unit price in cents, less the discount of the coupon."""
    subtotal = sum(quantity * unit_price for quantity, unit_price in lines)
    discount: Discount | None = find_discount(coupon)
    return subtotal - discount.cents_off(subtotal) if discount else subtotal
