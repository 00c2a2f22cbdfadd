// A picture of each page at 1280 and 390 px, light and dark, of a stack with the demo's lists in it.
// Run by `cargo xtask screenshots`, which names the stack, the demo's files and where the pictures go.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DESKTOP, PHONE, launch, open, picture, signIn } from "./browser.mjs";
import { drop, press } from "./page-tests.mjs";
import { bolts, call, send } from "./stack.mjs";

const files = process.env.DEMO_FILES;

async function supplier(id, name, settings) {
  await call("POST", "/admin/suppliers", { supplier_id: id, name, ...settings }).catch((error) => {
    // A second run finds them there.
    if (!`${error}`.includes("supplier_exists")) throw error;
  });
}

/** Announces and sends; answers the job's id. */
async function upload(path, about, bytes) {
  const md5 = createHash("md5").update(bytes).digest("hex");
  const announced = await call("POST", path, { ...about, size: bytes.length, md5 });
  await send(announced, bytes);
  return announced.job_id;
}

async function ended(job) {
  for (;;) {
    const { phase } = await call("GET", `/admin/jobs/${job}`);
    if (phase === "complete" || phase === "failed") return job;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

const lists = JSON.parse(readFileSync(join(files, "lists.json"), "utf8"));
const bytesOf = (name) => readFileSync(join(files, name));
const uploaded = { source: { kind: "upload" } };

/** Everything that the pages show. */
async function seed() {
  await ended(await upload("/admin/catalogue/uploads", { file_name: lists.catalogue }, bytesOf(lists.catalogue)));
  const jobs = {};
  for (const { supplier_id, name, file_name } of lists.suppliers) {
    await supplier(supplier_id, name, uploaded);
    const about = { supplier_id, file_name };
    jobs[supplier_id] = await ended(await upload("/admin/uploads", about, bytesOf(file_name)));
  }
  const daily = { source: { kind: "http", url: "https://lists.example.com/tools/prices.xlsx" }, schedule: { every_minutes: 1440 } };
  await supplier("bolts-and-nuts", "Bolts & Nuts Wholesale", uploaded);
  for (const count of [400, 410, 405, 430]) {
    const about = { supplier_id: "bolts-and-nuts", file_name: "bolts.csv" };
    await ended(await upload("/admin/uploads", about, Buffer.from(bolts(count))));
  }
  const shrunk = Buffer.from(bolts(90).replace(";0.3\n", ";on request, call us\n"));
  jobs.held = await ended(await upload("/admin/uploads", { supplier_id: "bolts-and-nuts", file_name: "bolts.csv" }, shrunk));
  await supplier("paper-trail", "Paper Trail Office Supplies", uploaded);
  const letter = Buffer.from("Dear all, please find our list attached to my next mail.\n");
  jobs.failed = await ended(await upload("/admin/uploads", { supplier_id: "paper-trail", file_name: "notes.csv" }, letter));
  await supplier("northern-tools", "Northern Tools", daily);
  return jobs;
}

const jobs = await seed();
const browser = await launch();
for (const viewport of [DESKTOP, PHONE]) {
  for (const colorScheme of ["light", "dark"]) {
    const { page, close } = await open(browser, { viewport, colorScheme });
    const name = (what) => `${what}-${viewport.width}-${colorScheme}`;
    const shot = async (what) => picture(page, name(what));
    await page.goto("/sign-in");
    await shot("sign-in");
    await signIn(page);
    await page.getByRole("heading", { name: "Jobs" }).waitFor();
    for (const place of await page.locator("nav[aria-label=Pages] a").all()) {
      const path = await place.getAttribute("href");
      const beside = await page.context().newPage();
      await beside.goto(path, { waitUntil: "networkidle" });
      await picture(beside, name(path === "/" ? "jobs" : path.slice(1).replaceAll("/", "-")));
      await beside.close();
    }
    for (const [what, job] of Object.entries(jobs)) {
      await page.goto(`/jobs/${job}`);
      const drawing = page.getByText("See the page with the cells").first();
      if (await drawing.isVisible()) {
        await drawing.click();
        const isDrawn = () => [...document.images].some((image) => image.complete && image.naturalWidth > 0);
        await page.waitForFunction(isDrawn);
      }
      await shot(`job-${what}`);
    }
    await page.goto("/review", { waitUntil: "networkidle" });
    await press(page, "n");
    await shot("review-decided");
    await press(page, "z");
    await shot("review-undone");
    await page.goto("/review?view=table", { waitUntil: "networkidle" });
    await shot("review-table");
    await page.getByRole("button", { name: "Accept many…" }).click();
    await page.getByLabel("From a score of").selectOption("40");
    const previewed = page.waitForResponse((response) => response.url().includes("threshold=40"));
    await page.getByRole("dialog").getByRole("button", { name: "Show", exact: true }).click();
    await previewed;
    await page.getByText(/ would be accepted|has a score of 40/).waitFor();
    await shot("review-bulk");
    await page.goto("/items?q=no+such+thing", { waitUntil: "networkidle" });
    await shot("items-none");
    await page.goto("/items?decision=matched", { waitUntil: "networkidle" });
    const [item, product] = await Promise.all(
      ["/items/", "/products?"].map((path) => page.locator(`#rows a[href^="${path}"]`).first().getAttribute("href")),
    );
    await page.goto(item, { waitUntil: "networkidle" });
    await shot("item");
    await page.goto(product, { waitUntil: "networkidle" });
    await shot("product");
    await page.goto("/suppliers");
    await page.getByRole("button", { name: "Add a supplier" }).click();
    await page.locator("#settings[open] form").waitFor();
    await page.getByText("Uploads only").click();
    await page.locator("[data-sample]").setInputFiles({ name: "bolts.csv", mimeType: "text/csv", buffer: Buffer.from(bolts(6)) });
    await page.locator("[data-trial] table").first().waitFor();
    await shot("supplier-dialog");
    await page.getByText("Process via ML").first().click();
    await page.locator("[data-columns]:not([hidden])").scrollIntoViewIfNeeded();
    await shot("supplier-dialog-columns");
    await page.goto("/suppliers");
    await page.locator('[data-supplier="bolts-and-nuts"]').getByRole("button", { name: "Upload" }).click();
    await shot("upload-dialog");
    await page.getByRole("button", { name: "Close" }).last().click();
    await page.locator('[data-supplier="paper-trail"]').getByRole("button", { name: "Upload", exact: true }).click();
    await drop(page, [
      ["office.csv", bolts(40)],
      ["empty.csv", ""],
      ["letter.csv", "Dear all, the list comes later.\n"],
    ]);
    await page.locator("[data-files] [data-phase]").nth(1).waitFor();
    await shot("upload-dialog-under-way");
    await page.locator('[data-files] [data-phase="complete"]').first().waitFor();
    await page.locator('[data-files] [data-phase="failed"]').first().waitFor();
    await shot("upload-dialog-done");
    await page.goto("/nowhere");
    await shot("problem");
    await close();
  }
}
await browser.close();
