"""What the frameworks of Go share: routers in variables, settings, statuses, values that come from a request."""
