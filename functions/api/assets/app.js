// What htmx alone does not do: polls that rest while nobody looks, an honest word when they fail, problems in words,
// dialogs.
const POLL_MS = 2000;
const body = document.body;

/* ── Freshness ── */
const freshness = document.getElementById("freshness");
let lastGood = new Date();

function sayFreshness(state, text) {
  if (!freshness) return;
  if (freshness.textContent !== text) freshness.textContent = text;
  freshness.dataset.state = state;
}

function poll() {
  if (document.hidden) return;
  const live = document.querySelectorAll("[data-poll]");
  for (const region of live) htmx.trigger(region, "poll");
  if (live.length === 0) sayFreshness("ended", "");
}
setInterval(poll, POLL_MS);
document.addEventListener("visibilitychange", poll);

const isPolled = (event) => event.detail.elt.matches("[data-poll]");

// A region that says the same as before is left alone: no flicker, no lost selection.
const shown = new WeakMap();
body.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, xhr, shouldSwap } = event.detail;
  if (!isPolled(event) || !shouldSwap) return;
  if (shown.get(elt) === xhr.responseText) event.detail.shouldSwap = false;
  shown.set(elt, xhr.responseText);
});

body.addEventListener("htmx:afterRequest", (event) => {
  const { xhr, successful, requestConfig } = event.detail;
  if (xhr.status === 401) {
    location.href = "/sign-in";
  } else if (isPolled(event)) {
    if (successful) lastGood = new Date();
    if (successful) sayFreshness("live", "Live");
    else sayFreshness("stale", `Not updating since ${lastGood.toLocaleTimeString()}; trying again`);
  } else if (!successful) {
    toast(problemOf(xhr.status, xhr.responseText), "bad");
  } else if (requestConfig.verb !== "get") {
    if (event.detail.elt.dataset.done) toast(event.detail.elt.dataset.done);
    changed();
  }
});

/* ── Words ── */
function problemOf(status, text) {
  if (status === 0) return "No connection; nothing was changed. Try again.";
  try {
    const { detail } = JSON.parse(text);
    if (detail) return detail[0].toUpperCase() + detail.slice(1) + (/[.!?]$/.test(detail) ? "" : ".");
  } catch {
    // Not problem JSON.
  }
  return `It did not work (HTTP ${status}). Try again, and tell the operator if it stays.`;
}

const toasts = document.getElementById("toasts");
function toast(text, kind = "") {
  const line = document.createElement("p");
  line.className = kind;
  line.textContent = text;
  toasts.append(line);
  // Anew, so that it lies above an open dialog.
  if (toasts.matches(":popover-open")) toasts.hidePopover();
  toasts.showPopover();
  setTimeout(() => {
    line.remove();
    if (!toasts.children.length) toasts.hidePopover();
  }, kind === "bad" ? 10000 : 4000);
}

/** Tells every live region that something was changed here. */
function changed() {
  htmx.trigger(body, "changed");
}

/* ── Dialogs: a control with data-open shows one; one that htmx fills shows itself ── */
body.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
});
body.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target;
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
});
