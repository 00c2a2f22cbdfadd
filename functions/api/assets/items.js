// Exports of what the filter shows: the API makes the file and says where it is to be had.
document.body.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-export]");
  if (!button) return;
  const asked = new URLSearchParams(new FormData(document.getElementById("filter")));
  const supplier = asked.get("supplier");
  asked.delete("supplier");
  for (const [name, value] of [...asked]) if (!value) asked.delete(name);
  asked.set("format", button.dataset.export);
  button.disabled = true;
  try {
    const path = supplier ? `/admin/suppliers/${supplier}/export` : "/admin/items/export";
    const answer = await fetch(`${path}?${asked}`);
    const text = await answer.text();
    if (!answer.ok) return toast(problemOf(answer.status, text), "bad");
    const made = JSON.parse(text);
    toast(`${made.file_name}: ${made.items.toLocaleString("en")} items`);
    location.href = made.url;
  } catch {
    toast(problemOf(0, ""), "bad");
  } finally {
    button.disabled = false;
  }
});
