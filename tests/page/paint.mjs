// How large the page named many is, and how soon it can be seen: three times, each in a new browser.
import { page, withBrowser, withTab } from "./browser.mjs";

const TIMES = 3;
const shown = page("many");

function timing() {
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  const [load] = performance.getEntriesByType("navigation");
  return { paint: paint?.startTime, load: load.loadEventEnd };
}

function once(browser) {
  return withTab(browser, {}, async (tab) => {
    await tab.goto(shown.url);
    await tab.waitForFunction(
      () => performance.getEntriesByName("first-contentful-paint").length > 0);
    const elements = await tab.locator("*").count();
    return { ...(await tab.evaluate(timing)), elements };
  });
}

const size = Buffer.byteLength(shown.html) / 1e6;
console.log(`${shown.run.summary.certificates} certificates, ${size.toFixed(2)} MB`);
for (let i = 0; i < TIMES; i++) {
  const { paint, load, elements } = await withBrowser(once);
  console.log(`first contentful paint ${(paint / 1000).toFixed(2)} s, loaded ` +
    `${(load / 1000).toFixed(2)} s, ${elements} elements`);
}
