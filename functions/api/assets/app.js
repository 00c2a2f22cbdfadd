// What htmx alone does not do: polls that rest while nobody looks and never pile up, an honest word when they fail,
// problems in words, dialogs.
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

// What is under way. A poll waits for all of it, and for a while after: polls never pile up, however slow the server is, and
// never stand in the way of a change.
const underWay = new Set();
let nextPoll;

function pollLater() {
  clearTimeout(nextPoll);
  nextPoll = setTimeout(poll, POLL_MS);
}

function poll() {
  pollLater();
  if (document.hidden || underWay.size) return;
  const live = document.querySelectorAll("[data-poll]");
  for (const region of live) htmx.trigger(region, "poll");
  if (live.length === 0) sayFreshness("ended", "");
}

function begin(request) {
  underWay.add(request);
}

function end(request) {
  underWay.delete(request);
  if (!underWay.size) pollLater();
}
body.addEventListener("htmx:beforeSend", (event) => begin(event.detail.xhr));
body.addEventListener("htmx:afterRequest", (event) => end(event.detail.xhr));
document.addEventListener("visibilitychange", poll);
pollLater();

const isPolled = (event) => event.detail.elt.matches("[data-poll]");

// A region that says the same as before is left alone: no flicker, no lost selection.
const shown = new Map();
body.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, xhr, shouldSwap } = event.detail;
  if (!isPolled(event) || !shouldSwap) return;
  if (shown.get(elt.id) === xhr.responseText) event.detail.shouldSwap = false;
  shown.set(elt.id, xhr.responseText);
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
    // Once this request is over: a region that waits for it would pass the news by.
    setTimeout(changed);
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

/* ── Forms that speak to the API: fields by their path in its JSON ── */
function jsonOf(form) {
  // What a form does not show stays as it was; what it shows is its own to say.
  const json = JSON.parse(form.dataset.base ?? "{}");
  for (const { name } of form.elements) delete json[name.split(".")[0]];
  for (const field of form.elements) {
    if (!field.name || field.matches(":disabled") || (field.type === "radio" && !field.checked)) continue;
    let value = field.type === "checkbox" ? field.checked : field.value.trim();
    if (value === "" || value === "cron") continue;
    if (value === true && "unset" in field.dataset) continue;
    if (field.dataset.as === "number" && !Number.isNaN(Number(value))) value = Number(value);
    const path = field.name.split(".");
    const last = path.pop();
    let at = json;
    for (const step of path) at = at[step] ??= {};
    at[last] = value;
  }
  return json;
}

async function send(form) {
  const { method, action, etag, done } = form.dataset;
  const alert = form.querySelector("[role=alert]");
  const submit = form.querySelector("[type=submit]");
  submit.disabled = true;
  begin(form);
  try {
    const answer = await fetch(action, {
      method,
      headers: { "Content-Type": "application/json", ...(etag && { "If-Match": etag }) },
      body: JSON.stringify(jsonOf(form)),
    });
    if (answer.status === 401) return void (location.href = "/sign-in");
    if (!answer.ok) throw new Error(problemOf(answer.status, await answer.text()));
    form.closest("dialog")?.close();
    toast(done);
    changed();
  } catch (error) {
    alert.textContent = error instanceof TypeError ? problemOf(0) : error.message;
    alert.hidden = false;
    alert.scrollIntoView({ block: "nearest" });
  } finally {
    end(form);
    submit.disabled = false;
  }
}

body.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-json]")) return;
  event.preventDefault();
  send(event.target);
});

// A choice among kinds shows the fields of the chosen one only.
function follow(form) {
  if (!form.querySelector("[data-cron]")) return;
  const kind = form.querySelector("[name='source.kind']:checked")?.value;
  for (const part of form.querySelectorAll("[data-when]")) part.disabled = part.hidden = part.dataset.when !== kind;
  const cron = form.querySelector("[data-cron]");
  cron.disabled = cron.hidden = kind === "upload" || form.elements["schedule.every_minutes"].value !== "cron";
  for (const part of form.querySelectorAll("[data-unless]")) {
    part.hidden = part.dataset.unless === kind;
    for (const field of part.querySelectorAll("input, select")) field.disabled = part.hidden;
  }
}
body.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-json]");
  if (form && event.target.matches("[name=process_via_ml]")) {
    form.querySelector("[data-columns]").hidden = event.target.checked;
  }
  if (form && event.target.matches("[data-column]")) {
    const { column } = event.target.dataset;
    form.querySelector(`#column-${column}`).name = `legacy.columns.${column}.${event.target.value}`;
  }
  if (form && event.target.matches("[name='source.kind'], [name='schedule.every_minutes']")) follow(form);
  if (form && event.target.matches("[data-sample]")) sample(form, event.target);
});
body.addEventListener("htmx:afterSwap", (event) => {
  const form = event.detail.target.querySelector?.("form[data-json]");
  if (form) follow(form);
});

/* ── Testing a source ── */
async function trial(form, path, type, content) {
  const place = form.querySelector("[data-trial]");
  place.innerHTML = "<p class='text-muted'>Reading…</p>";
  try {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": type, "HX-Request": "true" }, body: content });
    const text = await answer.text();
    if (!answer.ok) throw new Error(problemOf(answer.status, text));
    place.innerHTML = text;
  } catch (error) {
    const line = document.createElement("p");
    line.className = "notice bad";
    line.textContent = error instanceof TypeError ? problemOf(0) : error.message;
    place.replaceChildren(line);
  }
}

function sample(form, input) {
  const [file] = input.files;
  input.value = "";
  if (!file) return;
  const query = new URLSearchParams({ file_name: file.name });
  const currency = form.elements.default_currency.value.trim();
  if (currency) query.set("default_currency", currency);
  const { process_via_ml, legacy } = jsonOf(form);
  if (process_via_ml === false) query.set("legacy", JSON.stringify(legacy ?? {}));
  trial(form, `/sources/test?${query}`, "application/octet-stream", file);
}

body.addEventListener("click", (event) => {
  const button = event.target.closest("[data-test]");
  if (!button) return;
  const form = button.closest("form");
  const { source, default_currency, process_via_ml, legacy } = jsonOf(form);
  const tried = { source, default_currency, process_via_ml, ...(process_via_ml === false && { legacy }) };
  trial(form, "/sources/test", "application/json", JSON.stringify(tried));
});

window.pages = { jsonOf, problemOf, changed, toast };
