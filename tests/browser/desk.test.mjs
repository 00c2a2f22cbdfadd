// The admin's desk in a real browser: suppliers, uploads by drop, jobs in full, what may not be seen or done.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { DESKTOP, PHONE, picture, signIn } from "./browser.mjs";
import { PATIENCE, drop, pageTests } from "./page-tests.mjs";
import { addSupplier, announce, bolts, call, ended, loadCatalogue, putRaw, record, send, supplierId } from "./stack.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const deskTest = pageTests(loadCatalogue);

deskTest("a supplier is added by the dialog, and its source's sample is read before", {}, async (page) => {
  const id = supplierId("dialog");
  await signIn(page);
  await page.getByRole("link", { name: "Suppliers" }).click();
  await page.waitForURL("**/suppliers", { waitUntil: "load" });
  await page.getByRole("button", { name: "Add a supplier" }).click();
  const dialog = page.getByRole("dialog", { name: "Settings of a supplier" });
  await dialog.getByLabel("Id", { exact: true }).fill("Not An Id");
  await dialog.getByLabel("Name", { exact: true }).fill("Dialog & Sons");
  await dialog.getByText("Uploads only").click();
  await dialog.locator("[data-sample]").setInputFiles({
    name: "sample.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(bolts(30)),
  });
  const trial = dialog.locator("[data-trial]");
  await trial.getByText("Hexagon bolt M6 x 20 mm").waitFor(PATIENCE);
  assert.match(await trial.textContent(), /30 items in sample\.csv/);
  assert.match(await trial.textContent(), /Supplier's code/);
  await picture(page, "supplier-dialog-1280");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  const alert = dialog.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.textContent(), /supplier id is 1 to 64 lower-case/);
  await dialog.getByLabel("Id", { exact: true }).fill(id);
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await dialog.waitFor({ state: "hidden" });
  const stored = await call("GET", `/admin/suppliers/${id}`);
  assert.deepEqual([stored.name, stored.source], ["Dialog & Sons", { kind: "upload" }]);
});

deskTest("of two tabs that change a supplier, the second is told and overwrites nothing", {}, async (page) => {
  const id = supplierId("a-etag");
  await addSupplier(id);
  await signIn(page);
  await page.getByRole("heading", { name: "Jobs" }).waitFor();
  const [theirs, mine] = [await page.context().newPage(), page];
  const dialogOf = (tab) => tab.getByRole("dialog", { name: "Settings of a supplier" });
  for (const [tab, name] of [
    [theirs, "Theirs"],
    [mine, "Mine"],
  ]) {
    await tab.goto("/suppliers");
    await tab.locator(`[data-supplier="${id}"]`).getByRole("button", { name: /^Edit/ }).click();
    await dialogOf(tab).getByLabel("Name", { exact: true }).fill(name);
  }
  await dialogOf(theirs).getByRole("button", { name: "Save" }).click();
  await dialogOf(theirs).waitFor({ state: "hidden" });
  await dialogOf(mine).getByRole("button", { name: "Save" }).click();
  const alert = dialogOf(mine).getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.textContent(), /Somebody else changed this supplier/);
  assert.equal((await call("GET", `/admin/suppliers/${id}`)).name, "Theirs");
});

deskTest("a list that cannot be read asks for another file, and the way there is short", {}, async (page) => {
  const id = supplierId("a-mended");
  await addSupplier(id);
  const letter = "Dear all, the list comes with my next mail.\n";
  const failed = await announce(id, "letter.csv", letter);
  await send(failed, letter);
  assert.equal((await ended(failed.job_id)).phase, "failed");
  await signIn(page);
  const row = page.locator(`tr[data-job="${failed.job_id}"]`);
  await row.waitFor(PATIENCE);
  assert.equal(await row.getByRole("button", { name: "Retry" }).count(), 0, "the same bytes would fail again");
  await row.getByRole("link", { name: "Upload a corrected file" }).click();
  const dialog = page.getByRole("dialog", { name: "Upload lists" });
  await dialog.waitFor();
  assert.equal(await dialog.getByLabel("Supplier", { exact: true }).inputValue(), id);
  await drop(page, [["list.csv", bolts(7)]]);
  await dialog.locator('li [data-phase="complete"]').waitFor(PATIENCE);
  assert.equal(await dialog.locator('[data-figure="items"]').textContent(), "7");
});

