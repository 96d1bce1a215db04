"""Unit tests use UTC, unlike the tests with servers."""

import pytest

from genims.core import settings


@pytest.fixture(scope="package", autouse=True)
def utc():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENIMS_TIMEZONE", "UTC")
        settings.settings.cache_clear()
        yield
    settings.settings.cache_clear()
