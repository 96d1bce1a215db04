"""What an operator sees: from the grid to a table's task, its log and its SQL. Screenshots are kept."""

import pytest
from playwright.sync_api import sync_playwright

from genims.core.paths import ROOT

CHROMIUM = "/usr/bin/chromium"
SCREENSHOTS = ROOT / ".local" / "screenshots"
TABLE = "production_summary_daily"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def page(stack):
    """A browser signed in as the operator."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 1500, "height": 1100})
        page.set_default_timeout(30_000)
        page.goto(stack.env["STACK_UI_URL"])
        page.get_by_label("Username").fill("operator")
        page.get_by_label("Password").fill(stack.env["STACK_OPERATOR_PASSWORD"])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/auth/login" not in url)
        yield page
        browser.close()


def test_an_operator_finds_a_table_in_the_grid(stack, filled, page):
    page.goto(f"{stack.env['STACK_UI_URL']}/dags/reporting_sync/runs/{filled}")
    page.get_by_role("button", name="Expand all").first.click()
    task = page.get_by_text(TABLE).first
    task.wait_for()
    page.screenshot(path=SCREENSHOTS / "grid.png")
    for category in ("performance", "sales", "financial", "inventory"):
        assert page.get_by_text(category, exact=True).first.is_visible()


def test_and_reads_its_log(stack, filled, page):
    page.goto(f"{stack.env['STACK_UI_URL']}/dags/reporting_sync/runs/{filled}/tasks/{TABLE}")
    page.get_by_text("Published", exact=False).first.wait_for()
    page.screenshot(path=SCREENSHOTS / "log.png")


def test_and_the_sql_that_ran(stack, filled, page):
    page.goto(f"{stack.env['STACK_UI_URL']}/dags/reporting_sync/runs/{filled}/tasks/{TABLE}/rendered_templates")
    page.get_by_text("work_orders", exact=False).first.wait_for()
    page.screenshot(path=SCREENSHOTS / "sql.png", full_page=True)
