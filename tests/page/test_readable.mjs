// The page says the same to everybody: to people with and without script, on a phone and on paper,
// and to programs.
import assert from "node:assert/strict";
import test from "node:test";
import { eachPage, unfold, withBrowser, withTab } from "./browser.mjs";

const text = (tab) => tab.evaluate(() => document.body.innerText);

/** Compared before and after everything is unfolded. */
async function assertSameText(tab, plain) {
  const shown = await text(plain);
  assert.ok(shown.length > 100, shown);
  assert.equal(shown, await text(tab));
}

async function assertData(tab, run) {
  const data = await tab.locator("#certroll-run").evaluateAll((found) =>
    found.map(({ localName, type, textContent }) => ({ localName, type, textContent })));
  assert.deepEqual(data.map(({ localName, type }) => `${localName} ${type}`),
    ["script application/json"]);
  assert.deepEqual(JSON.parse(data[0].textContent), run);
}

async function assertOutline(tab, run) {
  assert.equal(await tab.locator("html").getAttribute("lang"), "en");
  assert.notEqual(await tab.title(), "");
  assert.equal(await tab.getByRole("heading", { level: 1 }).count(), 1);
  assert.equal(await tab.getByRole("main").count(), 1);
  assert.ok((await text(tab)).includes(run.run_id));
}

async function assertPaper(tab) {
  const pdf = (await tab.pdf({ format: "A4" })).toString("latin1");
  assert.match(pdf, /^%PDF-/);
  assert.notEqual((pdf.match(/\/Type\s*\/Page\b/g) || []).length, 0);
}

/** How far the page can be moved to the side, and whether it hides what it has there. */
function sideways() {
  scrollTo(1e6, 0);
  const hidden = [document.documentElement, document.body].some((element) =>
    ["hidden", "clip"].includes(getComputedStyle(element).overflowX));
  return { hidden, moved: scrollX, width: document.documentElement.scrollWidth };
}

async function assertNarrow(tab) {
  await tab.setViewportSize({ width: 320, height: 640 });
  assert.deepEqual(await tab.evaluate(sideways), { hidden: false, moved: 0, width: 320 });
}

test("everybody can read it", (t) =>
  withBrowser((browser) =>
    eachPage(browser, t, {}, (tab, { url, run }, inner) =>
      withTab(browser, { javaScriptEnabled: false }, async (plain) => {
        await plain.goto(url);
        await inner.test("the run in it is the run that was printed", () => assertData(tab, run));
        await inner.test("a phone of 320 pixels", () => assertNarrow(tab));
        await inner.test("paper", () => assertPaper(plain));
        await tab.setViewportSize(plain.viewportSize());
        await inner.test("no script, folded", () => assertSameText(tab, plain));
        await Promise.all([tab, plain].map(unfold));
        await inner.test("no script, unfolded", () => assertSameText(tab, plain));
        await inner.test("a language, a title, one heading, the run's id", () =>
          assertOutline(tab, run));
        await inner.test("a phone, unfolded", () => assertNarrow(tab));
      }))));
