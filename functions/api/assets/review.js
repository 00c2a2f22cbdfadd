// Keys of the review: each presses the control that names it in data-key.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  const card = document.getElementById("card");
  const typing = event.target.closest("input, select, textarea");
  if (typing) {
    if (event.key === "Escape") card?.focus();
    return;
  }
  // An answer is under way: the next key is meant for an item that is not there yet.
  if (card?.classList.contains("htmx-request")) return;
  const named = [...document.querySelectorAll("[data-key]")];
  const control = named.find((it) => it.dataset.key.split(" ").includes(event.key));
  if (!control || control.disabled) return;
  event.preventDefault();
  if (control.matches("input")) control.focus();
  else control.click();
});

// The next item is read out and takes the keys.
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "card") document.getElementById("card")?.focus({ preventScroll: true });
});

// Enter in the search chooses its first product; it must not press the form's first button.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "search") return;
  event.preventDefault();
  // Not of what was typed before: the answer to that may still stand there.
  const found = [...document.querySelectorAll("#found [data-words]")].find((it) => it.dataset.words === event.target.value);
  found?.querySelector("button")?.click();
});

// A shown supplier is enough said.
document.getElementById("queue")?.addEventListener("change", (event) => event.target.form.submit());
