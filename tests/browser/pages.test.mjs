// The admin's pages in a real browser.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { DESKTOP, PHONE, TABLET, picture, signIn } from "./browser.mjs";
import { PATIENCE, pageTests } from "./page-tests.mjs";
import { addSupplier, announce, bolts, call, send, supplierId } from "./stack.mjs";

const PHASES = ["downloading", "analyzing", "matching", "complete"];

const pageTest = pageTests();

const rowOf = (page, announced) => page.locator(`tr[data-job="${announced.job_id}"]`);

/** Every phase that a row shows, in order, from now until it is `last`. */
function phasesUntil(page, announced, last) {
  return page.evaluate(
    ([job, last]) =>
      new Promise((resolve) => {
        const seen = [];
        const look = () => {
          const phase = document.querySelector(`tr[data-job="${job}"]`)?.dataset.phase;
          if (phase && seen.at(-1) !== phase) seen.push(phase);
          if (phase === last) resolve(seen);
          else requestAnimationFrame(look);
        };
        look();
      }),
    [announced.job_id, last],
  );
}

pageTest("a wrong token is refused, the right one opens the jobs", {}, async (page) => {
  await page.goto("/");
  assert.equal(new URL(page.url()).pathname, "/sign-in", "strangers are led to sign in");
  await signIn(page, "not the token");
  const alert = page.getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.textContent(), /opens nothing here/);
  assert.equal(await page.getByLabel("Token", { exact: true }).inputValue(), "", "the refused token is not sent back");
  await picture(page, "sign-in-refused-1280");
  await signIn(page);
  await page.getByRole("heading", { name: "Jobs" }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token", { exact: true }).waitFor();
  await page.goto("/");
  assert.equal(new URL(page.url()).pathname, "/sign-in", "signed out is signed out");
});

pageTest("signing in needs no mouse, and the focus is seen", {}, async (page) => {
  await page.goto("/sign-in");
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.id);
  assert.equal(await focused(), "token", "the field is ready for typing");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Sign in");
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.notEqual(outline, "none");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.type((await import("./stack.mjs")).stack.admin_token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Jobs" }).waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to the content");
});

pageTest("an upload's phases pass live, without a reload", {}, async (page) => {
  const supplier = supplierId("live");
  await addSupplier(supplier);
  await signIn(page);
  await page.getByRole("heading", { name: "Jobs" }).waitFor();
  await page.evaluate(() => (window.loadedOnce = true));
  const list = bolts(3000);
  const announced = await announce(supplier, "bolts.csv", list);
  const row = rowOf(page, announced);
  await row.waitFor(PATIENCE);
  assert.match(await row.textContent(), /waiting for the file/);
  const passing = phasesUntil(page, announced, "complete");
  await send(announced, list);
  const phases = await passing;
  assert.deepEqual(phases, PHASES.filter((phase) => phases.includes(phase)), "phases pass in their order");
  assert.deepEqual([phases[0], phases.at(-1)], ["downloading", "complete"]);
  assert.equal(await row.locator('[data-label="Items"]').textContent(), "3,000");
  assert.equal(await page.evaluate(() => window.loadedOnce), true, "the page was loaded anew");
});

pageTest("a failed job tells its reason and can be started again", {}, async (page) => {
  // The supplier's site, which has lost its list.
  let list;
  const site = createServer((_, answer) => {
    answer.writeHead(list ? 200 : 404, { "content-type": "text/csv" });
    answer.end(list ?? "Nothing here.\n");
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  try {
    const supplier = supplierId("failed");
    const source = { kind: "http", url: `http://127.0.0.1:${site.address().port}/list.csv` };
    await call("POST", "/admin/suppliers", { supplier_id: supplier, name: "Lost & Found", source });
    await signIn(page);
    await page.getByRole("heading", { name: "Jobs" }).waitFor();
    const job = await call("POST", `/admin/suppliers/${supplier}/sync`);
    const row = rowOf(page, job);
    await row.locator(".error").waitFor(PATIENCE);
    assert.match(await row.locator(".error").textContent(), /404/);
    assert.equal(await row.locator('[aria-current="step"]').count(), 0, "nothing goes on in it");
    list = bolts(5);
    const retry = row.getByRole("button", { name: "Retry" });
    await retry.focus();
    const passing = phasesUntil(page, job, "complete");
    await page.keyboard.press("Enter");
    const phases = await passing;
    assert.deepEqual([phases[0], phases.at(-1)], ["failed", "complete"]);
    assert.equal(await row.locator(".error").count(), 0);
    assert.equal(await row.locator('[data-label="Items"]').textContent(), "5");
  } finally {
    site.close();
  }
});

pageTest("a page that is not fresh any more says so", {}, async (page) => {
  await signIn(page);
  const freshness = page.locator("#freshness");
  await freshness.waitFor();
  assert.equal(await freshness.textContent(), "Live");
  await page.route("**/jobs/rows", (route) => route.abort());
  await page.locator('#freshness[data-state="stale"]').waitFor(PATIENCE);
  assert.match(await freshness.textContent(), /^Not updating since \d.*; trying again$/);
  await picture(page, "jobs-stale-1280");
  await page.unroute("**/jobs/rows");
  await page.locator('#freshness[data-state="live"]').waitFor(PATIENCE);
});

pageTest("a session that has ended leads back to the sign-in", {}, async (page) => {
  await signIn(page);
  await page.getByRole("heading", { name: "Jobs" }).waitFor();
  await page.context().clearCookies();
  await page.getByLabel("Token", { exact: true }).waitFor(PATIENCE);
});

for (const viewport of [DESKTOP, TABLET, PHONE]) {
  for (const colorScheme of ["light", "dark"]) {
    pageTest(`at ${viewport.width} px, ${colorScheme}, nothing sticks out`, { viewport, colorScheme }, async (page) => {
      const sticksOut = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      const name = `${viewport.width}${colorScheme === "dark" ? "-dark" : ""}`;
      await page.goto("/sign-in");
      assert.equal(await sticksOut(), 0);
      await picture(page, `sign-in-${name}`);
      const supplier = supplierId("a-supplier-with-a-rather-long-name");
      await addSupplier(supplier);
      const waiting = await announce(supplier, "Price list of the summer season 2026, all branches, final (2).csv", bolts(3));
      const failing = await announce(supplier, "notes.csv", "Dear all, please find the list attached to my next mail.\n");
      await send(failing, "Dear all, please find the list attached to my next mail.\n");
      await signIn(page);
      await rowOf(page, failing).locator(".error").waitFor(PATIENCE);
      await rowOf(page, waiting).waitFor(PATIENCE);
      // Rows are there before the style is.
      await page.waitForLoadState();
      assert.equal(await sticksOut(), 0);
      await picture(page, `jobs-${name}`);
    });
  }
}
