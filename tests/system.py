from tests.chalicelib.offline.conftest import PROJECT, System, wait_until
