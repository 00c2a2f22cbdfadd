// The browser, and pages that remember what went wrong in them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { stack } from "./stack.mjs";

const PROGRAM = process.env.CHROMIUM || "/usr/bin/chromium";

export const DESKTOP = { width: 1280, height: 800 };
export const TABLET = { width: 1100, height: 820 };
export const PHONE = { width: 390, height: 844 };

export async function launch() {
  if (!existsSync(PROGRAM)) {
    throw new Error(`there is no browser at ${PROGRAM}: install Chromium (apt-get install chromium), or name one in CHROMIUM`);
  }
  return chromium.launch({
    executablePath: PROGRAM,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A page of its own session. `faults` collects scripts' errors and breaches of the content security policy. */
export async function open(browser, { viewport = DESKTOP, colorScheme = "light" } = {}) {
  const context = await browser.newContext({ viewport, colorScheme, baseURL: stack.api_url });
  const page = await context.newPage();
  // An emulator may answer a request only after half a minute, however short the function takes; nothing here measures time by
  // this patience.
  page.setDefaultTimeout(90_000);
  const faults = [];
  page.on("pageerror", (error) => faults.push(`${error}`));
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) faults.push(message.text());
  });
  return { page, faults, close: () => context.close() };
}

export async function signIn(page, token = stack.admin_token) {
  await page.goto("/sign-in");
  await page.getByLabel("Token", { exact: true }).fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Keeps a picture of the page if SCREENSHOTS names a directory. */
export async function picture(page, name) {
  if (process.env.SCREENSHOTS) {
    // An open dialog belongs to the window, not to a place on the page.
    const fullPage = (await page.locator("dialog[open]").count()) === 0;
    await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage });
  }
}
