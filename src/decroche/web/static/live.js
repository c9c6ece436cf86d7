// Keeps pages up to date and honest: moving parts are asked for again when the server says that something changed, and
// whoever is not connected is told. A part of a page that moves is marked by attributes:
//   data-live-from="/address"  where the part comes from; each element at its top has an id
//   data-live-when="/address"  the server's word that something changed, or the changed part itself (server-sent events)
//   data-every="30"            seconds after which it is asked for even so
//   data-age="0"               how many seconds old what it shows is; X-Age says it of what is asked for
//   data-times="1"             how much faster than ours the clock of a demonstration is
// Within it, data-seconds="65" counts on from there, and data-said="…" is what a screen reader is told now and then.
"use strict";
const LOST_MS = 40000;     // the server gives a sign of life every 15 seconds
const SAY_MS = 20000;      // a screen reader is told the counts no more often
const AWAY_MS = 10000;     // a page that nobody looks at lets go of its line: a browser has six for each server
const AGAIN_MS = 5000;    // what could not be fetched is asked for again after that
const light = document.getElementById("connection");
const said = document.getElementById("said");
const offline = document.getElementById("offline");
const lines = new Map();   // by the address of the events
let saidAt = -SAY_MS;
let looking;

class Part {
  constructor(place) {
    this.place = place;
    this.times = Number(place.dataset.times || 1);
    this.shown = new Map();  // the elements by id, as the server wrote them
    this.asking = false;
    this.again = false;
    this.note(place.dataset.age);
    this.line = lineOf(place.dataset.liveWhen);
    this.line.parts.push(this);
    this.tick();
    window.setInterval(() => { if (this.line.live) { this.tick(); this.speak(); } }, 1000);
    window.setInterval(() => { if (this.line.live) { this.refresh(); } }, Number(place.dataset.every || 30) * 1000);
  }

  async refresh() {
    if (this.asking) { this.again = true; return; }
    this.asking = true;
    const askedAt = performance.now();
    try {
      const answer = await fetch(this.place.dataset.liveFrom, { headers: { "Accept": "text/html" } });
      if (answer.redirected) { window.location.reload(); return; }
      const text = await answer.text();
      // What was sent meanwhile is newer.
      if (answer.ok && !(this.sentAt > askedAt)) { this.show(text, answer.headers.get("X-Age")); }
    } catch { this.line.tell(false); }
    this.asking = false;
    if (this.again) { this.again = false; window.setTimeout(() => this.refresh(), 300); }
  }

  // The server sent the part: how many seconds old it is stands in the first line.
  take(message) {
    const end = message.indexOf("\n");
    this.sentAt = performance.now();
    this.show(message.slice(end + 1), message.slice(0, end));
  }

  // Replaces what is different, and nothing else: whoever reads, scrolls, selects or types in the rest is left alone.
  show(text, age) {
    const fresh = document.createElement("template");
    fresh.innerHTML = text;
    const focused = document.activeElement?.id;
    for (const part of [...fresh.content.children]) {
      const written = part.outerHTML;
      const old = document.getElementById(part.id);
      if (!old || this.shown.get(part.id) === written || inUse(old)) { continue; }
      for (const each of old.querySelectorAll("details[open][id]")) {
        part.querySelector(`#${CSS.escape(each.id)}`)?.setAttribute("open", "");
      }
      old.replaceWith(part);
      this.shown.set(part.id, written);
      window.htmx?.process(part);
    }
    if (focused && document.activeElement?.id !== focused) { document.getElementById(focused)?.focus(); }
    this.note(age);
    this.tick();
    this.speak();
  }

  // When what is shown was true.
  note(age) {
    this.shownAt = performance.now() - Number(age || 0) * 1000;
    this.place.dataset.shownAt = String(Math.round(this.shownAt));
  }

  // The seconds are the server's: the clock of this machine may be wrong.
  tick() {
    const passed = (performance.now() - this.shownAt) / 1000 * this.times;
    for (const time of this.place.querySelectorAll("[data-seconds]")) {
      const seconds = Math.floor(Number(time.dataset.seconds) + passed);
      time.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }
  }

