// The page against the broker: each test is one thing that somebody does or sees.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import puppeteer from "puppeteer-core";

const { CHROMIUM, PROGRAMS, SCREENSHOTS } = process.env;
const children = [];
const faults = [];
let browser, page, port, pagePort;

before(async () => {
  [port, pagePort] = await broker();
  await publish("home/kitchen/temperature", "20.5", "-q", "1", "-r");
  browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    // As root, as tests often are, there is no sandbox.
    args: process.getuid() === 0 ? ["--no-sandbox"] : [],
  });
  page = await browser.newPage();
  await page.setViewport({ width: 1200, height: 900 });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(`http://127.0.0.1:${pagePort}/`);
});

after(async () => {
  await browser?.close();
  for (const child of children) child.kill();
});

/** Starts it; its ports for MQTT and for the page. */
async function broker() {
  const child = spawn(`${PROGRAMS}/broker`, ["--port", "0", "--ws-port", "0"]);
  children.push(child);
  const ports = [];
  for await (const line of createInterface(child.stderr)) {
    const port = /Listening on .*:(\d+)\./.exec(line)?.[1];
    if (port) ports.push(port);
    if (ports.length === 2) return ports;
  }
  throw new Error("the broker does not listen");
}

const publish = (topic, payload, ...more) =>
  promisify(execFile)(`${PROGRAMS}/publish`, ["-p", port, "-t", topic, "-m", payload, ...more]);

/** The next message that a subscriber to `filter` gets, behind a line that says it is subscribed. */
async function subscriber(filter) {
  const child = spawn(`${PROGRAMS}/subscribe`, ["-p", port, "-t", filter, "-t", "ready", "-v", "-q", "2"]);
  children.push(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  // Retained, for it may come before the subscription.
  await publish("ready", "now", "-r");
  assert.equal((await lines.next()).value, "ready now");
  return async () => (await lines.next()).value;
}

/** What a row of the tree says, once it says so. */
const row = (topic, wanted) =>
  page.waitForFunction(
    (topic, wanted) => {
      let list = document.getElementById("tree");
      let item;
      for (const level of topic.split("/")) {
        item = [...(list?.children ?? [])].find((item) => item.querySelector(".name").textContent === level);
        list = item?.querySelector("ul");
      }
      const line = item?.querySelector(".line");
      const shown = [...(line?.children ?? [])].filter((part) => !part.hidden && part.textContent);
      const texts = shown.slice(1).map((part) => part.textContent);
      return JSON.stringify(texts) === JSON.stringify(wanted);
    },
    { timeout: 10_000 },
    topic,
    wanted,
  );

const text = (selector) => page.$eval(selector, (element) => element.textContent);
const says = (selector, wanted) =>
  page.waitForFunction(
    (selector, wanted) => document.querySelector(selector).textContent.includes(wanted),
    { timeout: 10_000 },
    selector,
    wanted,
  );

async function screenshot(name) {
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

test("the page connects and shows what is retained, with its marks", async () => {
  await says("#status", "Connected");
  await row("home/kitchen/temperature", ["20.5", "retained", "QoS 1"]);
});

test("topics stand in a tree, in order, with their last values", async () => {
  await publish("home/kitchen/humidity", "40", "-q", "2");
  await publish("home/hall/lamp", "off");
  await publish("home/hall/lamp", "on");
  await row("home/hall/lamp", ["on", "QoS 0"]);
  await row("home/kitchen/humidity", ["40", "QoS 2"]);
  await row("home", ["3 topics"]);
  const names = await page.$$eval("#tree .name", (all) => all.map((name) => name.textContent));
  assert.deepEqual(names, ["home", "hall", "lamp", "kitchen", "humidity", "temperature"]);
});

test("what a payload says is text, whatever it holds", async () => {
  await publish("odd/markup", "<img src=x onerror=alert(1)>");
  await row("odd/markup", ["<img src=x onerror=alert(1)>", "QoS 0"]);
  assert.equal(await page.$("#tree img"), null);
});

test("the arrow keys walk through the tree, and Enter chooses", async () => {
  await page.focus("#tree [tabindex='0']");
  for (const key of ["ArrowRight", "ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
  assert.equal(await text("#detail-title"), "No topic chosen");
  for (const key of ["ArrowRight", "End", "ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowRight"]) {
    await page.keyboard.press(key);
  }
  const focused = () => page.evaluate(() => document.activeElement.querySelector(".name")?.textContent);
  assert.equal(await focused(), "markup");
  await page.keyboard.press("Home");
  assert.equal(await focused(), "home");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await page.$eval("#tree > li", (item) => item.getAttribute("aria-expanded")), "false");
  await page.keyboard.press("ArrowRight");
});

test("numbers of a topic are drawn as a line over time", async () => {
  for (const value of [20.5, 21, 22.5, 22, 24]) {
    await publish("home/kitchen/temperature", String(value), "-q", "1", "-r");
  }
  await row("home/kitchen/temperature", ["24", "retained", "QoS 1"]);
  await page.evaluate(() => {
    const names = [...document.querySelectorAll("#tree .name")];
    names.find((name) => name.textContent === "temperature").click();
  });
  assert.equal(await text("#detail-title"), "home/kitchen/temperature");
  assert.equal(await text("#payload"), "24");
  const curve = await page.$eval("#line polyline", (line) =>
    line.getAttribute("points").split(" ").map((point) => point.split(",").map(Number)),
  );
  // The retained one, and those that came after it.
  assert.equal(curve.length, 6);
  const [heights, times] = [curve.map(([, y]) => y), curve.map(([x]) => x)];
  assert.deepEqual(times, times.toSorted((a, b) => a - b));
  // Upwards is less.
  assert.ok(heights[0] === heights[1] && heights[1] > heights[2]);
  assert.ok(heights[2] > heights[4] && heights[4] > heights[3] && heights[3] > heights[5]);
  assert.equal(
    await page.$eval("#line", (line) => line.getAttribute("aria-label")),
    "6 values from 20.5 to 24, the last one 24",
  );
  await publish("home/kitchen/temperature", "23", "-q", "1", "-r");
  await says("#payload", "23");
  assert.equal(await page.$eval("#line polyline", (line) => line.getAttribute("points").split(" ").length), 7);
});

test("what the page publishes reaches a subscriber, byte for byte", async () => {
  const next = await subscriber("from/#");
  await page.type("#publish [name=topic]", "from/page");
  await page.type("#publish [name=payload]", "grüße 20 °C");
  await page.select("#publish [name=qos]", "2");
  await page.click("#publish [name=retain]");
  await page.click("#publish .row > button");
  assert.equal(await next(), "from/page grüße 20 °C");
  await says("#published", "The broker has taken over from/page");
  await row("from/page", ["grüße 20 °C", "retained", "QoS 2"]);
});

test("light and dark", async () => {
  for (const value of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    await screenshot(value);
    const [ink, paper] = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body);
      return [color, backgroundColor].map((text) => Number(/\d+/.exec(text)));
    });
    assert.equal(ink < paper, value === "light");
  }
});