deskTest("the threshold of matching is told as the API tells it, and what decisions say of it", {}, async (page) => {
  await signIn(page);
  await page.getByRole("link", { name: "Matching" }).click();
  await page.getByRole("heading", { name: "Threshold in force" }).waitFor(PATIENCE);
  const { accept } = await call("GET", "/admin/calibration");
  assert.ok((await page.locator("#threshold").textContent()).includes(accept.toFixed(2)));
  const evidence = page.locator("#evidence");
  await evidence.locator("p, dl").filter({ hasNotText: "Reading every decision" }).first().waitFor(PATIENCE);
  const { needed, calibration } = await call("GET", "/admin/calibration/evidence");
  if (calibration) return assert.equal(await evidence.locator("tbody tr").count(), calibration.bins.length);
  // How many there are changes while other tests decide.
  assert.match(await evidence.textContent(), new RegExp(`^\\s*[\\d,]+ decisions count so far\\. From ${needed} on`));
  assert.equal(await page.getByRole("button", { name: /^Put/ }).count(), 0, "too few decisions put nothing in force");
});

deskTest("files dropped on the dialog are sent, and their jobs' phases pass", {}, async (page) => {
  const id = supplierId("a-drop");
  await addSupplier(id);
  await signIn(page);
  await page.goto("/suppliers");
  await page.locator(`[data-supplier="${id}"]`).getByRole("button", { name: "Upload" }).click();
  const list = bolts(2500);
  await drop(page, [
    ["first.csv", list],
    ["empty.csv", ""],
  ]);
  const dialog = page.getByRole("dialog", { name: "Upload lists" });
  await dialog.getByText("an empty file is no price list").waitFor(PATIENCE);
  const line = dialog.locator("li").filter({ hasText: "first.csv" });
  await line.locator('[data-phase="complete"]').waitFor(PATIENCE);
  assert.equal(await line.locator('[data-figure="items"]').textContent(), "2,500");
  assert.equal(await line.locator('[data-figure="errors"]').textContent(), "0");
  const job = await call("GET", `/admin/jobs/${await line.getAttribute("data-job")}`);
  assert.equal(job.file.md5, createHash("md5").update(list).digest("hex"));
  await picture(page, "upload-dialog-1280");
});

