// Nobody is shut out: WCAG 2.2 AA and good practice as axe-core judges them, light and dark.
import assert from "node:assert/strict";
import { eachPage, require, unfold } from "./browser.mjs";

const axe = require("axe-core");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const SHOWN = 5; // elements of each violation

// Of the page with a thousand certificates: its structure, as it opens. Its colours are those of the
// other pages, and to judge each of its words takes minutes.
const MANY = { colorSchemes: ["light"], rules: { "color-contrast": { enabled: false } } };
const ALL = { colorSchemes: ["light", "dark"], rules: {} };

/** What axe-core finds, one line a violation with some of its elements below. */
async function violations(tab, rules) {
  const found = await tab.evaluate((options) => axe.run(document, options),
    { runOnly: { type: "tag", values: TAGS }, rules, resultTypes: ["violations"] });
  assert.notEqual(found.passes.length, 0, "axe-core judged nothing");
  return found.violations.map(({ id, impact, help, nodes }) =>
    [`${id} (${impact}, ${nodes.length} times): ${help}`, ...nodes.slice(0, SHOWN).map((node) =>
      `  ${node.target.join(" ")}: ${node.html.slice(0, 200)}\n    ${node.failureSummary}`),
    ].join("\n"));
}

async function judge(tab, { name }) {
  const { colorSchemes, rules } = name === "many" ? MANY : ALL;
  if (name !== "many") await unfold(tab);
  await tab.evaluate(axe.source);
  for (const colorScheme of colorSchemes) {
    await tab.emulateMedia({ colorScheme });
    assert.equal((await violations(tab, rules)).join("\n"), "", colorScheme);
  }
}

export const title = "axe-core finds no violation";

/** Only for this does a page's own policy not hold: axe-core is a script. */
export function look(browser, t) {
  return eachPage(browser, t, { bypassCSP: true }, judge);
}
