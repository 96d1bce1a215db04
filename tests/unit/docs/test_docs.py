"""What the documentation repeats is generated."""

from dev.docs import generated
from genims.core.paths import ROOT


def test_generated_parts_are_up_to_date():
    stale = [str(path.relative_to(ROOT)) for path, text in generated().items() if path.read_text() != text]
    assert stale == [], "run `make docs`"
