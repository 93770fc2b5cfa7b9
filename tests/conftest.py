from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.guardian", "tests.servers", "tests.databases"]
# How long an example takes is the machine's affair (tests/patience.py).
settings.register_profile("unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
