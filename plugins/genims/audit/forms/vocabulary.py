"""The words that the forms offer and the registers hold. Read whenever a DAG file is parsed, so without any driver."""

from genims.core.sources import SOURCES

# A field in which a person writes why: JSON Schema.
FREE_TEXT = {"type": "string", "format": "multiline", "minLength": 3, "maxLength": 2000, "pattern": r"^\S"}

HELD_DATABASES = (*SOURCES, "pipeline")

# What a person decides on the release of a hold, and the step that it becomes.
RELEASE_STEPS = {"request": "release_requested", "confirm": "released", "decline": "release_declined"}

REQUEST_TYPES = ("access", "rectification", "erasure", "restriction", "portability", "objection")
SUBJECT_TYPES = ("customer", "employee", "supplier", "other")
# A source database, or one of its tables.
SCOPE_PATTERN = rf"^({'|'.join(SOURCES)})(\.[a-z][a-z0-9_]*)?$"

# What may follow on each step of a request; it is answered by one on which nothing follows.
NEXT_STEPS = {
    "received": ("identity_verified", "refused", "extended"),
    "identity_verified": ("accepted", "refused", "extended"),
    "accepted": ("fulfilled", "refused", "extended"),
    "fulfilled": (),
    "refused": (),
}
REQUEST_STEPS = ("identity_verified", "extended", "accepted", "fulfilled", "refused")
# The steps that need a legal basis.
DECISIONS = ("accepted", "refused")
