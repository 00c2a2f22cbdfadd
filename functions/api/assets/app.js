// Keeps the list of jobs fresh: a poll every two seconds while the page is seen, and an honest word when it fails.
const list = document.getElementById("jobs");
const freshness = document.getElementById("freshness");
const EVERY = 2000;
let shown = list.innerHTML;
let lastGood = new Date();

function say(state, text) {
  if (freshness.textContent !== text) freshness.textContent = text;
  freshness.dataset.state = state;
}

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(list.dataset.source, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      location.href = "/sign-in";
      return;
    }
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const rows = await answer.text();
    lastGood = new Date();
    say("live", "Live");
    if (rows !== shown && !list.querySelector("button[disabled]")) {
      const focused = document.activeElement?.dataset?.retry;
      list.innerHTML = shown = rows;
      if (focused) list.querySelector(`[data-retry="${CSS.escape(focused)}"]`)?.focus();
    }
  } catch {
    say("stale", `Not updating since ${lastGood.toLocaleTimeString()}; trying again`);
  }
}

async function retry(button) {
  button.disabled = true;
  try {
    const answer = await fetch(button.dataset.retry, { method: "POST", headers: { Accept: "application/json" } });
    if (!answer.ok) {
      const problem = await answer.json().catch(() => ({ detail: `HTTP ${answer.status}` }));
      say("stale", `Not retried: ${problem.detail}`);
    }
  } catch {
    say("stale", "Not retried: no connection");
  } finally {
    button.disabled = false;
    await refresh();
  }
}

list.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-retry]");
  if (button) retry(button);
});
document.addEventListener("visibilitychange", refresh);
setInterval(refresh, EVERY);
