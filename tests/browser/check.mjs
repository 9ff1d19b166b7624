// Opens pages that taglint wrote in a real browser: node check.mjs PLAN, where the plan is a JSON file with the paths of
// the driver, the browser and the pages, and the folder for screenshots. Prints one line for each measurement.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const require = createRequire(join(plan.driver, "package.json"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const address = (path, fragment = "") => pathToFileURL(path).href + fragment;

const browser = await chromium.launch({
  executablePath: plan.browser, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});

// Opens a page. A request, an error or a dialog that the page makes fails the test.
async function open(path, options = {}, fragment = "") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  page.problems = [];
  page.on("console", (message) => { if (message.type() === "error") page.problems.push(message.text()); });
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("dialog", (dialog) => { page.problems.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (request.url() !== address(path) && !request.url().startsWith("blob:")) page.problems.push(`request: ${request.url()}`); });
  await page.goto(address(path, fragment));
  return page;
}

async function close(page) {
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

const count = (page) => page.locator("#count").textContent();
const number = (text) => Number(text.split(" ")[0].replaceAll(",", ""));

// No width makes the page scroll sideways.
async function widths() {
  for (const width of [360, 390, 768, 1280, 2560]) {
    const page = await open(plan.page, { viewport: { width, height: 900 } });
    const inside = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(inside[0] <= inside[1], `at ${width} px the page is ${inside[0]} px wide`);
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
    const opened = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(opened <= width, `at ${width} px the page with all its details is ${opened} px wide`);
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = false; }));
    await page.screenshot({ path: join(plan.out, `${width}.png`) });
    await page.screenshot({ path: join(plan.out, `${width}-whole.png`), fullPage: true });
    await close(page);
  }
  const dark = await open(plan.page, { colorScheme: "dark" });
  await dark.screenshot({ path: join(plan.out, "dark.png") });
  await dark.screenshot({ path: join(plan.out, "dark-whole.png"), fullPage: true });
  await close(dark);
}

async function accessibility() {
  for (const options of [{}, { colorScheme: "dark" }, { viewport: { width: 360, height: 800 } }]) {
    // The rules run in the page, which its policy would not let them.
    const page = await open(plan.page, { bypassCSP: true, ...options });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const words = grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
    assert.deepEqual(words, [], JSON.stringify(options));
    console.log(`axe-core ${JSON.stringify(options)}: ${violations.length} violations, none of them serious`);
    await close(page);
  }
}

async function links() {
  const page = await open(plan.page, {}, "#rule=environment&sort=-account");
  const rules = new Set(await page.locator("#rows tbody tr td:nth-child(2)").allTextContents());
  assert.deepEqual([...rules], ["environment"]);
  assert.equal(await page.locator("th[data-id=account]").getAttribute("aria-sort"), "descending");
  const of_rule = number(await count(page));
  // A link of the first part filters, and the findings come into view.
  await page.evaluate(() => { location.hash = ""; });
  const link = page.locator("#who a[href^='#account=']").first();
  const listed = number(await link.locator("xpath=ancestor::tr").locator("td").first().textContent());
  const all = number(await count(page));
  await link.click();
  await page.waitForFunction(() => location.hash.startsWith("#account="));
  assert.equal(number(await count(page)), listed);
  assert.ok(await page.locator("#findings").evaluate((node) => node.getBoundingClientRect().top < innerHeight));
  const fix = page.locator("#first tbody a[href^='#fix=']").first();
  const fixes = number(await fix.locator("xpath=ancestor::tr").locator("td").first().textContent());
  await fix.click();
  await page.waitForFunction(() => location.hash.startsWith("#fix="));
  assert.equal(number(await count(page)), fixes);
  await page.goBack();
  await page.waitForFunction(() => location.hash.startsWith("#account="));
  assert.equal(number(await count(page)), listed);
  assert.ok(of_rule > 0 && listed > 0 && fixes > 0 && listed < all);
  // The rule of a finding is a link to its row.
  const rule = await page.locator("#rows tbody td:nth-child(2) a").first().getAttribute("href");
  assert.equal(await page.locator(`tr${rule}`).count(), 1);
  for (const address of await page.locator("#rows a[target]").evaluateAll((all) => all.map((one) => one.href))) {
    assert.match(address, /^https:\/\/([a-z0-9-]+\.)?console\.aws\.amazon\.com\/|^https:\/\/git\.example\.com\//);
  }
  await close(page);
}

async function keyboard_and_copy() {
  const page = await open(plan.page, { permissions: ["clipboard-read", "clipboard-write"] });
  const all = number(await count(page));
  await page.locator("#search").focus();
  await page.keyboard.type("prod");
  const some = number(await count(page));
  assert.ok(some > 0 && some < all, `${some} of ${all}`);
  assert.match(await page.evaluate(() => location.hash), /q=prod/);
  await page.locator("th[data-id=resource] button").focus();
  await page.keyboard.press("Enter");
  const names = async () => page.locator("#rows tbody tr td:nth-child(3) small:nth-of-type(2)").allTextContents();
  const up = await names();
  await page.keyboard.press("Enter");
  const down = await names();
  assert.ok(up[0] < down[0], `${up[0]} … ${down[0]}`);
  await page.locator("#next").focus();
  await page.keyboard.press("Enter");
  assert.match(await page.locator("#page").textContent(), /^Page 2 of/);
  await page.locator("#copy").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("copy").textContent.startsWith("Copied"));
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(text.trim().split(/\r?\n/).length, some + 1);
  await page.locator("#clear").press("Enter");
  assert.equal(number(await count(page)), all);
  await close(page);
}

