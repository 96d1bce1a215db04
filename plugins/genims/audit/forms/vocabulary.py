"""The words that the forms offer and the registers hold. DAG files read them at every parse: no driver is imported."""

from genims.audit.forms.fields import END
from genims.core.sources import SOURCES

HELD_DATABASES = (*SOURCES, "pipeline")

# The step of a hold by the decision on its release.
RELEASE_STEPS = {"request": "release_requested", "confirm": "released", "decline": "release_declined"}

# The step of an act that takes two persons, by what a person decides.
TWO_PERSON_STEPS = {"request": "requested", "confirm": "confirmed", "decline": "declined"}

# The act, for two persons, by what is to be done to the capture of a source.
CAPTURE_CHANGES = {"remove": "capture_removed", "list": "capture_list"}

REQUEST_TYPES = ("access", "rectification", "erasure", "restriction", "portability", "objection")
SUBJECT_TYPES = ("customer", "employee", "supplier", "other")
# A source database, such as hr, or one of its tables, such as hr.employees.
SCOPE_PATTERN = rf"^({'|'.join(SOURCES)})(\.[a-z][a-z0-9_]*)?{END}"

# The steps that may follow each step of a request; a step that none may follow is the answer.
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
