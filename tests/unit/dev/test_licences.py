"""The list of licences is complete and says what it says of today's packages."""

from dev.licences import PAGE, page


def test_the_page_is_up_to_date():
    assert PAGE.read_text() == page(), "run python -m dev.licences"


def test_no_package_is_without_a_licence():
    assert "not declared" not in page()
