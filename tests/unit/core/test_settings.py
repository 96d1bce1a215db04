"""Settings: one validated place, all of it in .env.example."""

import re

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from genims.core.paths import ROOT
from genims.core.settings import BusinessRules, Settings, SourceOverride, source_override
from genims.core.sources import SOURCES

EXAMPLE = (ROOT / ".env.example").read_text()
LISTED = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def every_setting() -> dict[str, object]:
    """Name and default of every variable that the package reads."""
    settings = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    rules = {f"GENIMS_{name.upper()}": field.default for name, field in BusinessRules.model_fields.items()}
    return settings | rules


def test_env_example_lists_every_setting_and_no_other():
    of_compose = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yaml").read_text()))
    assert set(LISTED) == set(every_setting()) | of_compose


def test_env_example_shows_the_defaults(monkeypatch):
    for name, value in LISTED.items():
        monkeypatch.setenv(name, value)
    shown = {name.upper(): value for name, value in Settings().model_dump().items()}
    shown |= {f"GENIMS_{name.upper()}": value for name, value in BusinessRules().model_dump().items()}
    assert shown == every_setting()


def test_every_override_of_a_source_is_explained():
    for field in SourceOverride.model_fields:
        assert f"# POSTGRES_ERP_{field.upper()}=" in EXAMPLE
    listing = EXAMPLE[EXAMPLE.index("What differs for one database alone") :].partition("\n#\n")[0]
    assert all(database.upper() in listing for database in SOURCES)


def test_one_source_may_differ(monkeypatch):
    monkeypatch.setenv("POSTGRES_ERP_HOST", "erp.example.com")
    assert source_override("erp").host == "erp.example.com"
    assert source_override("crm").host is None


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("POSTGRES_PORT", "0"),
        ("POSTGRES_SSLMODE", "yes"),
        ("MYSQL_REPORTING_DB", "x; DROP DATABASE y"),
        ("MYSQL_SSL_MODE", "PREFERRED"),
        ("GENIMS_TIMEZONE", "Mars/Olympus"),
        ("GENIMS_DUCKDB_MEMORY", "plenty"),
        ("GENIMS_DUCKDB_THREADS", "0"),
        ("GENIMS_AUDIT_RUN_MINUTES", "0"),
        ("GENIMS_AUDIT_SHARDS", "erp;payroll"),
        ("GENIMS_AUDIT_SHARDS", "erp,crm;erp"),
    ],
)
def test_a_bad_value_is_refused_by_name(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError, match=variable.lower()):
        Settings()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("GENIMS_INCOME_TAX_RATE", "25"), ("GENIMS_COGS_METHOD", "guess"), ("GENIMS_CURRENCY", "rupees")],
)
def test_a_bad_business_rule_is_refused_by_name(monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError, match=variable.removeprefix("GENIMS_").lower()):
        BusinessRules()


def test_a_renamed_business_rule_says_its_new_name(monkeypatch):
    monkeypatch.setenv("GENIMS_COGS_METHOD", "actual")
    with pytest.raises(ValidationError, match="'actual' is called 'period_cost' now"):
        BusinessRules()


def test_a_password_shows_nowhere(monkeypatch):
    monkeypatch.setenv("POSTGRES_PASSWORD", "tell-no-one")
    assert "tell-no-one" not in repr(Settings())


def test_a_password_may_stand_in_a_file(monkeypatch, tmp_path):
    for name, text in {"all": "of all:'\"\n", "erp": "of ERP"}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.delenv("POSTGRES_PASSWORD", raising=False)
    monkeypatch.setenv("POSTGRES_PASSWORD_FILE", str(tmp_path / "all"))
    monkeypatch.setenv("POSTGRES_ERP_PASSWORD_FILE", str(tmp_path / "erp"))
    assert Settings().postgres_password.get_secret_value() == "of all:'\""
    assert source_override("erp").password.get_secret_value() == "of ERP"
    assert source_override("crm").password is None
    monkeypatch.setenv("POSTGRES_PASSWORD", "nearer")
    assert Settings().postgres_password.get_secret_value() == "nearer"


def test_a_password_file_that_is_gone_is_named(monkeypatch):
    monkeypatch.setenv("MYSQL_AUDIT_PASSWORD_FILE", "/run/secrets/gone")
    with pytest.raises(SettingsError, match="mysql_audit_password") as refusal:
        Settings()
    assert "/run/secrets/gone" in str(refusal.value.__cause__)


@pytest.mark.parametrize("value", ["genims_audit_db\n", "genims\u202edb"])
def test_a_name_with_unseen_characters_is_refused(monkeypatch, value):
    monkeypatch.setenv("MYSQL_AUDIT_DB", value)
    with pytest.raises(ValidationError):
        Settings()
