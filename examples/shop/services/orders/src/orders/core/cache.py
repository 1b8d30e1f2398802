from redis.asyncio import Redis

from orders.core.config import settings

cache = Redis.from_url(
    settings.redis_url, socket_timeout=1, socket_connect_timeout=1, decode_responses=True
)
