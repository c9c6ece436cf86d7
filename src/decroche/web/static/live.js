// Keeps a page up to date: asks for its moving part again when the server says that something changed.
"use strict";
const place = document.querySelector("[data-live-from]");
const light = document.getElementById("connection");
const said = document.getElementById("said");
const times = Number(place.dataset.times || 1);
const LOST_MS = 40000;     // the server gives a sign of life every 15 seconds
const SAY_MS = 20000;      // a screen reader is told the counts no more often
let shown = new Map();     // the parts by id, as the server wrote them
let asking = false;
let again = false;
let live = false;
let shownAt = performance.now();
let heardAt = performance.now();
let saidAt = -SAY_MS;
let changes;

async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch(place.dataset.liveFrom, { headers: { "Accept": "text/html" } });
    if (answer.redirected) { window.location.reload(); return; }
    if (answer.ok) { show(await answer.text()); }
  } catch { tell(false); }
  asking = false;
  if (again) { again = false; window.setTimeout(refresh, 300); }
}

// Replaces what is different, and nothing else: whoever reads, scrolls or selects in the rest is left alone.
function show(text) {
  const fresh = document.createElement("template");
  fresh.innerHTML = text;
  const focused = document.activeElement?.id;
  for (const part of [...fresh.content.children]) {
    const written = part.outerHTML;
    const old = document.getElementById(part.id);
    if (!old || shown.get(part.id) === written) { continue; }
    old.replaceWith(part);
    shown.set(part.id, written);
  }
  if (focused && document.activeElement?.id !== focused) { document.getElementById(focused)?.focus(); }
  shownAt = performance.now();
  tick();
  speak();
}

function speak() {
  const text = place.querySelector("[data-said]")?.dataset.said;
  if (said && text && text !== said.textContent && performance.now() - saidAt > SAY_MS) {
    said.textContent = text;
    saidAt = performance.now();
  }
}

function tell(connected) {
  live = connected;
  light.textContent = live ? light.dataset.live : light.dataset.lost;
  light.className = live ? "good" : "bad";
}

// The seconds are the server's: the clock of this machine may be wrong.
function tick() {
  const passed = (performance.now() - shownAt) / 1000 * times;
  for (const time of place.querySelectorAll("[data-seconds]")) {
    const seconds = Math.floor(Number(time.dataset.seconds) + passed);
    time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

function listen() {
  heardAt = performance.now();
  changes = new EventSource(place.dataset.liveWhen);
  changes.onopen = () => { heard(); refresh(); };
  changes.onmessage = () => { heard(); refresh(); };
  changes.addEventListener("alive", heard);
  changes.onerror = () => tell(false);
}

function heard() {
  heardAt = performance.now();
  if (!live) { tell(true); }
}

function watch() {
  if (changes.readyState === EventSource.CLOSED || performance.now() - heardAt > LOST_MS) {
    tell(false);
    changes.close();
    listen();
  }
}

listen();
tick();
window.setInterval(() => { if (live) { tick(); speak(); } }, 1000);
window.setInterval(watch, 5000);
window.setInterval(() => { if (live) { refresh(); } }, Number(place.dataset.every || 30) * 1000);
