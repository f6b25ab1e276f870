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
const SIDE_BY_SIDE = 2; // pages; what takes the time is the browser's own work

function folder(name) {
  assert.ok(process.env[name], `${name} names no folder`);
  return path.resolve(process.env[name]);
}

export const require = createRequire(path.join(folder("PACKAGES"), "package.json"));

const { chromium } = require("playwright-core");

/**
 * Every page: its name, address and text; what was printed, a run or the history; the ids of its
 * runs; texts that must be shown.
 */
export function pages() {
  const read = (name) => fs.readFileSync(path.join(folder("PAGES"), name), "utf8");
  const files = fs.readdirSync(folder("PAGES"));
  const names = files.filter((name) => name.endsWith(".html")).map((name) => name.slice(0, -5));
  assert.notEqual(names.length, 0, "there are no pages");
  return names.sort().map((name) => {
    const printed = JSON.parse(read(`${name}.json`));
    return {
      name,
      url: pathToFileURL(path.join(folder("PAGES"), `${name}.html`)).href,
      html: read(`${name}.html`),
      printed,
      ids: (printed.runs || [{ run: printed }]).filter(({ run }) => run).map(({ run }) => run.run_id),
      texts: files.includes(`${name}.texts.json`) ? JSON.parse(read(`${name}.texts.json`)) : [],
    };
  });
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
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
      `--renderer-process-limit=${SIDE_BY_SIDE}`], // what a new one costs, most pages do not
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
 * A test for each page, in a tab that has opened it, unless open is false; only: which ones, by
 * name; beside: the options of another tab that has opened it too. Few tabs show all pages, the
 * longest first: to make a tab takes longer than to open most of them. The pages that are named
 * harmless are there to be compared with: they are left out, where nobody asks for them.
 */
export async function eachPage(browser, t, { only, open = true, beside, ...options }, task) {
  const wanted = only || ((name) => !name.endsWith("harmless"));
  const waiting = pages().filter(({ name }) => wanted(name))
    .sort((a, b) => b.html.length - a.html.length);
  const showThem = async (...tabs) => {
    for (let shown = waiting.shift(); shown; shown = waiting.shift()) {
      const { name, url } = shown;
      await t.test(name, async (inner) => {
        if (open) await Promise.all(tabs.map((tab) => tab.goto(url)));
        await task(tabs[0], shown, inner, tabs[1]);
      });
    }
  };
  const inTabs = () => withTab(browser, options, (tab) =>
    beside ? withTab(browser, beside, (other) => showThem(tab, other)) : showThem(tab));
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, inTabs));
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
