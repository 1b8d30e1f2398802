from dataclasses import dataclass


@dataclass(frozen=True)
class Money:
    cents: int
    currency: str

    def minus(self, percent: int) -> "Money":
        return Money(self.cents - self.cents * percent // 100, self.currency)
