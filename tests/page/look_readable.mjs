// The page says the same to everybody: to people with and without script, on a phone and on paper,
// and to programs.
import assert from "node:assert/strict";
import { eachPage, unfold } from "./browser.mjs";

const text = (tab) => tab.evaluate(() => document.body.innerText);

/** Compared before and after everything is unfolded. */
async function assertSameText(tab, plain) {
  const shown = await text(plain);
  assert.ok(shown.length > 100, shown);
  assert.equal(shown, await text(tab));
}

/** The page of a run has the run in it; one over many runs has no data. */
async function assertData(tab, printed) {
  const data = await tab.locator("script").evaluateAll((found) =>
    found.map(({ id, type, textContent }) => ({ id, type, textContent })));
  assert.deepEqual(data.map(({ id, type }) => `${id} ${type}`),
    printed.kind === "Run" ? ["certroll-run application/json"] : []);
  for (const { textContent } of data) assert.deepEqual(JSON.parse(textContent), printed);
}

async function assertOutline(tab, ids) {
  assert.equal(await tab.locator("html").getAttribute("lang"), "en");
  assert.notEqual(await tab.title(), "");
  assert.equal(await tab.getByRole("heading", { level: 1 }).count(), 1);
  assert.equal(await tab.getByRole("main").count(), 1);
  const shown = await text(tab);
  assert.deepEqual(ids.filter((id) => !shown.includes(id)), []);
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
  const wide = tab.viewportSize();
  await tab.setViewportSize({ width: 320, height: 640 });
  try {
    assert.deepEqual(await tab.evaluate(sideways), { hidden: false, moved: 0, width: 320 });
  } finally {
    await tab.setViewportSize(wide);
  }
}

async function assertAll(tab, { printed, ids }, t, plain) {
  await t.test("the run in it is the run that was printed", () => assertData(tab, printed));
  await t.test("a phone of 320 pixels", () => assertNarrow(tab));
  await t.test("paper", () => assertPaper(plain));
  await t.test("no script, folded", () => assertSameText(tab, plain));
  await Promise.all([tab, plain].map(unfold));
  await t.test("no script, unfolded", () => assertSameText(tab, plain));
  await t.test("a language, a title, one heading, each run's id", () => assertOutline(tab, ids));
  await t.test("a phone, unfolded", () => assertNarrow(tab));
}

export const title = "everybody can read it";

export function look(browser, t) {
  return eachPage(browser, t, { beside: { javaScriptEnabled: false } }, assertAll);
}
