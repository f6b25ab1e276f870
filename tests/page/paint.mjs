// How large each page is, and how soon it can be seen: three times, each in a new browser.
import { pages, withBrowser, withTab } from "./browser.mjs";

const TIMES = 3;

function timing() {
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  const [load] = performance.getEntriesByType("navigation");
  return { paint: paint?.startTime, load: load.loadEventEnd };
}

function once(browser, url) {
  return withTab(browser, {}, async (tab) => {
    await tab.goto(url);
    await tab.waitForFunction(
      () => performance.getEntriesByName("first-contentful-paint").length > 0);
    const elements = await tab.locator("*").count();
    return { ...(await tab.evaluate(timing)), elements };
  });
}

for (const { name, url, html, printed } of pages()) {
  const size = Buffer.byteLength(html) / 1e6;
  console.log(`${name}: ${printed.summary.certificates} certificates, ` +
    `${printed.actions.length} actions, ${size.toFixed(2)} MB`);
  for (let i = 0; i < TIMES; i++) {
    const { paint, load, elements } = await withBrowser((browser) => once(browser, url));
    console.log(`  first contentful paint ${(paint / 1000).toFixed(2)} s, loaded ` +
      `${(load / 1000).toFixed(2)} s, ${elements} elements`);
  }
}
