"""Every setting of the package, in one validated place. ``.env.example`` lists and explains them all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from genims.core.sources import parse_shards


def known_timezone(name: str) -> str:
    """``name``, if it is an IANA time zone.

    :raises ValueError: it is none.
    """
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not a time zone; give an IANA name such as UTC or Europe/Berlin")
    return name


def not_renamed(names: dict[str, str]) -> Callable[[object], object]:
    """A validator that refuses the former name of a value, and says what it is called now."""

    def check(value: object) -> object:
        if value in names:
            raise ValueError(f"{value!r} is called {names[value]!r} now: change the setting to {names[value]!r}")
        return value

    return check


def known_shards(text: str) -> str:
    """``text``, if ``parse_shards`` understands it.

    :raises ValueError: it does not.
    """
    parse_shards(text)
    return text


Port = Annotated[int, Field(ge=1, le=65535)]
MySqlHost = Annotated[str, Field(pattern=r"\A[A-Za-z0-9.:_%/-]{1,255}\z")]
DatabaseName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
ContainerName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{1,61})[a-z0-9]$")]
# Neither allow nor prefer, neither PREFERRED: with them, a client falls back to clear text without a word.
PostgresTls = Literal["disable", "require", "verify-ca", "verify-full"]
# The three that encrypt are one: see genims.hooks.tls.
MySqlTls = Literal["DISABLED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"]


class _FromFiles(EnvSettingsSource):
    """Secrets that stand in files: POSTGRES_PASSWORD_FILE names the file of POSTGRES_PASSWORD."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        path, key, is_complex = super().get_field_value(field, f"{field_name}_file")
        if not path or "SecretStr" not in str(field.annotation):
            return None, field_name, False
        return Path(path).read_text().rstrip("\r\n"), key.removesuffix("_file"), is_complex


class _Settings(BaseSettings):
    """Read from environment variables of the same name in upper case; an empty variable counts as not set.

    A secret may stand in a file instead; the variable with ``_FILE`` at its end names it.
    """

    @classmethod
    def settings_customise_sources(cls, settings_cls, init_settings, env_settings, **others):
        return init_settings, env_settings, _FromFiles(settings_cls, env_prefix=env_settings.env_prefix)


