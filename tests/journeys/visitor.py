"""People with a browser window each, watched: what a reader would never notice fails the journey all the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, WebError, expect

from tests.journeys.installation import RunningInstallation

PATIENCE = 30_000
"""Milliseconds that a page may take on a machine that is busy with other things."""
DESK = {"width": 1360, "height": 900}
LOCALES = {"en": "en-GB", "pl": "pl-PL"}
UNDRAWN = "figure[data-spec]:not([data-drawn])"
OF_THE_BROWSER = {"data", "blob", "about"}
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`content policy: ${event.violatedDirective} refused ${event.blockedURI} ${event.sourceFile || ""}`);
});
"""


@dataclass
class Watch:
    """What went wrong behind the page: errors in the console, refused content, requests that leave, failed answers."""

    address: str
    last_words: Callable[[], str]
    faults: list[str] = field(default_factory=list)
    expected: list[int] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._script)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # an answer of 400 or more is judged by its response, where it is known whether the test asked for it
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _script(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).scheme not in OF_THE_BROWSER and not request.url.startswith(f"{self.address}/"):
            self.faults.append(f"left the installation: {request.method} {request.url}")

    def _response(self, response: Response) -> None:
        if response.status < 400:
            return
        if response.request.is_navigation_request() and response.status in self.expected:
            self.expected.remove(response.status)
            return
        log = f"\n{self.last_words()}" if response.status >= 500 else ""
        self.faults.append(f"{response.status} for {response.request.method} {response.url}{log}")

    def check(self) -> None:
        assert not self.faults, "behind the page:\n" + "\n".join(self.faults)


@dataclass
class Visitor:
    """Somebody with a window of their own."""

    page: Page
    watch: Watch

    def open(self, path: str, *, status: int = 200) -> Page:
        """Go to a page of the installation, which has to answer with `status`."""
        if status >= 400:
            self.watch.expected.append(status)
        answer = self.page.goto(self.watch.address + path if path.startswith("/") else path)
        assert answer is not None and answer.status == status, f"{path} answered {answer and answer.status}"
        return self.page

    def settled(self) -> Page:
        """The page once its charts are drawn."""
        self.page.wait_for_selector(UNDRAWN, state="detached")
        return self.page

    @contextmanager
    def refused(self, status: int = 400) -> Iterator[None]:
        """The page that the block asks for has to be answered with this status."""
        self.watch.expected.append(status)
        with self.page.expect_response(lambda r: r.request.is_navigation_request() and r.status == status):
            yield
        self.page.wait_for_load_state()

    def path(self) -> str:
        return urlsplit(self.page.url).path

    def expect_heading(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)


@dataclass
class People:
    """Opens windows; whoever has signed in once need not type the password again."""

    installation: RunningInstallation
    browser: Browser
    states: dict[str, Any] = field(default_factory=dict)

    def visitor(self, email: str | None = None, *, language: str = "en", **wishes: Any) -> Visitor:
        """A new window, for the holder of an account or for somebody without one."""
        state = self._state_of(email) if email else None
        return self._window(storage_state=state, language=language, **wishes)

    def _window(self, *, language: str = "en", **wishes: Any) -> Visitor:
        wishes = {"viewport": DESK, "locale": LOCALES[language], "reduced_motion": "reduce"} | wishes
        context = self.browser.new_context(**wishes)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(REPORT_VIOLATIONS)
        watch = Watch(self.installation.address, self.installation.last_words)
        watch.over(context)
        return Visitor(context.new_page(), watch)

    def _state_of(self, email: str) -> Any:
        if email not in self.states:
            visitor = self._window()
            self.sign_in(visitor, email)
            self.states[email] = visitor.page.context.storage_state()
            visitor.watch.check()
            visitor.page.context.close()
        return self.states[email]

    def sign_in(self, visitor: Visitor, email: str) -> None:
        """Type address and password as a person does; Today opens."""
        page = visitor.open("/account/login/")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(self.password_of(email))
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        visitor.expect_heading("Today")

    def password_of(self, email: str) -> str:
        return str(self.installation.accounts[email]["password"])
