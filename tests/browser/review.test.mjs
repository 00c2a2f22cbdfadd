// The review queue, items and catalogue in a real browser.
import assert from "node:assert/strict";
import { DESKTOP, PHONE, picture, signIn } from "./browser.mjs";
import { PATIENCE, pageTests, press } from "./page-tests.mjs";
import { addSupplier, announce, call, ended, loadCatalogue, send, supplierId } from "./stack.mjs";

const anyTest = pageTests(loadCatalogue);

/** A test that begins signed in. */
function pageTest(name, options, body) {
  anyTest(name, options, async (page) => {
    await signIn(page);
    await page.getByRole("heading", { name: "Jobs" }).waitFor();
    await body(page);
  });
}

/** A supplier with three items to review that are of one of two products each, one that is matched, and others to review. */
async function supplierToReview(what, others = []) {
  const supplier = supplierId(what);
  await addSupplier(supplier);
  const list = [
    "Article;Product;Unit;Price EUR",
    "R-1;Claw hammer fibreglass handle Hartmond;pcs;15.10",
    "R-2;Spirit level aluminium Kerva;pcs;25.00",
    "R-3;Tape measure Lindo;pcs;6.40",
    "SW-550;Hand saw 550 mm hardpoint Kerva;pcs;11.90",
    ...others,
    "",
  ].join("\n");
  const announced = await announce(supplier, "list.csv", list);
  await send(announced, list);
  assert.equal((await ended(announced.job_id)).phase, "complete");
  const { reviews } = await call("GET", `/admin/reviews?supplier=${supplier}`);
  assert.equal(reviews.length, 3 + others.length, "three rows are of one of two products each");
  return supplier;
}

const progress = (page) => page.locator("#progress-words").textContent();
const itemName = (page) => page.locator("#item-name").textContent();
const stateOf = async (supplier, key) => (await call("GET", `/admin/suppliers/${supplier}/items/${key}/decision`)).item.match;
const keyOf = (page) => page.locator('#card input[name="item_key"]').inputValue();

pageTest("the queue is gone through by keyboard, and a decision is undone", {}, async (page) => {
  const supplier = await supplierToReview("keys");
  await page.goto(`/review?supplier=${supplier}`);
  assert.match(await progress(page), /^0 of 3 decided, 0 %$/);
  await picture(page, "review-1280");
  assert.ok((await page.locator("#card mark").count()) > 0, "what differs is marked");
  const first = await keyOf(page);
  const open = await stateOf(supplier, first);
  await press(page, "a");
  assert.match(await progress(page), /^1 of 3 decided, 33 %$/);
  const accepted = await stateOf(supplier, first);
  assert.equal(accepted.product_id, open.candidates[0].product_id);
  const second = await keyOf(page);
  assert.notEqual(second, first);
  await press(page, "z");
  assert.equal(await keyOf(page), first, "the undone item is shown again");
  assert.match(await progress(page), /^0 of 3/);
  assert.deepEqual(await stateOf(supplier, first), open, "its candidates are back");
  await press(page, "2");
  assert.equal((await stateOf(supplier, first)).product_id, open.candidates[1].product_id);
  assert.equal(await keyOf(page), second);
  await press(page, "n");
  assert.equal((await stateOf(supplier, second)).decision, "new");
  const third = await keyOf(page);
  // Another product than the candidates, from the catalogue.
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.type("adhesive 310");
  await page.locator('#found [data-words="adhesive 310"] button').first().waitFor();
  const answered = page.waitForResponse((response) => response.url().endsWith("/review/answer"));
  await page.keyboard.press("Enter");
  assert.equal((await answered).status(), 200);
  await page.getByText("Nothing waits for you here").waitFor();
  assert.equal((await stateOf(supplier, third)).product_id, "GL-310");
  assert.match(await progress(page), /^3 of 3 decided, 100 %$/);
});

pageTest("skip and not sure leave items open, the help shows the keys", {}, async (page) => {
  const supplier = await supplierToReview("open");
  await page.goto(`/review?supplier=${supplier}`);
  const first = await keyOf(page);
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keys" }).waitFor();
  await page.keyboard.press("Escape");
  await press(page, "s");
  assert.notEqual(await keyOf(page), first);
  assert.equal((await stateOf(supplier, first)).decision, "review");
  const second = await keyOf(page);
  await press(page, "u");
  const unsure = await stateOf(supplier, second);
  assert.deepEqual([unsure.decision, unsure.accept_score], ["review", 0]);
  const { reviews } = await call("GET", `/admin/reviews?supplier=${supplier}`);
  assert.equal(reviews.at(-1).item.item_key, second, "what nobody is sure of comes last");
});

pageTest("of two tabs that decide on an item, the second is told who was first and overwrites nothing", {}, async (page) => {
  const supplier = await supplierToReview("both");
  const [theirs, mine] = [await page.context().newPage(), page];
  for (const tab of [theirs, mine]) await tab.goto(`/review?supplier=${supplier}`);
  const key = await keyOf(mine);
  assert.equal(await keyOf(theirs), key);
  await press(theirs, "n");
  await press(mine, "a");
  await mine.getByText(/decided that this is new at/).waitFor();
  assert.equal(await keyOf(mine), key, "the item stays, as it is now");
  assert.equal((await stateOf(supplier, key)).decision, "new");
});

