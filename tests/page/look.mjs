// Looks at all pages with one browser, theme by theme.
//
//   node look.mjs [THEME...]
import test from "node:test";
import { withBrowser } from "./browser.mjs";

const THEMES = ["accessible", "closed", "keyboard", "readable"];
const chosen = process.argv.length > 2 ? process.argv.slice(2) : THEMES;

test("the page", { concurrency: true }, (t) =>
  withBrowser(async (browser) => {
    for (const theme of chosen) {
      const { title, look } = await import(`./look_${theme}.mjs`);
      await t.test(`${theme}: ${title}`, (inner) => look(browser, inner));
    }
  }));
