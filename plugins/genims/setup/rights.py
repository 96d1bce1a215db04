"""The rights of the platform's MySQL users: those that ``schema/mysql_roles.sql`` declares, and those on the server."""

from __future__ import annotations

import logging
import re
from typing import NamedTuple

from jinja2 import Environment

from genims.core.paths import SCHEMA
from genims.core.settings import settings
from genims.core.sql_text import statements_of
from genims.hooks.mysql import admin
from genims.setup.users import create_users, platform_users

log = logging.getLogger(__name__)

GRANT = re.compile(
    r"GRANT\s+(?P<rights>.+?)\s+(?:ON\s+(?P<scope>\S+)\s+)?TO\s+`(?P<user>(?:``|[^`])+)`@(?P<rest>.*)", re.DOTALL
)
RIGHT = re.compile(r"\s*(?P<name>[^,()]+?)\s*(?:\((?P<columns>[^)]*)\))?\s*(?:,|\Z)")


class Right(NamedTuple):
    """One right of one user.

    :param user: the user's name.
    :param name: such as SELECT; with a column in parentheses if it is for that column alone; a role's name.
    :param scope: quoted as in SHOW GRANTS, such as ``*.*``; empty for a role.
    """

    user: str
    name: str
    scope: str

    def __str__(self) -> str:
        return f"{self.user}: {self.name} ON {self.scope}" if self.scope else f"{self.user}: role {self.name}"


def declared_rights() -> set[Right]:
    """The rights that each user of the settings should have."""
    template = Environment().from_string((SCHEMA / "mysql_roles.sql").read_text())  # noqa: S701 - SQL, not HTML
    script = template.render(settings=settings())
    grants = [statement[statement.index("GRANT") :] for statement in statements_of(script)]
    return {right for grant in grants for right in _rights_of(grant)}


def present_rights(cursor) -> set[Right]:
    """The rights that each user of the settings has.

    :param cursor: of a session of the administrator.
    """
    found = set()
    for user in platform_users():
        cursor.execute("SHOW GRANTS FOR %s@%s", (user, settings().mysql_user_host))
        for (grant,) in cursor.fetchall():
            found |= _rights_of(grant)
    return found


def set_up_users() -> None:
    """Create the users, and leave them no right but the declared ones; those that they lack are granted afterwards."""
    create_users()
    revoke_others()


def revoke_others() -> None:
    """Take away every right that is not declared, such as one of an earlier release."""
    with admin() as cursor:
        for right in sorted(present_rights(cursor) - declared_rights()):
            log.warning("Revoking a right that schema/mysql_roles.sql does not declare: %s", right)
            on = f" ON {right.scope}" if right.scope else ""
            cursor.execute(f"REVOKE {right.name}{on} FROM %s@%s", (right.user, settings().mysql_user_host))


def _rights_of(grant: str) -> set[Right]:
    """The rights that a GRANT statement gives; USAGE is none."""
    parts = GRANT.fullmatch(grant.strip())
    user, scope = parts["user"].replace("``", "`"), parts["scope"] or ""
    found = {Right(user, "GRANT OPTION", scope)} if "WITH GRANT OPTION" in parts["rest"] else set()
    for right in RIGHT.finditer(parts["rights"]):
        columns = (
            [f"{right['name']} ({each.strip()})" for each in right["columns"].split(",")] if right["columns"] else []
        )
        found |= {Right(user, name, scope) for name in columns or [right["name"]]}
    return {right for right in found if right.name != "USAGE"}
