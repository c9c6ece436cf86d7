// Keys for those who work through the list: each does what a button or a link marked data-key="…" does, nothing else.
// Nobody needs them, and they can be switched off (the box in the help), for whoever dictates or hits keys by chance.
"use strict";
(() => {
  const KEPT = "decroche-keys";
  const box = document.getElementById("keys-on");
  const said = document.getElementById("said");

  function wanted() {
    try { return window.localStorage.getItem(KEPT) !== "off"; } catch { return true; }
  }

  function keep(on) {
    try { window.localStorage.setItem(KEPT, on ? "on" : "off"); } catch { /* it holds for this page */ }
  }

  function typing(element) {
    return element?.matches?.("input:not([type=checkbox], [type=radio]), textarea, select") ?? false;
  }

  function seen(element) { return element.getClientRects().length > 0; }

  function items() { return [...document.querySelectorAll("[data-item] [data-open]")].filter(seen); }

  function move(by) {
    const all = items();
    if (!all.length) { return false; }
    const now = all.findIndex((each) => each.closest("[data-item]").contains(document.activeElement));
    const next = now < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, now + by));
    all[next].focus();
    all[next].closest("[data-item]").scrollIntoView({ block: "nearest" });
    return true;
  }

  function press(key) {
    const here = document.activeElement?.closest("[data-item]");
    const marked = `[data-key="${CSS.escape(key)}"]`;
    const found = [...(here?.querySelectorAll(marked) ?? []), ...document.querySelectorAll(`main ${marked}`)].find(seen);
    if (!found || found.disabled) { return false; }
    if (found.matches("textarea, input")) { found.focus(); return true; }
    if (found.matches("summary")) {
      found.parentElement.open = true;
      (found.parentElement.querySelector("button, input") ?? found).focus();
      return true;
    }
    if (said && found.textContent) { said.textContent = found.textContent.trim(); }
    found.click();
    return true;
  }

  if (box) {
    box.checked = wanted();
    box.addEventListener("change", () => keep(box.checked));
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) { return; }
    if (event.key === "Escape" && typing(document.activeElement)) { document.activeElement.blur(); return; }
    if (typing(event.target) || !wanted() && event.key !== "?") { return; }
    const inList = document.activeElement?.closest("[data-item]");
    const by = { j: 1, k: -1, ...(inList ? { ArrowDown: 1, ArrowUp: -1 } : {}) }[event.key];
    if (by ? move(by) : event.key.length === 1 && event.key !== " " && press(event.key)) { event.preventDefault(); }
  });
})();