  speak() {
    const text = this.place.querySelector("[data-said]")?.dataset.said;
    if (said && text && text !== said.textContent && performance.now() - saidAt > SAY_MS) {
      said.textContent = text;
      saidAt = performance.now();
    }
  }
}

// Somebody types in it, is being asked something in it, or listens to something in it.
function inUse(element) {
  const active = document.activeElement;
  const typing = element.contains(active) && active.matches("input:not([type=checkbox], [type=radio]), textarea, select");
  const listening = [...element.querySelectorAll("audio")].some((sound) => !sound.paused);
  return typing || listening || element.querySelector("[popover]:popover-open") !== null;
}

class Line {
  constructor(address) {
    this.address = address;
    this.parts = [];
    this.live = false;
    this.listen();
    window.setInterval(() => this.watch(), 5000);
  }

  listen() {
    this.heardAt = performance.now();
    this.changes = new EventSource(this.address);
    this.changes.onopen = () => { this.heard(); this.refresh(); };
    this.changes.onmessage = () => { this.heard(); this.refresh(); };
    this.changes.addEventListener("part", (event) => { this.heard(); for (const part of this.parts) { part.take(event.data); } });
    this.changes.addEventListener("alive", () => this.heard());
    this.changes.onerror = () => this.tell(false);
  }

  refresh() { for (const part of this.parts) { part.refresh(); } }

  heard() {
    this.heardAt = performance.now();
    if (!this.live) { this.tell(true); }
  }

  watch() {
    if (this.changes && (this.changes.readyState === EventSource.CLOSED || performance.now() - this.heardAt > LOST_MS)) {
      this.tell(false);
      this.changes.close();
      this.listen();
    }
  }

  leave() { this.changes?.close(); this.changes = null; }

  comeBack() { if (!this.changes) { this.listen(); } }

  tell(connected) {
    this.live = connected;
    if (!light) { return; }
    const all = [...lines.values()].every((line) => line.live || line === this && connected);
    light.textContent = all ? light.dataset.live : light.dataset.lost;
    light.classList.toggle("good", all);
    light.classList.toggle("bad", !all);
  }
}

function lineOf(address) {
  if (!lines.has(address)) { lines.set(address, new Line(address)); }
  return lines.get(address);
}

function reached(isReached) {
  if (!offline) { return; }
  window.clearTimeout(looking);
  if (!isReached) { looking = window.setTimeout(lookAgain, AGAIN_MS); }
  if (offline.hidden === isReached) { return; }
  offline.textContent = isReached ? "" : offline.dataset.said;
  offline.hidden = isReached;
}

// What failed may have been on its way while the connection came back: nobody is told for long that they are offline.
async function lookAgain() {
  try {
    await fetch(document.querySelector("link[rel=icon]").href, { cache: "no-store" });
    reached(true);
  } catch { reached(false); }
}

// A part that is still awaited when the server is not reached comes once it is: nobody has to load the page anew.
function askAgain(place) {
  if (!place?.matches(".loading[hx-get]")) { return; }
  window.setTimeout(() => {
    if (!place.isConnected) { return; }
    const swap = place.getAttribute("hx-swap") || "innerHTML";
    window.htmx.ajax("GET", place.getAttribute("hx-get"), { source: place, target: place, swap });
  }, AGAIN_MS);
}

let away;
document.addEventListener("visibilitychange", () => {
  window.clearTimeout(away);
  if (document.hidden) {
    away = window.setTimeout(() => { for (const line of lines.values()) { line.leave(); } }, AWAY_MS);
  } else {
    for (const line of lines.values()) { line.comeBack(); }
  }
});
window.addEventListener("offline", () => reached(false));
window.addEventListener("online", () => reached(true));
document.addEventListener("htmx:sendError", (event) => { reached(false); askAgain(event.detail.elt); });
document.addEventListener("htmx:timeout", (event) => { reached(false); askAgain(event.detail.elt); });
document.addEventListener("htmx:responseError", (event) => { if (event.detail.xhr.status >= 500) { askAgain(event.detail.elt); } });
// What was on its way when the connection went does not say that it is back.
document.addEventListener("htmx:afterOnLoad", () => { if (navigator.onLine) { reached(true); } });
for (const place of document.querySelectorAll("[data-live-from]")) { new Part(place); }
