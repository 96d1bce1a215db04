"""Unit tests speak of UTC, whatever the business time zone of the tests with servers is."""

import pytest

from genims.core import settings


@pytest.fixture(scope="package", autouse=True)
def utc():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENIMS_TIMEZONE", "UTC")
        settings.settings.cache_clear()
        yield
    settings.settings.cache_clear()
