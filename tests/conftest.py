"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# No test is about time: on a busy machine an example may take any.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
