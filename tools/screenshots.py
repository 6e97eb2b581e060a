"""Take a picture of every page of a running installation, wide and narrow, light and dark.

    make screenshots ARGS="http://127.0.0.1:8000 --email E --password P --out DIR"
    make screenshots ARGS="http://127.0.0.1:8000 --readme docs/hansa.png"

Pages are named here once; the tests of accessibility walk the same list.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from hansa.site.ops.browser import find

PAGES = {
    "today": "/",
    "search": "/search/?q=wood",
    "map": "/evidence/",
    "regions": "/evidence/regions/",
    "region": "/evidence/regions/PL84/",
    "domains": "/evidence/domains/",
    "domain": "/evidence/domains/16/",
    "data": "/evidence/data/",
    "priorities": "/priorities/",
    "priority": "/priorities/P-1/",
    "runs": "/priorities/runs/",
    "run": "/priorities/runs/1/",
    "steps": "/priorities/steps/",
    "compare-runs": "/priorities/runs/compare/",
    "verification": "/priorities/steps/verify/",
    "verification-of-one": "/priorities/steps/verify/1/",
    "ratings": "/priorities/steps/refine/",
    "ratings-of-one": "/priorities/steps/refine/1/",
    "trends": "/priorities/steps/trends/",
    "new-trend": "/priorities/steps/trends/new/",
    "potential": "/priorities/steps/assess/",
    "criteria": "/priorities/steps/assess/criteria/1/",
    "step-rule": "/priorities/steps/assess/rule/1/",
    "new-run": "/priorities/runs/new/",
    "documents": "/priorities/documents/",
    "write-document": "/priorities/documents/run/1/strategy/",
    "consultations": "/priorities/consultations/",
    "new-consultation": "/priorities/consultations/new/",
    "move": "/priorities/P-1/rename/",
    "plan": "/priorities/plan/",
    "new-action": "/priorities/plan/new/action/?priority=1",
    "new-indicator": "/priorities/plan/new/indicator/?priority=1",
    "budget": "/priorities/plan/budget/",
    "indicators": "/priorities/plan/indicators/",
    "codes": "/priorities/plan/indicators/codes/",
    "risks": "/priorities/plan/risks/",
    "governance": "/priorities/plan/governance/",
    "vision": "/priorities/plan/vision/",
    "reviews": "/priorities/reviews/",
    "plan-review": "/priorities/reviews/new/",
    "recommendations": "/priorities/recommendations/",
    "recommend": "/priorities/recommendations/new/",
    "merge": "/priorities/P-1/merge/",
    "split": "/priorities/P-2/split/",
    "regional-priorities": "/priorities/sets/regional/",
    "new-regional-priority": "/priorities/sets/regional/new/",
    "import-regional-priorities": "/priorities/sets/regional/import/",
    "strategies": "/priorities/sets/strategies/",
    "new-strategy": "/priorities/sets/strategies/new/",
    "common-sets": "/priorities/sets/",
    "themes": "/priorities/sets/themes/",
    "theme": "/priorities/sets/themes/theme/bioeconomy/",
    "new-theme": "/priorities/sets/themes/new/",
    "who-shares": "/priorities/sets/shares/",
    "exercise-2021": "/priorities/sets/2021/",
    "requests": "/brokerage/",
    "new-request": "/brokerage/new/?priority=P-01",
    "find": "/brokerage/find/",
    "searches": "/brokerage/searches/",
    "cases": "/brokerage/cases/",
    "clients": "/brokerage/clients/",
    "new-client": "/brokerage/clients/new/?q=un",
    "diagnoses": "/brokerage/diagnoses/",
    "to-review": "/brokerage/reviews/",
    "matches-inbox": "/brokerage/introductions/inbox/",
    "board": "/brokerage/board/?whose=all",
    "tasks": "/brokerage/worklist/tasks/",
    "outcomes": "/brokerage/worklist/outcomes/",
    "brokers": "/brokerage/brokers/",
    "plan-absence": "/brokerage/brokers/absences/new/",
    "handovers": "/brokerage/brokers/handovers/",
    "support": "/catalogue/",
    "new-support": "/catalogue/support/new/",
    "teams": "/brokerage/teams/",
    "new-team": "/brokerage/teams/new/",
    "partnership": "/partnership/",
    "organisations": "/partnership/organisations/",
    "people": "/partnership/people/",
    "invite": "/partnership/people/invite/",
    "audit": "/partnership/audit/",
    "tokens": "/partnership/tokens/",
    "rules": "/partnership/rules/",
    "set-rule": "/partnership/rules/brokerage.review_publish_from/",
    "privacy": "/partnership/privacy/",
    "row-changes": "/partnership/audit/rows/",
    "person-data": "/partnership/people/1/data/",
    "monitoring": "/monitoring/",
    "monitoring-rows": "/monitoring/requests/",
    "exposure": "/monitoring/exposure/",
    "lift": "/monitoring/exposure/lift/",
    "weights": "/monitoring/exposure/weights/",
    "api": "/api/",
    "sign-in": "/account/login/",
    "forgotten": "/account/password/reset/",
    "welcome": "/",
    "news": "/partnership/notices/",
    "news-choices": "/partnership/notices/how/",
    "undelivered": "/partnership/notices/undelivered/",
    "calendar": "/partnership/calendar/",
    "webhooks": "/partnership/webhooks/",
    "new-webhook": "/partnership/webhooks/new/",
}
PUBLIC = {"sign-in", "forgotten", "welcome"}
WIDTHS = {"wide": 1360, "narrow": 360}
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium: the system's where there is one, else Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=[*QUIET, "--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    page.goto(f"{address}/account/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.click("main form button")
    page.wait_for_load_state()


def settle(page: Page) -> None:
    """Wait until the charts are drawn, or said that they cannot be."""
    page.wait_for_load_state("networkidle")
    # a selector, not a function: the content policy forbids the page to evaluate one
    page.wait_for_selector("figure[data-spec]:not([data-drawn])", state="detached")


def pictures(address: str, out: Path, pages: dict[str, str], email: str, password: str, language: str) -> list[str]:
    """Write the pictures; return the names of pages that are wider than the window."""
    out.mkdir(parents=True, exist_ok=True)
    overflowing = []
    with chromium() as browser:
        for width_name, width in WIDTHS.items():
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language
                )
                page = context.new_page()
                if email:
                    sign_in(page, address, email, password)
                for name, path in pages.items():
                    if name in PUBLIC:
                        context.clear_cookies()
                    page.goto(address + path)
                    settle(page)
                    page.screenshot(path=out / f"{name}-{width_name}-{scheme}.png", full_page=True)
                    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"):
                        overflowing.append(f"{name}-{width_name}")
                context.close()
    return sorted(set(overflowing))


def readme_picture(address: str, email: str, password: str, target: Path) -> None:
    """The picture in the README: the first screen of a region."""
    with chromium() as browser:
        page = browser.new_context(viewport={"width": 1360, "height": 900}, locale="en").new_page()
        if email:
            sign_in(page, address, email, password)
        page.goto(address + PAGES["region"])
        settle(page)
        page.screenshot(path=target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--email", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--out", type=Path, default=Path("build/screenshots"))
    parser.add_argument("--language", default="en")
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--readme", type=Path, help="only the picture of the README, for example docs/hansa.png")
    given = parser.parse_args()
    if given.readme:
        readme_picture(given.address, given.email, given.password, given.readme)
        sys.stdout.write(f"{given.readme}\n")
        return 0
    pages = {name: path for name, path in PAGES.items() if not given.only or name in given.only}
    overflowing = pictures(given.address, given.out, pages, given.email, given.password, given.language)
    sys.stdout.write(f"{len(pages)} pages in {given.out}\n")
    if overflowing:
        sys.stdout.write(f"wider than the window: {', '.join(overflowing)}\n")
    return 1 if overflowing else 0


if __name__ == "__main__":
    raise SystemExit(main())