// Text from outside is text: no element, no script, no dialog, no formula.
async function hostile() {
  const page = await open(plan.hostile, { permissions: ["clipboard-read", "clipboard-write"] });
  const found = await page.evaluate(() => ({
    scripts: document.scripts.length,
    others: document.querySelectorAll("img, iframe, object, embed, form, base, link, audio, video").length,
    links: [...document.links].map((one) => one.getAttribute("href")).filter((href) => !/^(#|https:\/\/)/.test(href)),
    handlers: [...document.querySelectorAll("*")].flatMap((node) => node.getAttributeNames()).filter((name) => name.startsWith("on")),
    text: document.body.textContent,
  }));
  assert.deepEqual([found.scripts, found.others, found.links, found.handlers], [2, 0, [], []]);
  assert.ok(found.text.includes("</script><script>alert(1)</script>"), "the text is shown");
  assert.ok(!/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/.test(await page.locator("body").innerText()));
  await page.locator("#copy").click();
  await page.waitForFunction(() => document.getElementById("copy").textContent.startsWith("Copied"));
  const csv = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(csv.includes("'=cmd") && !/(^|,)"[=+\-@]/m.test(csv), csv.slice(0, 2000));
  await close(page);
}

async function print() {
  const page = await open(plan.page);
  const pdf = await page.pdf({ preferCSSPageSize: true });
  writeFileSync(join(plan.out, "print.pdf"), pdf);
  const pages = (pdf.toString("latin1").match(/\/Type\s*\/Page\b/g) ?? []).length;
  assert.ok(pages >= 1 && pages <= 3, `${pages} printed pages`);
  console.log(`print: ${pages} pages`);
  await close(page);
}

// A text report as a terminal shows it: the escape sequences of color become styles, and nothing else changes.
async function terminal() {
  const text = readFileSync(plan.terminal, "utf8");
  const names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
  const escaped = (part) => part.replace(/[&<>]/g, (mark) => `&#${mark.codePointAt(0)};`);
  let classes = new Set();
  const parts = text.split(/\x1b\[([0-9;]*)m/).map((part, at) => {
    if (at % 2 === 0) return part && `<span class="${[...classes].join(" ")}">${escaped(part)}</span>`;
    for (const code of (part || "0").split(";").map(Number)) {
      if (code === 0) classes = new Set();
      else if (code === 1) classes.add("bold");
      else if (code === 2) classes.add("dim");
      else if (code === 4) classes.add("underline");
      else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) classes.add(names[code % 10]);
      else throw new Error(`an unknown code of color: ${code}`);
    }
    return "";
  });
  const page = await (await browser.newContext({ viewport: { width: 900, height: 300 } })).newPage();
  await page.setContent(`<!DOCTYPE html><meta charset="utf-8"><style>
    body { margin: 0; width: max-content; background: #16191f } pre { margin: 0; padding: 16px; color: #d5dbdb; font: 13px/1.45 "DejaVu Sans Mono", monospace }
    .bold { font-weight: 700 } .dim { opacity: .7 } .underline { text-decoration: underline }
    .red { color: #ff7b72 } .green { color: #7ee787 } .yellow { color: #e3b341 } .blue { color: #79c0ff } .magenta { color: #d2a8ff } .cyan { color: #76e3ea }
    </style><pre>${parts.join("")}</pre>`);
  const shown = await page.locator("pre").evaluate((node) => node.textContent);
  assert.equal(shown, text.replace(/\x1b\[[0-9;]*m/g, ""));
  await page.locator("pre").screenshot({ path: join(plan.out, "terminal.png") });
  await page.context().close();
}

// The time from the start of the navigation to the first rows on the screen, and that of a filter.
async function measure(path, search, ready, rounds) {
  const opened = [];
  const filtered = [];
  for (let round = 0; round < rounds; round += 1) {
    const page = await open(path);
    opened.push(await page.evaluate((ready) => new Promise((done) => {
      const look = () => (document.querySelector(ready) ? requestAnimationFrame(() => done(performance.now())) : setTimeout(look, 5));
      look();
    }), ready));
    await page.waitForTimeout(500);
    for (const word of ["prod", "environment staging", "no such text"]) {
      filtered.push(await page.evaluate(([search, word]) => new Promise((done) => {
        const field = document.querySelector(search);
        const start = performance.now();
        field.value = word;
        field.dispatchEvent(new Event("input"));
        void document.body.offsetHeight;
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
      }), [search, word]));
    }
    await close(page);
  }
  const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
  return { open: median(opened), least: opened[0], filter: median(filtered), quick: filtered[0] };
}

async function speed() {
  const ours = await measure(plan.big, "#search", "#rows tbody tr", 5);
  const plain = await measure(plan.plain, "#search", "#end", 1);
  const words = ({ open, filter }) => `opens in ${Math.round(open)} ms, filters in ${Math.round(filter)} ms (medians)`;
  console.log(`100,000 findings: ${words(ours)}`);
  console.log(`20,000 plain rows: ${words(plain)}`);
  // The bars are 2 s and 200 ms. A busy machine must not fail a test, so only the ratio to the plain page is one.
  console.log(`least of all: opens in ${Math.round(ours.least)} ms, filters in ${Math.round(ours.quick)} ms`);
  assert.ok(ours.open < plain.open && ours.filter < plain.filter, "a page of plain rows is quicker");
}

try {
  for (const part of [widths, accessibility, links, keyboard_and_copy, hostile, print, terminal, speed]) {
    if (plan.only && !plan.only.split(",").includes(part.name)) continue;
    await part();
    console.log(`good: ${part.name}`);
  }
} finally {
  await browser.close();
}
