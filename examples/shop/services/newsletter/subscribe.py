import json
import os
from typing import Any

import psycopg

connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    address = json.loads(event["body"])["email"]
    connection.execute("INSERT INTO subscribers (email) VALUES (%s) ON CONFLICT DO NOTHING", (address,))
    return {"statusCode": 202}