test("on a small screen nothing stands out at the side", async () => {
  await page.setViewport({ width: 360, height: 740 });
  await publish("home/kitchen/temperature", "23.5");
  await says("#payload", "23.5");
  await screenshot("small");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360));
  await page.setViewport({ width: 1200, height: 900 });
});

test("a second filter shows more, and what no filter asks for any more is gone", async () => {
  await page.$eval("#subscribe [name=filter]", (input) => (input.value = ""));
  await page.type("#subscribe [name=filter]", "$SYS/#\n");
  await row("$SYS/broker/version", [`puremqtt 0.0.0`, "retained", "QoS 0"]);
  const roots = () => page.$$eval("#tree > li > .line > .name", (all) => all.map((name) => name.textContent));
  assert.deepEqual(await roots(), ["$SYS", "from", "home", "odd", "ready"]);
  await page.click("[aria-label='Unsubscribe from #']");
  await page.waitForFunction(() => document.querySelectorAll("#tree > li").length === 1);
  assert.deepEqual(await roots(), ["$SYS"]);
});

test("a filter that is none is refused, and the page says so", async () => {
  await page.$eval("#subscribe [name=filter]", (input) => (input.value = ""));
  await page.type("#subscribe [name=filter]", "a/#/b\n");
  await page.waitForSelector("#subscriptions .refused");
  await page.click("[aria-label='Unsubscribe from a/#/b']");
});

test("a publish that the broker refuses is told", async () => {
  await page.$eval("#publish [name=topic]", (input) => (input.value = ""));
  await page.type("#publish [name=topic]", "$SYS/mine");
  await page.select("#publish [name=qos]", "1");
  await page.click("#publish .row > button");
  await says("#published", "Not published");
});

test("without the broker the page says so", async () => {
  children[0].kill();
  await once(children[0], "exit");
  await says("#status", "Not connected");
});

test("no script has failed", () => {
  // The last test before this one has cut the line.
  const others = faults.filter((fault) => !fault.includes("WebSocket connection"));
  assert.deepEqual(others, []);
});
