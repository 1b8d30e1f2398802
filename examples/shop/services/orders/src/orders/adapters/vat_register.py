from typing import Protocol


class VatRegister(Protocol):
    """What the domain may ask for a rate of tax."""

    def percent(self, country: str) -> int: ...
