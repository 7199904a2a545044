// The page: one MQTT 5 connection to the port that has served it.
import { draw } from "./line.js";
import mqtt from "./mqtt.js";
import { Tree } from "./tree.js";

/** Numbers of a topic that are kept for its line. */
const POINTS = 600;

const $ = (id) => document.getElementById(id);
const strict = new TextDecoder("utf-8", { fatal: true });

/** By topic: the last message and `points`. */
const topics = new Map();
/** By filter: the options with which it was asked for. */
const filters = new Map();
let chosen;
let client;

const tree = new Tree($("tree"), (topic) => {
  chosen = topic;
  show();
});

// --- the connection

function connect(account) {
  client?.end(true);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  client = mqtt.connect(`${scheme}://${location.host}/mqtt`, {
    ...account,
    protocolVersion: 5,
    clientId: `page-${Math.random().toString(36).slice(2, 10)}`,
    reconnectPeriod: 2000,
    // Without a worker of its own.
    timerVariant: "native",
    resubscribe: false,
  });
  client.on("connect", () => {
    say("open", `Connected to ${location.host}`);
    for (const filter of filters.keys()) subscribe(filter);
  });
  client.on("close", () => say("failed", `Not connected to ${location.host}`));
  client.on("reconnect", () => say("waiting", `Connecting to ${location.host} …`));
  client.on("error", (error) => say("failed", error.message));
  client.on("message", receive);
}

/** A reason why there is no connection stays until there is one, or another try. */
function say(state, text) {
  const status = $("status");
  if (state === "failed" && status.dataset.state === "failed") return;
  status.dataset.state = state;
  status.textContent = text;
}

$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(event.target));
  connect(username ? { username, password } : {});
});

// --- messages

function receive(topic, payload, { qos, retain, properties = {} }) {
  const text = read(payload);
  const message = { text, payload, qos, retain, properties, time: Date.now() };
  if (!tree.set(topic, message)) return;
  const points = topics.get(topic)?.points ?? [];
  topics.set(topic, Object.assign(message, { points }));
  const number = text.trim() === "" ? NaN : Number(text);
  if (Number.isFinite(number)) points.push([message.time, number]);
  if (points.length > POINTS) points.shift();
  later(topic === chosen);
}

/** Text, or bytes in hexadecimal. */
function read(payload) {
  try {
    return strict.decode(payload);
  } catch {
    return Array.from(payload.slice(0, 1024), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  }
}

let waits = false;
let concerns = false;

/** Shows what has changed with the next frame. */
function later(isChosen) {
  concerns ||= isChosen;
  if (waits) return;
  waits = true;
  requestAnimationFrame(() => {
    waits = false;
    $("nothing").hidden = tree.size > 0;
    $("count").textContent = tree.size === 1 ? "1 topic" : `${tree.size} topics`;
    if (concerns) show();
    concerns = false;
  });
}

/** The topic that was chosen. */
function show() {
  const message = topics.get(chosen);
  $("chosen").hidden = !message;
  $("detail").querySelector(".hint").hidden = Boolean(message);
  $("detail-title").textContent = message ? chosen : "No topic chosen";
  if (!message) return;
  $("marks").replaceChildren(...marks(message).map(([text, name]) => entry(text, name)));
  $("payload").textContent = message.text;
  $("clear").disabled = !message.retain;
  const hasLine = message.points.length > 1;
  $("figure").hidden = !hasLine;
  if (hasLine) draw($("line"), message.points);
}

function marks({ qos, retain, properties, payload, time }) {
  const { contentType, responseTopic, userProperties = {}, messageExpiryInterval } = properties;
  const rows = [[`QoS ${qos}`], [`${payload.length} bytes`], [new Date(time).toLocaleTimeString("en-GB")]];
  if (retain) rows.unshift(["retained", "retained"]);
  if (contentType) rows.push([contentType]);
  if (responseTopic) rows.push([`answers to ${responseTopic}`]);
  if (messageExpiryInterval !== undefined) rows.push([`expires in ${messageExpiryInterval} s`]);
  for (const [name, value] of Object.entries(userProperties)) rows.push([`${name}: ${value}`]);
  return rows;
}

function entry(text, name = "") {
  const made = document.createElement("li");
  made.className = name;
  made.textContent = text;
  return made;
}

// --- subscriptions

$("subscribe").addEventListener("submit", (event) => {
  event.preventDefault();
  const { filter, qos } = Object.fromEntries(new FormData(event.target));
  filters.set(filter, { qos: Number(qos) });
  list();
  subscribe(filter);
});

async function subscribe(filter) {
  const options = filters.get(filter);
  try {
    // Retain As Published: a mark of "retained" is the publisher's.
    const [granted] = await client.subscribeAsync(filter, { qos: options.qos, rap: true });
    // Where the filter is ill-formed, there is nothing.
    options.refusal = granted ? undefined : "No filter";
  } catch (error) {
    options.refusal = error.message;
  }
  list();
}

function unsubscribe(filter) {
  filters.delete(filter);
  client.unsubscribe(filter);
  const keeps = (topic) => [...filters.keys()].some((filter) => matches(filter, topic));
  for (const topic of topics.keys()) if (!keeps(topic)) topics.delete(topic);
  tree.keep(keeps);
  list();
  later(true);
  $("subscribe").elements.filter.focus();
}

function list() {
  const items = [...filters].map(([filter, { qos, refusal }]) => {
    const item = entry("", refusal ? "refused" : "");
    const name = document.createElement("code");
    name.textContent = filter;
    const remove = document.createElement("button");
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Unsubscribe from ${filter}`);
    remove.addEventListener("click", () => unsubscribe(filter));
    item.append(name, refusal ? ` ${refusal}` : ` QoS ${qos}`, remove);
    return item;
  });
  $("subscriptions").replaceChildren(...items);
}

/** Section 4.7: `+` is one level, `#` all that follow, and neither begins a match with `$`. */
function matches(filter, topic) {
  const shared = filter.startsWith("$share/") ? filter.split("/").slice(2) : filter.split("/");
  const levels = topic.split("/");
  if (topic.startsWith("$") && /^[+#]/.test(shared[0])) return false;
  for (const [index, level] of shared.entries()) {
    if (level === "#") return true;
    if (index >= levels.length || (level !== "+" && level !== levels[index])) return false;
  }
  return shared.length === levels.length;
}

// --- publishing

$("publish").addEventListener("submit", (event) => {
  event.preventDefault();
  const { topic, payload, qos, retain } = Object.fromEntries(new FormData(event.target));
  publish(topic, payload, { qos: Number(qos), retain: retain === "on" });
});

$("clear").addEventListener("click", () => publish(chosen, "", { qos: 1, retain: true }));

$("answer").addEventListener("click", () => {
  const { topic, payload } = $("publish").elements;
  topic.value = chosen;
  payload.focus();
});

async function publish(topic, payload, options) {
  const tell = (state, text) => {
    $("published").dataset.state = state;
    $("published").textContent = text;
  };
  if (!client.connected) return tell("failed", "Not published: there is no connection.");
  try {
    await client.publishAsync(topic, payload, options);
    const verb = options.qos === 0 ? "Sent to" : "The broker has taken over";
    tell("done", `${verb} ${topic}, at ${new Date().toLocaleTimeString("en-GB")}.`);
  } catch (error) {
    tell("failed", `Not published: ${error.message}`);
  }
}

filters.set("#", { qos: 2 });
list();
connect({});
