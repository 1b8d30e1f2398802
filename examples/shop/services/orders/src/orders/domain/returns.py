from datetime import datetime, timedelta

RETURN_WINDOW = timedelta(days=30)


def may_be_returned(delivered_at: datetime, now: datetime) -> bool:
    return now - delivered_at <= RETURN_WINDOW