deskTest("a job tells how its file was read, and gives its errors and its bytes", {}, async (page) => {
  const id = supplierId("job");
  await addSupplier(id);
  const list = bolts(40).replace(";0.3\n", ";three euros\n");
  const announced = await announce(id, "bolts.csv", list);
  await signIn(page);
  await page.goto(`/jobs/${announced.job_id}`);
  const view = page.locator("#job");
  assert.equal(await view.getAttribute("data-phase"), "downloading");
  await send(announced, list);
  await page.locator('#job[data-phase="complete"]').waitFor(PATIENCE);
  const text = await page.locator("#job").textContent();
  for (const told of ["header in row 1", "Supplier's code", "its heading", "MD5", "What changed"]) {
    assert.ok(text.includes(told), `${told}: ${text}`);
  }
  assert.equal(await page.locator("#job[data-poll]").count(), 0, "what has ended is not asked for again");
  const file = await fetch(new URL(`/admin/jobs/${announced.job_id}/file`, page.url()), {
    headers: { cookie: (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; ") },
  });
  assert.equal(await file.text(), list, "the raw file, byte for byte");
  await picture(page, "job-1280");
});

deskTest("a failed job is retried from its page", {}, async (page) => {
  const id = supplierId("retry");
  await addSupplier(id);
  const list = bolts(5);
  const announced = await announce(id, "bolts.csv", list);
  await signIn(page);
  await page.goto(`/jobs/${announced.job_id}`);
  await putRaw(announced, list.replace("zinc plated", "gold plated"));
  await page.locator('#job[data-phase="failed"]').waitFor(PATIENCE);
  assert.match(await page.locator("#job .error").textContent(), /is not the one announced/);
  await putRaw(announced, list);
  await page.getByRole("button", { name: "Retry" }).click();
  await page.locator('#job[data-phase="complete"]').waitFor(PATIENCE);
  assert.match(await page.locator("#job").textContent(), /1 of 3 used/);
});

deskTest("a status shown is never older than ten seconds", {}, async (page) => {
  const id = supplierId("fresh");
  await addSupplier(id);
  const list = bolts(20_000);
  const announced = await announce(id, "bolts.csv", list);
  await signIn(page);
  await page.goto(`/jobs/${announced.job_id}`);
  await send(announced, list);
  // The table is read beside the page; when it is in a phase, the page must be there, or beyond, ten seconds later.
  const ORDER = ["downloading", "analyzing", "matching", "complete"];
  const seen = new Map();
  let last;
  do {
    last = await record(announced.job_id);
    if (!seen.has(last)) seen.set(last, Date.now());
    const shown = await page.locator("#job").getAttribute("data-phase");
    for (const [phase, at] of seen) {
      const late = ORDER.indexOf(shown) < ORDER.indexOf(phase) ? Date.now() - at : 0;
      assert.ok(late < 10_000, `${phase} is in the table for ${late} ms, and the page shows ${shown}`);
    }
    await page.waitForTimeout(300);
  } while (last !== "complete");
  await page.locator('#job[data-phase="complete"]').waitFor({ timeout: 10_000 });
});

for (const [viewport, colorScheme] of [
  [DESKTOP, "light"],
  [PHONE, "dark"],
]) {
  deskTest(`axe finds nothing serious, and pages are light, at ${viewport.width} px`, { viewport, colorScheme }, async (page) => {
    const id = supplierId("a-axe");
    await addSupplier(id);
    // One of them is of one of two products.
    const list = `${bolts(8)}R-1;Claw hammer fibreglass handle Hartmond;pcs;15.10\n`;
    const done = await announce(id, "bolts.csv", list);
    await send(done, list);
    const bad = "Dear all, the list comes with my next mail.\n";
    const failed = await announce(id, "notes.csv", bad);
    await send(failed, bad);
    await signIn(page);
    for (const job of [done, failed]) {
      await page.goto(`/jobs/${job.job_id}`);
      await page.locator("#job:not([data-poll])").waitFor(PATIENCE);
    }
    const pages = {
      "/": null,
      "/suppliers": null,
      [`/jobs/${done.job_id}`]: null,
      [`/jobs/${failed.job_id}`]: null,
      [`/review?supplier=${id}`]: null,
      [`/review?supplier=${id}&view=table`]: null,
      [`/items?supplier=${id}`]: null,
      [`/items/${id}?key=sku:b-1`]: null,
      "/products?id=HM-450": null,
      "/catalogue": null,
      "/matching": null,
      "/reference": null,
      "/reference/shapes": null,
      "/nowhere": null,
      "/suppliers?cursor=": () => page.getByRole("button", { name: "Add a supplier" }).click(),
      "/suppliers?cursor=a": () => page.getByRole("button", { name: "Upload lists" }).click(),
      "/sign-in": null,
    };
    for (const [path, act] of Object.entries(pages)) {
      // Of a new browser, with nothing cached.
      const weights = [];
      const weigh = async (response) => weights.push((await response.request().sizes()).responseBodySize);
      page.on("response", weigh);
      await page.goto(path, { waitUntil: "load" });
      page.off("response", weigh);
      // What is shown first is in the page itself: a cold browser asks for nothing more before it shows it.
      const blocking = await page.evaluate(() =>
        performance.getEntriesByType("resource").filter((it) => it.renderBlockingStatus === "blocking").map((it) => it.name),
      );
      assert.deepEqual(blocking, [], path);
      const sticksOut = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(sticksOut <= 0, `${path} sticks out by ${sticksOut} px`);
      await act?.();
      if (act) await page.locator("dialog[open] button").first().waitFor();
      const weight = weights.reduce((sum, size) => sum + size, 0);
      assert.ok(weight < 100_000, `${path} weighs ${weight} bytes`);
      // Past the content security policy, which keeps other scripts out.
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      assert.deepEqual(
        grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`),
        [],
        path,
      );
    }
  });
}
