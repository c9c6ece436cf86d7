// Says in a sentence why a message cannot be heard: a player alone shows nothing but that it fails.
"use strict";
(() => {
  const player = document.querySelector("#voicemail audio");
  const trouble = document.getElementById("voicemail-trouble");
  if (!player || !trouble) { return; }

  player.addEventListener("error", async () => {
    try {
      const answer = await fetch(player.src, { headers: { Range: "bytes=0-0" } });
      const kind = answer.headers.get("content-type") ?? "";
      trouble.textContent = kind.startsWith("text/plain") ? await answer.text() : "";
      await answer.body?.cancel().catch(() => {});
    } catch { /* nothing is known */ }
  });
  player.addEventListener("playing", () => { trouble.textContent = ""; });
})();
