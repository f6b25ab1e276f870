// Nothing goes out, and nothing runs: neither what the page has, nor what a name could put into it.
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { eachPage, page, withTab } from "./browser.mjs";

const POLICY = /<meta http-equiv="?Content-Security-Policy"?[^>]*>/i;

/** Opens an address, waits until all is quiet, and tells what happened meanwhile. */
async function watch(tab, url) {
  const seen = { requests: [], dialogs: [], errors: [] };
  const listeners = {
    request: (request) => seen.requests.push(request.url()),
    dialog: (dialog) => {
      seen.dialogs.push(dialog.message());
      return dialog.dismiss();
    },
    pageerror: (error) => seen.errors.push(String(error)),
  };
  const each = (task) => Object.entries(listeners).forEach((listener) => task(...listener));
  each((event, listener) => tab.on(event, listener));
  await tab.coverage.startJSCoverage({ reportAnonymousScripts: true, resetOnNavigation: false });
  await tab.goto(url, { waitUntil: "networkidle" });
  const scripts = await tab.coverage.stopJSCoverage();
  seen.scripts = scripts.map(({ url: where, source }) => where || source)
    .filter((where) => !where.startsWith("chrome-error:")); // the browser's own, in a frame
  seen.ran = await tab.evaluate(() => globalThis.ran);
  each((event, listener) => tab.off(event, listener));
  return seen;
}

function assertNothing(seen, url) {
  assert.deepEqual(seen, { requests: [url], dialogs: [], errors: [], scripts: [], ran: undefined });
}

/** Does a task with a server that remembers which paths it was asked for. */
async function withServer(task) {
  const asked = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url);
    response.end("globalThis.ran = 1");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await task(`http://127.0.0.1:${server.address().port}`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Does a task with a page that is in no folder of ours. */
async function withFile(html, task) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "certroll-page."));
  try {
    fs.writeFileSync(path.join(folder, "page.html"), html);
    return await task(pathToFileURL(path.join(folder, "page.html")).href);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Everything that a name could be if it were not escaped. */
const intruders = (to) => `
  <script>globalThis.ran = 1</script> <script src="${to}/script"></script>
  <script type="module" src="${to}/module"></script>
  <img src="${to}/image" onerror="globalThis.ran = 1"> <svg><image href="${to}/svg"/></svg>
  <img src="data:image/png;base64,x" onerror="globalThis.ran = 1">
  <iframe src="${to}/frame"></iframe> <iframe srcdoc="<img src='${to}/inner'>"></iframe>
  <object data="${to}/object"></object> <embed src="${to}/embed">
  <video src="${to}/video" autoplay></video> <audio src="${to}/audio" autoplay></audio>
  <link rel="stylesheet" href="${to}/sheet"> <link rel="icon" href="${to}/icon">
  <link rel="preload" as="image" href="${to}/preload"> <link rel="manifest" href="${to}/manifest">
  <style>@import url("${to}/import"); main { background: url("${to}/background") }
    @font-face { font-family: a; src: url("${to}/font") } i { font-family: a }</style><i>a</i>
  <form action="${to}/form"><button id="send">Send</button></form>`;

/** Sends the form; what of the policy forbade it. */
function send() {
  return new Promise((resolve) => {
    addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
    setTimeout(() => resolve("nothing"), 5000);
    document.getElementById("send").click();
  });
}

const invaded = (html, what) => {
  assert.match(html, /<\/main>/);
  return html.replace("</main>", () => `${what}</main>`);
};

async function nothingGoesOut(browser, t) {
  const look = async (tab, { url }) => assertNothing(await watch(tab, url), url);
  await eachPage(browser, t, { open: false }, look);
  const without = { open: false, bypassCSP: true, only: (name) => name.endsWith("hostile") };
  await t.test("nor if there were no policy", (inner) => eachPage(browser, inner, without, look));
}

/** What a page would do that is not ours, with the policy of one that is. */
async function policyStops(browser, t, to, asked) {
  const { html } = page("changes");
  const look = (text, task) =>
    withFile(text, (url) => withTab(browser, {}, (tab) => task(tab, url)));

  await t.test("which without a policy runs and asks", () =>
    look(invaded(html, intruders(to)).replace(POLICY, ""), async (tab, url) => {
      const seen = await watch(tab, url);
      assert.equal(seen.ran, 1);
      assert.ok(seen.scripts.length >= 2, `${seen.scripts.length} scripts`);
      assert.ok(seen.requests.length >= 10, `${seen.requests.length} requests`);
      await Promise.all([tab.waitForURL(/form/), tab.evaluate(send).catch(() => {})]);
      for (const each of ["/script", "/image", "/frame", "/sheet", "/import", "/form?"])
        assert.ok(asked.includes(each), `${each} was not asked for`);
    }));
  asked.length = 0;
  await t.test("scripts and requests", () =>
    look(invaded(html, intruders(to)), async (tab, url) => {
      const { scripts, ran, dialogs } = await watch(tab, url);
      assert.deepEqual({ scripts, ran, dialogs, asked },
        { scripts: [], ran: undefined, dialogs: [], asked: [] });
    }));
  await t.test("forms", () =>
    look(invaded(html, intruders(to)), async (tab, url) => {
      await tab.goto(url);
      assert.equal(await tab.evaluate(send), "form-action");
      assert.deepEqual(asked, []);
    }));
  asked.length = 0;
  await t.test("another base for links", () =>
    look(invaded(html, `<base href="${to}/base/">`), async (tab, url) => {
      await tab.goto(url);
      assert.equal(await tab.evaluate(() => document.baseURI), url);
    }));
}

/** How many elements of each name, attributes that do something, and the text of a page. */
function anatomy() {
  const elements = {};
  const active = [];
  for (const element of document.querySelectorAll("*")) {
    const name = element.localName;
    if (name !== "wbr") elements[name] = (elements[name] || 0) + 1;
    for (const { name: key, value } of element.attributes)
      if (/^on|^(action|formaction|srcdoc|background|data|ping|poster|src|srcset)$/i.test(key) ||
          (/href$/i.test(key) && !value.startsWith("#")))
        active.push(`${name} ${key}=${value}`);
  }
  const body = document.body.cloneNode(true);
  for (const element of body.querySelectorAll("script, style")) element.remove();
  return { elements, active, text: body.textContent };
}

/** Each page of hostile names beside the same page without them. */
async function namesStayText(browser, t) {
  const found = {};
  const only = (name) => /(hostile|harmless)$/.test(name);
  await eachPage(browser, t, { only }, async (tab, { name, texts, ids }) => {
    const { active, text } = (found[name] = await tab.evaluate(anatomy));
    assert.deepEqual(active, []);
    assert.notEqual(texts.length, 0);
    assert.deepEqual([...texts, ...ids].filter((each) => !text.includes(each)), []);
    assert.doesNotMatch(text, /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });
  const hostile = Object.keys(found).filter((name) => name.endsWith("hostile"));
  assert.notEqual(hostile.length, 0);
  for (const name of hostile)
    await t.test(`and make no element: ${name}`, () =>
      assert.deepEqual(found[name].elements,
        found[name.replace("hostile", "harmless")].elements));
}

export const title = "nothing goes out, and nothing runs";

export async function look(browser, t) {
  await t.test("no request but for the page itself, and no script", (inner) =>
    nothingGoesOut(browser, inner));
  await t.test("the policy stops what gets in", (inner) =>
    withServer((to, asked) => policyStops(browser, inner, to, asked)));
  await t.test("hostile names stay text", (inner) => namesStayText(browser, inner));
}
