// Exports: the file is made of what the filter shows, and then fetched by its own address.
(() => {
  /** Longer than that, and a person wonders whether anything happens. */
  const PATIENCE_MS = 1000;
  const filter = document.getElementById("filter");
  const state = document.getElementById("export-state");
  const buttons = [...document.querySelectorAll("[data-export]")];

  async function make(format) {
    const query = new URLSearchParams({ format });
    for (const [name, value] of new FormData(filter)) if (value.trim()) query.set(name, value.trim());
    const answer = await fetch(`/admin/items/export?${query}`);
    const text = await answer.text();
    if (answer.status === 401) return void (location.href = "/sign-in");
    if (!answer.ok) throw new Error(window.pages.problemOf(answer.status, text));
    const { url, file_name, items } = JSON.parse(text);
    location.assign(url);
    window.pages.toast(`${items.toLocaleString("en")} ${items === 1 ? "item" : "items"} in ${file_name}.`);
  }

  async function press(button) {
    for (const other of buttons) other.disabled = true;
    const began = Date.now();
    const say = () => (state.textContent = `Making the file, ${Math.round((Date.now() - began) / 1000)} s`);
    const clock = setInterval(say, PATIENCE_MS);
    try {
      await make(button.dataset.export);
    } catch (error) {
      window.pages.toast(error instanceof TypeError ? window.pages.problemOf(0) : error.message, "bad");
    } finally {
      clearInterval(clock);
      state.textContent = "";
      for (const other of buttons) other.disabled = false;
    }
  }

  for (const button of buttons) button.addEventListener("click", () => press(button));
})();