class Settings(_Settings):
    """The servers, who signs in to them, and how the package works."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    postgres_host: str | None = None
    postgres_port: Port = 5432
    postgres_username: str = "genims_reader"
    postgres_password: SecretStr = SecretStr("")
    postgres_capture_username: str | None = None
    postgres_capture_password: SecretStr = SecretStr("")
    postgres_sslmode: PostgresTls = "verify-full"
    postgres_sslrootcert: str | None = None

    mysql_reporting_host: str | None = None
    mysql_reporting_port: Port = 3306
    mysql_reporting_db: DatabaseName = "genims_reporting_db"
    mysql_reporting_user: str = "genims_etl"
    mysql_reporting_password: SecretStr = SecretStr("")

    mysql_audit_host: str | None = None
    mysql_audit_port: Port = 3306
    mysql_audit_db: DatabaseName = "genims_audit_db"
    mysql_audit_user: str = "genims_audit"
    mysql_audit_password: SecretStr = SecretStr("")

    mysql_staging_db: DatabaseName = "genims_staging_db"
    mysql_admin_user: str | None = None
    mysql_admin_password: SecretStr = SecretStr("")
    mysql_backup_user: str | None = None
    mysql_backup_password: SecretStr = SecretStr("")
    mysql_drill_user: str | None = None
    mysql_drill_password: SecretStr = SecretStr("")
    mysql_auditor_user: str | None = None
    mysql_auditor_password: SecretStr = SecretStr("")
    mysql_user_host: MySqlHost = "%"
    mysql_ssl_mode: MySqlTls = "VERIFY_IDENTITY"
    mysql_ssl_ca: str | None = None

    azure_storage_connection_string: SecretStr | None = None
    genims_anchor_container: ContainerName = "genims-anchors"
    genims_backup_container: ContainerName = "genims-backups"
    genims_backup_directory: str | None = None
    genims_backup_key: SecretStr | None = None
    genims_backup_old_keys: SecretStr | None = None

    genims_signing_key: SecretStr | None = None
    genims_signing_public_keys: str = ""

    # A queue that nobody else's worker takes tasks from; "default" is Airflow's own.
    genims_setup_queue: Annotated[str, Field(pattern=r"\A[A-Za-z0-9_.-]{1,250}\z")] = "default"

    genims_timezone: Annotated[str, AfterValidator(known_timezone)] = "UTC"
    genims_duckdb_memory: Annotated[str, Field(pattern=r"^\d+(\.\d+)?(MB|GB|MiB|GiB)$")] = "512MB"
    genims_duckdb_threads: Annotated[int, Field(ge=1, le=64)] = 1
    genims_temp_directory: str | None = None
    genims_statement_timeout: Annotated[int, Field(ge=1)] = 300
    genims_optimize_free_mb: Annotated[int, Field(ge=1)] = 100
    genims_slow_statement_ms: Annotated[int, Field(ge=1)] = 1000
    genims_audit_run_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    genims_audit_lost_seconds: Annotated[int, Field(ge=1, le=86_400)] = 300
    genims_close_strict: bool = False
    genims_close_hard_lock: date | None = None
    genims_close_approvers: str = ""
    genims_audit_shards: Annotated[str, AfterValidator(known_shards)] = ""

    @property
    def timezone(self) -> ZoneInfo:
        """The time zone of business days and schedules."""
        return ZoneInfo(self.genims_timezone)


class SourceOverride(_Settings):
    """What the environment sets for one source database: variables such as POSTGRES_ERP_HOST."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    host: str | None = None
    port: Port | None = None
    username: str | None = None
    password: SecretStr | None = None
    capture_username: str | None = None
    capture_password: SecretStr | None = None
    db: str | None = None
    sslmode: PostgresTls | None = None


class BusinessRules(BaseSettings):
    """Choices that the sources do not make; templates read them as ``{{ rules.<name> }}``.

    :param currency: ISO 4217 code of amounts whose source names no currency.
    :param energy_tariff_per_kwh: price of one kWh in that currency; without it energy cost is unknown (NULL).
    :param income_tax_rate: share of the operating profit set aside as tax, 0 to 1.
    :param exchange_rate_tolerance: how far a rate may be from its opposite row and from the quote before, as a share.
    :param cogs_method: cost of goods sold: units sold x weighted average unit cost (IAS 2.25), the production cost of
        the period whatever was sold, or units sold x standard cost.
    :param revenue_basis: the date on which an order's revenue counts.
    :param material_cost: issues to production alone (gross), or less what was returned (net).
    """

    model_config = SettingsConfigDict(env_prefix="GENIMS_", env_ignore_empty=True, extra="ignore", frozen=True)

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "INR"
    energy_tariff_per_kwh: Annotated[Decimal, Field(ge=0)] | None = None
    income_tax_rate: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.25")
    exchange_rate_tolerance: Annotated[Decimal, Field(gt=0, lt=1)] = Decimal("0.2")
    cogs_method: Annotated[
        Literal["weighted_average", "period_cost", "standard"], BeforeValidator(not_renamed({"actual": "period_cost"}))
    ] = "weighted_average"
    revenue_basis: Literal["order_date", "requested_delivery_date", "first_shipment"] = "order_date"
    material_cost: Literal["gross", "net"] = "gross"


@cache
def settings() -> Settings:
    """The settings of this process.

    :raises pydantic.ValidationError: a variable has a value that is not allowed; the message names it.
    """
    return Settings()


def source_override(database: str) -> SourceOverride:
    """The settings of one source database that differ from those of all.

    :param database: its short name, such as ``erp``.
    """
    return SourceOverride(_env_prefix=f"POSTGRES_{database.upper()}_")


@cache
def business_rules() -> BusinessRules:
    """The business rules of this process.

    :raises pydantic.ValidationError: a variable has a value that is not allowed; the message names it.
    """
    return BusinessRules()
