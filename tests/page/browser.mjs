// What all tests of the page have in common: the pages, and a browser to look at them.
//
//   PAGES      the folder that make_pages.py filled
//   PACKAGES   the folder with node_modules
//   CHROMIUM   the browser, if not /usr/bin/chromium
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

export const PATIENCE = 120_000; // ms for one step, on a machine that has other work to do

function folder(name) {
  assert.ok(process.env[name], `${name} names no folder`);
  return path.resolve(process.env[name]);
}

export const require = createRequire(path.join(folder("PACKAGES"), "package.json"));

const { chromium } = require("playwright-core");

/** Every page: its name, address and text, the run that was printed, texts that must be shown. */
export function pages() {
  const read = (name) => fs.readFileSync(path.join(folder("PAGES"), name), "utf8");
  const files = fs.readdirSync(folder("PAGES"));
  const names = files.filter((name) => name.endsWith(".html")).map((name) => name.slice(0, -5));
  assert.notEqual(names.length, 0, "there are no pages");
  return names.sort().map((name) => ({
    name,
    url: pathToFileURL(path.join(folder("PAGES"), `${name}.html`)).href,
    html: read(`${name}.html`),
    run: JSON.parse(read(`${name}.json`)),
    texts: files.includes(`${name}.texts.json`) ? JSON.parse(read(`${name}.texts.json`)) : [],
  }));
}

export function page(name) {
  const found = pages().find((each) => each.name === name);
  assert.ok(found, `there is no page ${name}`);
  return found;
}

/** Does a task with a browser, which goes with it. */
export async function withBrowser(task) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    timeout: PATIENCE,
  });
  try {
    return await task(browser);
  } finally {
    await browser.close();
  }
}

/** Does a task with an empty tab of its own. */
export async function withTab(browser, options, task) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE);
  try {
    return await task(await context.newPage());
  } finally {
    await context.close();
  }
}

/**
 * A test for each page, in a tab that has opened it; only: which ones, by name. The page named
 * harmless is there to be compared with: it is left out, where nobody asks for it.
 */
export async function eachPage(browser, t, { only, ...options }, task) {
  const wanted = only || ((name) => name !== "harmless");
  for (const shown of pages().filter(({ name }) => wanted(name)))
    await t.test(shown.name, (inner) =>
      withTab(browser, options, async (tab) => {
        await tab.goto(shown.url);
        await task(tab, shown, inner);
      }));
}

/** Unfolds whatever is folded. */
export function unfold(tab) {
  return tab.evaluate(() => {
    for (const details of document.querySelectorAll("details")) {
      details.removeAttribute("name"); // so that none folds another one
      details.open = true;
    }
  });
}
