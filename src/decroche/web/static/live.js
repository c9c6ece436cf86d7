// Keeps the moving part of the page up to date: asks for it again when the server says that something changed.
"use strict";
const place = document.querySelector("[data-live-from]");
const light = document.getElementById("connection");
let asking = false;
let again = false;

async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch(place.dataset.liveFrom, { headers: { "Accept": "text/html" } });
    if (answer.redirected) { window.location.reload(); return; }
    if (answer.ok) {
      const focused = document.activeElement && document.activeElement.id;
      place.innerHTML = await answer.text();
      if (focused) { document.getElementById(focused)?.focus(); }
      tick();
    }
  } catch { say(false); }
  asking = false;
  if (again) { again = false; window.setTimeout(refresh, 300); }
}

function say(live) {
  light.textContent = live ? light.dataset.live : light.dataset.lost;
  light.className = live ? "good" : "bad";
}

function tick() {
  for (const shown of place.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(shown.dataset.since)) / 1000));
    shown.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
}

const changes = new EventSource(place.dataset.liveWhen);
changes.onopen = () => { say(true); refresh(); };
changes.onerror = () => say(false);
changes.onmessage = refresh;
window.setInterval(tick, 1000);
window.setInterval(refresh, 30000);
tick();
