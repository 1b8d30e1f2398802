class OrderNotFound(Exception):
    pass


class InvalidTransition(Exception):
    def __init__(self, current: str, wanted: str) -> None:
        super().__init__(f"an order that is {current} cannot become {wanted}")


class OutOfStock(Exception):
    pass
