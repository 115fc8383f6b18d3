"""Looks at the page in a browser, as one person sees it: a number of questions in; waiting times, weight and shifts out.

    python evals/bench/page_speed.py [--questions 30] [--home FOLDER] [--browser FILE] [--json]

Serves the page in a process of its own and opens it with Chromium at 1280 and at 375 pixels. Times are the browser's own.

    visible_*_s     from the navigation until the first visit can be read: the first ever of this server, one with an empty
                    cache, and one with what the browser kept
    requests, kb    of the load with an empty cache; kB (10^3 bytes) as they are sent, with headers
    feedback_*_ms   from Enter to the next picture after the line that says what is being done
    answer_*_ms     from Enter to the next picture after the answer
    shift_*         cumulative layout shift on load and while asking, as browsers count: the worst five seconds, without
                    what follows a key or a click within half a second; shift_*_all is the plain sum of every shift
    foreign         requests to anywhere else;  complaints  errors and warnings of the console

Exit 1 where a load takes 2 s, the median of the first feedback 300 ms, a shift is 0.1 or more, or anything is foreign or
complained of. Needs Chromium.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from coach.privacy import silence_libraries
from evals.bench.page_load import write_scripts
from evals.serving import find_percentile, serve

WIDTHS = (1280, 375)
LONGEST_LOAD, LONGEST_FEEDBACK_MS, MOST_SHIFT = 2.0, 300.0, 0.1
# Without these Chromium calls home by itself, and what the page does could not be told from that.
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_WATCH = """
(() => {
  const seen = window.seen = { shift: 0, all: 0, worst: 0, who: "", visible: 0, asked: 0, first: 0, answer: 0, count: 0 };
  let begun = -9e9, last = -9e9, moved = 0;
  const name = (node) => node && (node.id ? "#" + node.id : node.className ? "." + node.className : node.nodeName);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      seen.all += entry.value;
      if (entry.hadRecentInput) continue;
      const goesOn = entry.startTime - last < 1000 && entry.startTime - begun < 5000;
      if (!goesOn) begun = entry.startTime;
      last = entry.startTime;
      moved = (goesOn ? moved : 0) + entry.value;
      seen.shift = Math.max(seen.shift, moved);
      if (entry.value > seen.worst) {
        seen.worst = entry.value;
        seen.who = entry.sources.map((one) => name(one.node)).join(", ");
      }
    }
  }).observe({ type: "layout-shift", buffered: true });
  const note = (which) => {
    seen[which] = -1;
    requestAnimationFrame(() => { seen[which] = performance.now(); });
  };
  const look = () => {
    if (!seen.visible && document.querySelector(".intro, .exchange")) note("visible");
    if (!seen.asked) return;
    const waiting = document.querySelector(".exchange.waiting");
    const count = document.querySelectorAll("article.exchange").length;
    if (!seen.first && (waiting || count > seen.count)) note("first");
    if (!seen.answer && !waiting && count > seen.count) note("answer");
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
  addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches("#question textarea")) return;
    seen.count = document.querySelectorAll("article.exchange").length;
    seen.first = seen.answer = 0;
    seen.asked = performance.now();
  }, true);
})();
"""
_WEIGHT = """
() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .reduce((sum, one) => [sum[0] + 1, sum[1] + one.transferSize], [0, 0])
"""

Figures = dict[str, float]


@dataclass(slots=True)
class Seen:
    """What one width showed."""

    figures: Figures = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    shifted: list[str] = field(default_factory=list)
    """What moved most."""


def main() -> int:
    """Serve, look, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=30)
    parser.add_argument("--home", type=Path, help="a library that is there")
    parser.add_argument("--browser", default=shutil.which("chromium") or shutil.which("google-chrome"))
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    arguments = parser.parse_args()
    if not arguments.browser:
        sys.stderr.write("Nothing to look with: install Debian's package chromium, or name a browser with --browser.\n")
        return 1
    silence_libraries()
    with serve(arguments.home) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.browser, args=list(_QUIET))
        results = {width: look_at(browser, served.address, width, arguments.questions) for width in WIDTHS}
        browser.close()
    if arguments.json:
        sets = {f"{width} pixels": {"product": seen.figures} for width, seen in results.items()}
        print(json.dumps({"sets": sets}))
    else:
        for width, seen in results.items():
            show(width, seen)
    return 0 if all(not list_missed(seen.figures) for seen in results.values()) else 1


