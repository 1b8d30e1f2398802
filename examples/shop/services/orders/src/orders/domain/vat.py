import httpx

from orders.domain.money import Money

REDUCED = {"books": 7, "food": 7}


def with_vat(net: Money, kind: str, country: str) -> Money:
    """Add the tax of a country, as its register has it today."""
    if kind in REDUCED and country == "DE":
        return net.minus(-REDUCED[kind])
    rate = httpx.get(f"https://vat.example.com/rates/{country}", timeout=2).json()["percent"]
    return net.minus(-rate)
