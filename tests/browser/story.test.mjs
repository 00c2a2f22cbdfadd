// A morning at the desk, from signing in to the export; what viewers see; pages that stand still.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { DESKTOP, PHONE, signIn } from "./browser.mjs";
import { addSupplier, announce, bolts, call, ended, loadCatalogue, published, send, stack, supplierId } from "./stack.mjs";
import { PATIENCE, drop, pageTests, press } from "./page-tests.mjs";
import { rows } from "./workbook.mjs";

const storyTest = pageTests(loadCatalogue);

/** Two items to review, one that is matched, one with a name like a formula, and so many that nobody knows. */
function list(others) {
  return [
    "Article;Product;Unit;Price EUR",
    "R-1;Claw hammer fibreglass handle Hartmond;pcs;15.10",
    "R-2;Tape measure Lindo;pcs;6.40",
    "SW-550;Hand saw 550 mm hardpoint Kerva;pcs;11.90",
    "F-1;=HYPERLINK(A1) hexagon bolt set;pcs;1234.56",
    ...Array.from({ length: others }, (_, n) => `B-${n};Hexagon bolt M${6 + n} x ${20 + n} mm, zinc plated;pcs;0.${10 + n}`),
    "",
  ].join("\n");
}

/** Presses a button and answers the bytes of the file that it gives. */
async function download(page, button) {
  const given = page.waitForEvent("download", PATIENCE);
  await page.getByRole("button", { name: button }).click();
  const file = await given;
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

storyTest("a supplier is added, its list dropped and reviewed, a held list approved, and all of it exported", {}, async (page) => {
  const id = supplierId("a-story");
  await signIn(page);
  await page.getByRole("link", { name: "Suppliers" }).click();
  await page.waitForURL("**/suppliers", { waitUntil: "load" });
  await page.getByRole("button", { name: "Add a supplier" }).click();
  const settings = page.getByRole("dialog", { name: "Settings of a supplier" });
  await settings.getByLabel("Id", { exact: true }).fill(id);
  await settings.getByRole("textbox", { name: "Name", exact: true }).fill("A Story & Sons");
  await settings.getByText("Uploads only").click();
  await settings.getByRole("button", { name: "Add", exact: true }).click();
  await settings.waitFor({ state: "hidden" });

  const card = page.locator(`[data-supplier="${id}"]`);
  await card.getByRole("button", { name: "Upload" }).click();
  const upload = page.getByRole("dialog", { name: "Upload lists" });
  assert.equal(await upload.getByLabel("Process via ML").isChecked(), true);
  await drop(page, [["spring.csv", list(30)]]);
  const line = upload.locator("li").filter({ hasText: "spring.csv" });
  await line.locator('[data-phase="complete"]').waitFor(PATIENCE);
  assert.equal(await line.locator('[data-figure="items"]').textContent(), "34");
  assert.equal(await line.locator('[data-figure="review"]').textContent(), "2");

  await page.goto(`/review?supplier=${id}`);
  const key = () => page.locator('#card input[name="item_key"]').inputValue();
  const first = await key();
  await press(page, "a");
  assert.notEqual(await key(), first);
  await press(page, "z");
  assert.equal(await key(), first, "the undone item is shown again");
  await press(page, "n");
  const match = async () => (await call("GET", `/admin/suppliers/${id}/items/${first}/decision`)).item.match;
  assert.equal((await match()).decision, "new");

  // A list that has lost most of its items waits for a yes; what is published stays until then.
  const shrunk = await announce(id, "summer.csv", list(2));
  await send(shrunk, list(2));
  assert.equal((await ended(shrunk.job_id)).held.state, "waiting");
  await page.goto(`/jobs/${shrunk.job_id}`);
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByText("held back and then approved").waitFor(PATIENCE);
  await published(id, shrunk.job_id);

  await page.goto(`/items?supplier=${id}`);
  const csv = await download(page, "Export CSV");
  assert.match(csv.name, new RegExp(`^${id}-\\d{8}-\\d{6}\\.csv$`));
  const lines = csv.bytes.toString("utf8").split("\r\n");
  assert.ok(lines[0].startsWith("\ufeffsupplier_id,item_key,sku,"), lines[0]);
  assert.equal(lines.length, 1 + 6 + 1, "a header, the items of the approved list, and the end of the last line");
  assert.ok(lines.some((line) => line.includes(",'=HYPERLINK(A1) hexagon bolt set,") && line.includes(",1234.56,EUR,")));
  const xlsx = await download(page, "Export Excel");
  const cells = rows(xlsx.bytes);
  assert.equal(cells.length, 6);
  const { match: found } = await call("GET", `/admin/suppliers/${id}/items/sku:r-1`);
  const [hammer, formula] = ["R-1", "F-1"].map((code) => cells.find(({ sku }) => sku === code));
  assert.deepEqual([hammer.name, hammer.price, hammer.decision], ["Claw hammer fibreglass handle Hartmond", 15.1, found.decision]);
  assert.deepEqual([formula.name, formula.price], ["'=HYPERLINK(A1) hexagon bolt set", 1234.56], "text stays text, numbers numbers");
  await page.getByLabel("Words").fill("hammer");
  const filtered = await download(page, "Export CSV");
  const others = filtered.bytes.toString("utf8").split("\r\n");
  assert.equal(others.length, 1 + 1 + 1, "the filter that is shown holds for the file");
  assert.ok(others[1].includes("Claw hammer"), others[1]);
});

storyTest("a viewer sees everything and can change nothing", {}, async (page) => {
  const id = supplierId("a-viewed");
  await addSupplier(id);
  const text = list(3);
  const announced = await announce(id, "list.csv", text);
  await send(announced, text);
  await ended(announced.job_id);
  await signIn(page, stack.viewer_token);
  await page.getByText("Viewer: may look, not change").waitFor();
  const changes = /^(Retry|Sync now|Upload|Upload lists|Add a supplier|Edit .*|Upload a catalogue|Approve|Reject|Accept.*|Decide|Change the match)/;
  for (const path of ["/", "/suppliers", `/jobs/${announced.job_id}`, `/review?supplier=${id}`, `/items/${id}?key=sku:r-1`, "/catalogue"]) {
    await page.goto(path);
    await page.getByRole("heading").first().waitFor();
    assert.deepEqual(await page.getByRole("button", { name: changes }).allTextContents(), [], path);
    assert.deepEqual(await page.getByRole("link", { name: changes }).allTextContents(), [], path);
  }
  // Whoever asks without a button is refused by the server.
  const refused = await page.evaluate(async (id) => {
    const ask = (method, path) => fetch(path, { method, headers: { "Content-Type": "application/json" }, body: "{}" });
    const answers = await Promise.all([
      ask("POST", "/admin/suppliers"),
      ask("PUT", `/admin/suppliers/${id}`),
      ask("POST", "/admin/uploads"),
      ask("POST", "/review/answer"),
    ]);
    return answers.map(({ status }) => status);
  }, id);
  assert.deepEqual(refused, [403, 403, 403, 403]);
  await page.goto(`/items?supplier=${id}`);
  const { bytes } = await download(page, "Export CSV");
  assert.match(bytes.toString("utf8"), /R-1,/);
});

for (const viewport of [DESKTOP, PHONE]) {
  storyTest(`nothing moves while pages are kept live, at ${viewport.width} px`, { viewport }, async (page) => {
    const id = supplierId("a-still");
    await addSupplier(id);
    const text = bolts(3);
    const done = await announce(id, "bolts.csv", text);
    await send(done, text);
    await ended(done.job_id);
    const waiting = await announce(id, "bolts.csv", text);
    await signIn(page);
    await page.getByRole("heading", { name: "Jobs" }).waitFor();
    for (const path of ["/", "/suppliers", `/jobs/${waiting.job_id}`]) {
      await page.goto(path, { waitUntil: "load" });
      const moved = await page.evaluate(
        () =>
          new Promise((resolve) => {
            let [moved, polls] = [0, 0];
            new PerformanceObserver((seen) => {
              for (const entry of seen.getEntries()) moved += entry.value;
            }).observe({ type: "layout-shift" });
            document.body.addEventListener("htmx:afterRequest", () => {
              polls += 1;
              // Shifts are told after the frame in which they were.
              if (polls >= 3) requestAnimationFrame(() => setTimeout(() => resolve(moved)));
            });
          }),
      );
      assert.equal(moved, 0, path);
    }
  });
}
