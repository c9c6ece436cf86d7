// A screen that nobody touches for days: a clock, a word when what it shows is old, and now and then a fresh start.
"use strict";
const STALE_MS = 75000;           // figures are asked for every 30 seconds at least
const FRESH_MS = 6 * 3600 * 1000; // a new version of the page is taken within so long
const board = document.getElementById("board");
const clock = document.getElementById("clock");
const stale = document.getElementById("stale");
const began = performance.now();
const time = new Intl.DateTimeFormat(document.documentElement.lang, {
  hour: "2-digit", minute: "2-digit", timeZone: board.dataset.zone,
});

async function startAfresh() {
  try {
    const answer = await fetch(board.dataset.liveFrom, { headers: { "Accept": "text/html" } });
    if (answer.ok) { window.location.reload(); }
  } catch { return; }
}

let tried = began;
function look() {
  const now = performance.now();
  // The clock of a demonstration is the server's.
  clock.textContent = board.dataset.times === "1" ? time.format(new Date()) : "";
  const old = now - Number(board.dataset.shownAt || began);
  const minutes = Math.floor(old / 60000);
  stale.hidden = old < STALE_MS;
  stale.textContent = stale.hidden ? "" : stale.dataset.said.replace("%", String(Math.max(1, minutes)));
  document.body.classList.toggle("is-stale", !stale.hidden);
  if (now - began > FRESH_MS && now - tried > 60000 && stale.hidden) { tried = now; startAfresh(); }
}
window.setInterval(look, 1000);
look();
