"""Settings of the orders service, read once from the environment."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    database_url: str
    redis_url: str
    amqp_url: str
    inventory_url: str
    jwt_secret: str
    service_token: str
    order_webhook_url: str
    summary_ttl_seconds: int


settings = Settings(
    database_url=os.environ["DATABASE_URL"],
    redis_url=os.environ["REDIS_URL"],
    amqp_url=os.environ["AMQP_URL"],
    inventory_url=os.environ["INVENTORY_URL"],
    jwt_secret=os.environ["JWT_SECRET"],
    service_token=os.environ["SERVICE_TOKEN"],
    order_webhook_url=os.environ["ORDER_WEBHOOK_URL"],
    summary_ttl_seconds=int(os.environ.get("SUMMARY_TTL_SECONDS", "60")),
)