pageTest("of two tables, the second is told who was first, and its row is as they left it", {}, async (page) => {
  const supplier = await supplierToReview("rows");
  const [theirs, mine] = [await page.context().newPage(), page];
  for (const tab of [theirs, mine]) await tab.goto(`/review?supplier=${supplier}&view=table`);
  const key = await mine.locator("#rows tr[data-item]").first().getAttribute("data-item");
  const row = (tab) => tab.locator(`[data-item="${key}"]`);
  await row(theirs).getByRole("button", { name: "New" }).click();
  // Only the answer brings it: "New" is on the button that was pressed, too.
  await row(theirs).getByRole("button", { name: "Undo" }).waitFor();
  await row(mine).getByRole("button", { name: "Accept" }).click();
  await row(mine).getByRole("alert").getByText(/decided that this is new at/).waitFor();
  assert.equal((await stateOf(supplier, key)).decision, "new", "nothing is overwritten");
  // From here on it is an answer to what is seen.
  await row(mine).getByRole("button", { name: "Undo" }).click();
  await row(mine).getByRole("button", { name: "Accept" }).waitFor();
  assert.equal((await stateOf(supplier, key)).decision, "review");
});

pageTest("many are accepted after a look at what that does", {}, async (page) => {
  // It is like one product only: nothing but the score keeps it from being accepted.
  const supplier = await supplierToReview("many", ["GL-1;Adhesive strong construction;pcs;6.20"]);
  await page.goto(`/review?supplier=${supplier}&view=table`);
  await page.locator("#rows tr[data-item]").first().waitFor();
  await picture(page, "review-table-1280");
  await page.getByRole("button", { name: "Accept many…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("From a score of").selectOption("40");
  await dialog.getByRole("button", { name: "Show" }).click();
  await page.waitForLoadState("networkidle");
  await picture(page, "review-bulk-1280");
  const { items } = await call("POST", "/admin/reviews/bulk-accept", { dry_run: true, supplier, threshold: 0.4 });
  assert.deepEqual(items.map((item) => item.product_id), ["GL-310"], "what something speaks against is left out");
  await dialog.getByRole("button", { name: /^Accept \d+ item/ }).click();
  await dialog.getByRole("heading", { name: "Accepted" }).waitFor(PATIENCE);
  for (const { item_key, product_id } of items) {
    assert.equal((await stateOf(supplier, item_key)).product_id, product_id);
  }
});

pageTest("items are found by word and status, and each has its page", {}, async (page) => {
  const supplier = await supplierToReview("found");
  await page.goto(`/items?supplier=${supplier}`);
  assert.equal(await page.locator("#rows tr").count(), 4);
  await picture(page, "items-1280");
  await page.getByLabel("Words").fill("hand saw");
  await page.waitForFunction(() => document.querySelectorAll("#rows tr").length === 1);
  await page.getByRole("link", { name: "Hand saw 550 mm hardpoint Kerva" }).click();
  await page.getByRole("heading", { name: "Price over time" }).waitFor();
  await picture(page, "item-1280");
  await page.getByRole("link", { name: "Hand saw 550 mm hardpoint" }).first().click();
  await page.getByRole("heading", { name: "Offers" }).waitFor();
  await page.getByText("Best offer").first().waitFor();
  await picture(page, "product-1280");
});

pageTest("the catalogue tells what it holds and what nobody offers", {}, async (page) => {
  await supplierToReview("covers");
  await page.goto("/catalogue");
  const coverage = page.locator("#coverage dl");
  await coverage.waitFor(PATIENCE);
  assert.match(await coverage.textContent(), /Products\s*10/);
  await picture(page, "catalogue-1280");
  await page.getByRole("button", { name: "Upload a catalogue" }).click();
  await page.getByRole("heading", { name: "Upload a catalogue" }).waitFor();
});

for (const viewport of [DESKTOP, PHONE]) {
  for (const colorScheme of ["light", "dark"]) {
    pageTest(`at ${viewport.width} px, ${colorScheme}, nothing of the desk sticks out`, { viewport, colorScheme }, async (page) => {
      const supplier = await supplierToReview("narrow");
      const name = `${viewport.width}${colorScheme === "dark" ? "-dark" : ""}`;
      const key = encodeURIComponent("sku:sw-550");
      const pages = {
        review: `/review?supplier=${supplier}`,
        "review-table": `/review?supplier=${supplier}&view=table`,
        items: `/items?supplier=${supplier}`,
        item: `/items/${supplier}?key=${key}`,
        product: "/products?id=SW-550",
        catalogue: "/catalogue",
      };
      for (const [what, path] of Object.entries(pages)) {
        await page.goto(path, { waitUntil: "networkidle" });
        await picture(page, `${what}-${name}`);
        const sticksOut = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(sticksOut <= 0, `${what} sticks out by ${sticksOut} px`);
      }
    });
  }
}
