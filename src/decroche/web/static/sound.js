// Says in a sentence why a message cannot be heard: a player alone shows nothing but that it fails.
"use strict";
(() => {
  const troubleOf = (target) => target instanceof HTMLAudioElement && target.closest(".voicemail")?.querySelector("[role=alert]");

  // Media events do not bubble; on their way down they pass here, also those of players that come later.
  document.addEventListener("error", async (event) => {
    const trouble = troubleOf(event.target);
    if (!trouble) { return; }
    try {
      const answer = await fetch(event.target.src, { headers: { Range: "bytes=0-0" } });
      const kind = answer.headers.get("content-type") ?? "";
      trouble.textContent = kind.startsWith("text/plain") ? await answer.text() : "";
      await answer.body?.cancel().catch(() => {});
    } catch { /* nothing is known */ }
  }, true);
  document.addEventListener("playing", (event) => {
    const trouble = troubleOf(event.target);
    if (trouble) { trouble.textContent = ""; }
  }, true);
})();
