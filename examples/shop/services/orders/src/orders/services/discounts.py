from dataclasses import dataclass
from decimal import Decimal

from orders.services import pricing


@dataclass(frozen=True)
class Discount:
    percent: int
    minimum_cents: int = 0

    def cents_off(self, subtotal: int) -> int:
        if subtotal < self.minimum_cents:
            return 0
        return pricing.round_cents(Decimal(subtotal) * self.percent / 100)


COUPONS = {
    "WELCOME10": Discount(percent=10),
    "BULK15": Discount(percent=15, minimum_cents=50_000),
}


def find_discount(coupon: str | None) -> Discount | None:
    return COUPONS.get(coupon.upper()) if coupon else None
