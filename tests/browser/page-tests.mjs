// Tests that each have a page of their own, and what several of them do on it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./browser.mjs";

/** With jobs, polls and answers on a busy machine; nothing measures time by it. */
export const PATIENCE = { timeout: 90_000 };

/**
 * The tests of a file share a browser. Answers the function that declares one: with a page of its own, in which nothing may go
 * wrong unseen. `prepare` is done once, before the first.
 */
export function pageTests(prepare) {
  let browser;
  before(async () => {
    browser = await launch();
    await prepare?.();
  });
  after(async () => browser?.close());
  return (name, options, body) =>
    test(name, { timeout: 400_000 }, async () => {
      const { page, faults, close } = await open(browser, options);
      try {
        await body(page);
        assert.deepEqual(faults, []);
      } finally {
        await close();
      }
    });
}

/** Drops files on the upload dialog's place, as a file manager does. */
export async function drop(page, files) {
  const transfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const [name, text] of files) transfer.items.add(new File([text], name, { type: "text/csv" }));
    return transfer;
  }, files);
  await page.locator("[data-drop]").dispatchEvent("drop", { dataTransfer: transfer });
}

/** Presses a key of the review and waits until the next item takes the keys. */
export async function press(page, key) {
  const answered = page.waitForResponse((response) => response.url().endsWith("/review/answer"), PATIENCE);
  await page.keyboard.press(key);
  assert.equal((await answered).status(), 200);
  // Keys that come while an answer is under way are passed over.
  await page.waitForFunction(() => document.activeElement?.matches("#card:not(.htmx-request)"));
}
