// Controls Visual Studio Code in a headless Chromium and reports what its extension does with a test script.
// Arguments: the editor's URL, the directory that is open in it, a directory for pictures, the editor's settings file,
// the program. CHROMIUM is the path of the browser; with KEEP_GOING, a failed step does not
// end the run; STEPS are the names of the only steps to run, separated by commas.
import { chromium } from "playwright-core";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [url, folder, pictures, settings, program] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
page.setDefaultTimeout(120_000);

const press = async (...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const pick = async (prefix, text) => {
  await press(prefix);
  const input = page.locator(".quick-input-widget input[type=text]");
  await input.waitFor();
  await page.keyboard.type(text);
  await page.waitForTimeout(500);
  await press("Enter");
  await input.waitFor({ state: "hidden" });
};
const command = title => pick("F1", title);
const goTo = (line, column) => pick("Control+g", `${line}:${column}`);
const open = async name => {
  await page.locator(".explorer-folders-view .monaco-list-row", { hasText: name }).dblclick();
  await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
  await press("Control+1");
};
// Text in the editor, where a space is a no-break space.
const shown = (selector, text) =>
  page.locator(selector).filter({ hasText: new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" ", "\\s")) }).first();
const onDisk = async (name, text) => {
  let have;
  for (let i = 0; i < 100; i++) {
    have = readFileSync(join(folder, name), "utf8");
    if (have.includes(text)) return;
    await page.waitForTimeout(100);
  }
  throw new Error(`${name} has no ${JSON.stringify(text)}:\n${have}`);
};
const colour = text =>
  page.evaluate(text => {
    const span = [...document.querySelectorAll(".view-line span span")].find(s => s.textContent.trim() === text);
    return span ? getComputedStyle(span).color : `no span ${text}`;
  }, text);

const steps = {
  async "missing program"() {
    await open("main.star");
    await shown(".notification-toast", "no-such-program can't be started").waitFor();
    const now = JSON.parse(readFileSync(settings, "utf8"));
    writeFileSync(settings, JSON.stringify({ ...now, "gotestDriver.path": program }));
  },
  async diagnostics() {
    await page.locator(".squiggly-error").first().waitFor();
    await press("Control+Shift+m");
    await shown(".markers-panel .monaco-list-row", "no attribute or method `wait_for_unti`").waitFor();
  },
  async "syntax colours"() {
    const [keyword, name, text, number, comment] = await Promise.all(
      ["def", "front_page", '"nginx.service"', "80", "# the page as text"].map(colour));
    if (new Set([keyword, name, text, number, comment]).size < 5) throw new Error([keyword, name, text, number, comment].join(" "));
  },
  async hover() {
    await shown(".view-line span", "start_all").last().hover();
    await shown(".monaco-hover-content", "Start every machine").waitFor();
    await page.mouse.move(5, 5);
  },
  async "inlay hints"() {
    await shown(".view-line", "unit: str = ").waitFor();
  },
  async "quick fix"() {
    await goTo(17, 10);
    await press("Control+.");
    await shown(".action-widget .monaco-list-row", "wait_for_unit").waitFor();
    await press("Enter");
    await shown(".view-line", "server.wait_for_unit(unit)").waitFor();
    await press("Control+s");
    await onDisk("main.star", "\nserver.wait_for_unit(unit)\n");
  },
  async format() {
    await command("Format Document");
    await shown(".view-line", "    page").waitFor(); // an inlay hint follows
    await press("Control+s");
    await onDisk("main.star", "\n    page = front_page(");
  },
  async rename() {
    await open("helpers.star");
    await goTo(1, 6);
    await press("F2");
    const input = page.locator(".rename-input");
    await input.waitFor();
    await input.fill("log_in");
    await press("Enter");
    await shown(".view-line", "def log_in").waitFor();
    await command("File: Save All");
    await onDisk("helpers.star", "def log_in(");
    await onDisk("main.star", 'load("helpers.star", "log_in")');
    await onDisk("main.star", "\nlog_in(server)\n");
  },
  async definition() {
    await open("main.star");
    await goTo(19, 3); // formatting has added a line
    await press("F12");
    await page.locator('.tab.active[data-resource-name="helpers.star"]').waitFor();
    await open("main.star");
  },
  async completion() {
    await goTo(16, 1);
    await press("End", "Enter");
    await page.keyboard.type("server.wait_for_op");
    await shown(".suggest-widget .monaco-list-row", "wait_for_open_port").waitFor();
    await press("Enter");
    await page.keyboard.type("(");
    await shown(".parameter-hints-widget", "port: int").waitFor();
    await page.keyboard.type("80, tim");
    await shown(".suggest-widget .monaco-list-row", "timeout").waitFor();
    await press("Enter");
    await page.keyboard.type("5");
    await press("End", "Control+s");
    await onDisk("main.star", "\nserver.wait_for_open_port(80, timeout = 5)\n");
  },
  async outline() {
    await press("Control+Shift+o");
    await shown(".quick-input-list .monaco-list-row", "front_page").waitFor();
    await press("Escape");
  },
  async debugging() {
    await open("debug.star");
    await goTo(3, 1);
    await press("F9", "F5");
    await page.locator(".debug-top-stack-frame-line").first().waitFor();
    await page.locator(".debug-variables .monaco-list-row").filter({ hasText: /^total\s*=\s*0$/ }).waitFor();
    await press("F9", "F5");
    await page.locator(".debug-toolbar").waitFor({ state: "hidden" });
    await press("Control+Shift+y");
    await shown(".repl .monaco-list-row", "total is 3").waitFor();
  },
};

let failed = false;
try {
  await page.goto(`${url}/?folder=${encodeURI(folder)}`);
  await page.locator(".monaco-workbench").waitFor();
  await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor();
  for (const [name, step] of Object.entries(steps)) {
    if (process.env.STEPS && !process.env.STEPS.split(",").includes(name)) continue;
    const file = join(pictures, `${name.replaceAll(" ", "-")}.png`);
    try {
      await step();
      console.log(`ok: ${name}`);
    } catch (error) {
      failed = true;
      console.log(`FAILED: ${name}: ${error.message}`);
      if (!process.env.KEEP_GOING) break;
      await press("Escape", "Escape");
    } finally {
      await page.screenshot({ path: file });
    }
  }
} finally {
  await browser.close();
}
process.exit(failed ? 1 : 0);
