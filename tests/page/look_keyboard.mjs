// Who has no mouse can fold and unfold everything, and sees where they are.
import assert from "node:assert/strict";
import { eachPage } from "./browser.mjs";

const MANY = 25; // stops after which a long page is taken as understood

/** Where the keyboard is: null at the page's end, else what it is on. */
function whereabouts() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const over = document.elementFromPoint((Math.max(left, 0) + Math.min(right, innerWidth)) / 2,
    (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2);
  element.dataset.stops = Number(element.dataset.stops || 0) + 1;
  return {
    name: element.localName,
    text: element.textContent.trim().slice(0, 60),
    again: element.dataset.stops > 1,
    open: element.localName === "summary" ? element.parentElement.open : null,
    outlined: outlineStyle !== "none" && parseFloat(outlineWidth) > 0,
    inView: element.contains(over),
  };
}

const isOpen = () => document.activeElement.parentElement.open;

/** Enter twice, or thrice where it was folded: what is inside comes next. */
async function fold(tab, { open, text }) {
  for (const expected of open ? [false, true] : [true, false, true]) {
    await tab.keyboard.press("Enter");
    assert.equal(await tab.evaluate(isOpen), expected, `Enter on '${text}'`);
  }
}

/** Goes from stop to stop with Tab; how many there were, and whether the page's end was reached. */
async function walk(tab) {
  for (let stops = 0; stops < MANY; stops++) {
    await tab.keyboard.press("Tab");
    const here = await tab.evaluate(whereabouts);
    if (!here || here.again) return { stops, ended: true };
    assert.ok(here.outlined, `no outline: ${here.name} '${here.text}'`);
    assert.ok(here.inView, `not in view: ${here.name} '${here.text}'`);
    if (here.name === "summary") await fold(tab, here);
  }
  return { stops: MANY, ended: false };
}

const missed = () =>
  [...document.querySelectorAll("summary:not([data-stops])")]
    .filter((summary) => summary.checkVisibility({ visibilityProperty: true }))
    .map((summary) => summary.textContent.trim().slice(0, 60));

export const title = "Tab reaches each summary, and Enter unfolds and folds it";

export async function look(browser, t) {
  let folded = 0;
  await eachPage(browser, t, {}, async (tab) => {
    const { ended } = await walk(tab);
    if (ended) assert.deepEqual(await tab.evaluate(missed), []);
    folded += await tab.locator("summary[data-stops]").count();
  });
  await t.test("and there are some", () => assert.notEqual(folded, 0));
}
