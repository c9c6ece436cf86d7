"""Writes what was found of the desk as one page, with what misses its goal first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.desk.pages import Timed
from benchmarks.machine import Machine

#: The goals: milliseconds of a page (p95), of a fragment, of a change until it is shown; bytes of a first load.
PAGE_MS, FRAGMENT_MS, LIVE_MS, FIRST_LOAD = 150, 500, 1_000, 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """So many browsers watched. ``ms`` is from the delivery of a miss to a browser that shows it, in order of length.

    ``share`` is of one core; ``words`` were told to browsers, who asked for ``parts``.
    """

    browsers: int
    events: int
    shown: int
    wanted: int
    ms: list[float]
    share: float
    resident_mb: float
    words: int
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """All that was found with so many calls. ``row``: milliseconds of one call by its id through the same door."""

    calls: int
    open_journeys: int
    pages: list[Timed]
    row: list[float]
    live: list[Live]
    idle: float
    peak_mb: float
    ready_s: float


def markdown(sizes: Sequence[Size], machine: Machine) -> str:
    """The page."""
    lines = [
        "# Measured desk",
        "",
        "Written by `python -m benchmarks.desk`; `docs/explanation/desk-speed.md` says how to read it.",
        "",
        machine.line + ".",
        "",
    ]
    if machine.busy:
        lines += ["**The machine was busy: times are too long, ratios and bytes can be compared.**", ""]
    for size in sizes:
        lines += _size(size)
    return "\n".join(lines).rstrip() + "\n"


def _size(size: Size) -> list[str]:
    row = quantile(size.row, 0.5)
    lines = [
        f"## {size.calls:,} calls, {size.open_journeys:,} open journeys",
        "",
        f"Ready and at rest {size.ready_s:.0f} s after the start; idle {size.idle:.1%} of a core; "
        f"at most {size.peak_mb:,.0f} MB. One call by its id through the same server: p50 {row:.1f} ms, "
        f"p95 {quantile(size.row, 0.95):.1f} ms; ratios are to that p50.",
        "",
    ]
    misses = [each for timed in size.pages for each in _missed(timed)]
    lines += ["Every goal is met." if not misses else "Beyond the goals: " + "; ".join(misses) + ".", ""]
    lines += [
        "| address | role | what | same data p50 / p95 / p99 ms | ÷ one row | data changed p50 / p95 ms | bytes "
        "| first load |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for each in sorted(size.pages, key=lambda each: (each.kind != "page", each.path, each.role)):
        same, changed = each.same, each.changed
        load = "" if each.first_load is None else f"{each.first_load:,}"
        lines.append(
            f"| `{each.path[:90].replace('|', '%7C')}` | {each.role} | {each.kind} "
            f"| {quantile(same, 0.5):.0f} / {quantile(same, 0.95):.0f} / {quantile(same, 0.99):.0f} "
            f"| {quantile(same, 0.5) / row:.1f} | {quantile(changed, 0.5):.0f} / {quantile(changed, 0.95):.0f} "
            f"| {each.sent:,} | {load} |"
        )
    lines += [""]
    if size.live:
        lines += [
            "| browsers | missed calls | shown | delivery to screen p50 / p99 ms | share of a core | MB | words "
            "| parts |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        lines += [
            f"| {each.browsers} | {each.events} | {each.shown:,} of {each.wanted:,} "
            f"| {quantile(each.ms, 0.5):,.0f} / {quantile(each.ms, 0.99):,.0f} | {each.share:.0%} "
            f"| {each.resident_mb:,.0f} | {each.words:,} | {each.parts:,} |"
            for each in size.live
        ]
        lines += [""]
    return lines


def _missed(timed: Timed) -> list[str]:
    """The goals that an address misses, in words."""
    most = PAGE_MS if timed.kind == "page" else FRAGMENT_MS
    worst = max(quantile(timed.same, 0.95), quantile(timed.changed, 0.95))
    found = [f"`{timed.path[:60]}` ({timed.role}) {worst:.0f} ms"] if worst >= most else []
    if timed.first_load is not None and timed.first_load >= FIRST_LOAD:
        found.append(f"`{timed.path[:60]}` {timed.first_load:,} bytes")
    return found


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which ``share`` of them lie."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
