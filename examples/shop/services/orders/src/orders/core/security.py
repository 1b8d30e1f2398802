"""Who is calling: a customer through the gateway, or another service of the shop."""

import hmac
from typing import Annotated

import jwt
from fastapi import Depends, Header, HTTPException, status
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from orders.core.config import settings

bearer = HTTPBearer()


def current_customer(
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
) -> str:
    try:
        claims = jwt.decode(credentials.credentials, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "invalid token") from error
    return claims["sub"]


def internal_service(x_service_token: Annotated[str, Header()]) -> None:
    if not hmac.compare_digest(x_service_token, settings.service_token):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "not a service of the shop")