def look_at(browser: Browser, address: str, width: int, questions: int) -> Seen:
    """All that is measured at one width."""
    seen = Seen()
    for name in ("first", "empty_cache"):
        # The first of a server is its own; then once more, as everybody after it has it.
        with open_context(browser, width) as context:
            page = open_page(context, address, seen)
            seen.figures[f"visible_{name}_s"] = read_seconds(page)
            if name == "first":
                continue
            requests, size = page.evaluate(_WEIGHT)
            seen.figures |= {"requests": requests, "kb": size / 1000}
            page.wait_for_timeout(500)
            note_shifts(page, seen, "load")
            page.close()
            page = open_page(context, address, seen)
            seen.figures["visible_kept_s"] = read_seconds(page)
            seen.figures |= ask_all(page, questions, seen)
    seen.figures |= {"foreign": len(seen.foreign), "complaints": len(seen.complaints)}
    seen.figures = {key: round(value, 4) for key, value in seen.figures.items()}
    return seen


def open_context(browser: Browser, width: int) -> BrowserContext:
    """A browser that has seen nothing yet."""
    context = browser.new_context(viewport={"width": width, "height": 900 if width > 600 else 667})
    context.add_init_script(_WATCH)
    return context


def open_page(context: BrowserContext, address: str, seen: Seen) -> Page:
    """The page as it is first shown; what it asks of others and complains of is noted."""
    page = context.new_page()

    def note_request(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            seen.foreign.append(request.url)

    def note_complaint(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            seen.complaints.append(message.text)

    page.on("request", note_request)
    page.on("console", note_complaint)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.goto(address)
    page.wait_for_function("window.seen.visible > 0")
    return page


def read_seconds(page: Page) -> float:
    """Until the first visit could be read."""
    return float(page.evaluate("window.seen.visible")) / 1000


def note_shifts(page: Page, seen: Seen, name: str) -> None:
    """What moved since the last time, and what moved most."""
    found: Mapping[str, Any] = page.evaluate("({ ...window.seen })")
    page.evaluate("Object.assign(window.seen, { shift: 0, all: 0, worst: 0, who: '' })")
    seen.figures |= {f"shift_{name}": found["shift"], f"shift_{name}_all": found["all"]}
    if found["worst"]:
        seen.shifted.append(f"{name}: {found['worst']:.4f} {found['who']}")


def ask_all(page: Page, count: int, seen: Seen) -> Figures:
    """Waiting times over some questions."""
    page.wait_for_timeout(500)
    page.evaluate("Object.assign(window.seen, { shift: 0, all: 0, worst: 0, who: '' })")
    times = list(ask_each(page, islice(write_scripts(1)[0], count)))
    page.wait_for_timeout(500)
    note_shifts(page, seen, "asking")
    figures: Figures = {}
    for place, name in enumerate(("feedback", "answer")):
        values = [one[place] for one in times]
        parts = {"p50": 50, "p95": 95, "max": 100}
        figures |= {f"{name}_{part}_ms": find_percentile(values, percent) for part, percent in parts.items()}
    return figures


def ask_each(page: Page, questions: Iterator[tuple[str, bool]]) -> Iterator[tuple[float, float]]:
    """Milliseconds to the first feedback and to the answer, for each question."""
    for question, is_new in questions:
        page.wait_for_timeout(300)  # the end of an event comes a little after its last picture, and nobody asks so soon
        if is_new and page.locator("article.exchange").count():
            begin_anew(page)
        page.fill("#question textarea", question)
        page.press("#question textarea", "Enter")
        page.wait_for_function("window.seen.answer > 0")
        first, answer = page.evaluate("[window.seen.first - window.seen.asked, window.seen.answer - window.seen.asked]")
        yield float(first), float(answer)


def begin_anew(page: Page) -> None:
    """Press "New conversation", on a narrow page in its drawer."""
    narrow = page.locator("[data-drawer]").is_visible()
    if narrow:
        page.click("[data-drawer]")
    page.click("#fresh")
    page.wait_for_selector(".intro")
    if narrow:
        page.keyboard.press("Escape")


# --- output ---------------------------------------------------------------------------------------------------------


def list_missed(figures: Figures) -> list[str]:
    """The figures that are not as they have to be."""
    limits = {
        "visible_first_s": LONGEST_LOAD,
        "visible_empty_cache_s": LONGEST_LOAD,
        "visible_kept_s": LONGEST_LOAD,
        "feedback_p50_ms": LONGEST_FEEDBACK_MS,
        "shift_load": MOST_SHIFT,
        "shift_asking": MOST_SHIFT,
        "foreign": 1,
        "complaints": 1,
    }
    return [name for name, limit in limits.items() if figures[name] >= limit]


def show(width: int, seen: Seen) -> None:
    """Print what one width showed."""
    print(f"{width} pixels")
    missed = list_missed(seen.figures)
    for name, value in seen.figures.items():
        print(f"  {name:<24}{value:>12,.3f}{'  MISSED' if name in missed else ''}")
    for line in [*seen.shifted, *seen.foreign, *seen.complaints]:
        print(f"  ! {line}")


if __name__ == "__main__":
    sys.exit(main())
