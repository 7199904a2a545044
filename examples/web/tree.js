// The topics as a tree, after the pattern "tree view" of the ARIA practices. Nothing is drawn more
// than once a frame, however many messages come.

/** So many topics start unfolded. */
const UNFOLDED = 200;

/** So many topics are shown: a browser is no archive. */
const MOST = 20_000;

/** Of a value, in the tree. */
const CHARACTERS = 200;

export class Tree {
  #list;
  #root = { children: new Map(), depth: 0 };
  #byTopic = new Map();
  #changed = new Set();
  #waits = false;
  #current;
  #choose;

  /** `choose` is called with the topic that somebody has chosen. */
  constructor(list, choose) {
    this.#list = list;
    this.#root.list = list;
    this.#choose = choose;
    list.addEventListener("click", (event) => this.#clicked(event));
    list.addEventListener("keydown", (event) => this.#pressed(event));
  }

  get size() {
    return this.#byTopic.size;
  }

  /** The last message of `topic`: `text`, `qos`, `retain`. False: there is no room for it. */
  set(topic, message) {
    let node = this.#byTopic.get(topic);
    if (!node) {
      if (this.#byTopic.size >= MOST) return false;
      node = this.#add(topic);
      this.#byTopic.set(topic, node);
    }
    node.message = message;
    this.#changed.add(node);
    if (!this.#waits) requestAnimationFrame(() => this.#draw());
    this.#waits = true;
    return true;
  }

  /** Forgets the topics for which `keeps` is false. */
  keep(keeps) {
    const kept = [...this.#byTopic].filter(([topic]) => keeps(topic));
    this.#byTopic.clear();
    this.#changed.clear();
    this.#root.children.clear();
    this.#root.below = 0;
    this.#list.replaceChildren();
    this.#current = undefined;
    for (const [topic, { message }] of kept) this.set(topic, message);
  }

  #add(topic) {
    let node = this.#root;
    for (const name of topic.split("/")) {
      let child = node.children.get(name);
      if (!child) {
        child = { name, parent: node, depth: node.depth + 1, children: new Map() };
        node.children.set(name, child);
      }
      node = child;
    }
    node.topic = topic;
    for (let above = node.parent; above; above = above.parent) {
      above.below = (above.below ?? 0) + 1;
      if (above.item) this.#changed.add(above);
    }
    return node;
  }

  #draw() {
    this.#waits = false;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const node of changed) {
      this.#show(node);
      this.#fill(node);
    }
  }

  /** Sees to it that a node and those above it have their items. */
  #show(node) {
    if (node.item || node === this.#root) return;
    this.#show(node.parent);
    if (node.parent.item && !node.parent.list) this.#unfoldable(node.parent);
    const item = element("li", { role: "treeitem", tabindex: -1, "aria-selected": false });
    const parts = ["turn", "name", "value", "retained mark", "mark", "below"];
    const line = element("div", { class: "line" });
    line.append(...parts.map((name) => element("span", { class: name })));
    item.append(line);
    node.item = item;
    item.node = node;
    line.children[1].textContent = node.name;
    line.children[1].title = node.name;
    const list = node.parent.list;
    list.insertBefore(item, successor(list, node.name));
    if (!this.#current) this.#focusable(node);
    this.#fill(node);
  }

  #unfoldable(node) {
    node.list = element("ul", { role: "group" });
    node.item.append(node.list);
    node.item.setAttribute("aria-expanded", this.#byTopic.size <= UNFOLDED);
    this.#fill(node);
  }

  #fill({ item, message, below }) {
    const [, , value, retained, qos, count] = item.firstChild.children;
    retained.hidden = !message?.retain;
    retained.textContent = "retained";
    qos.hidden = !message;
    count.hidden = !below;
    count.textContent = below === 1 ? "1 topic" : `${below} topics`;
    if (!message) return;
    qos.textContent = `QoS ${message.qos}`;
    if (message === item.shown) return;
    item.shown = message;
    value.textContent = message.text.slice(0, CHARACTERS);
    // So that it begins anew.
    value.classList.remove("fresh");
    requestAnimationFrame(() => value.classList.add("fresh"));
  }

  #clicked(event) {
    const item = event.target.closest("[role=treeitem]");
    if (!item) return;
    this.#focus(item.node);
    if (item.node.topic === undefined || event.target.classList.contains("turn")) {
      this.#fold(item, item.getAttribute("aria-expanded") !== "true");
    } else {
      this.#chosen(item);
    }
  }

  #pressed(event) {
    const item = event.target.closest("[role=treeitem]");
    if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
    const expanded = item.getAttribute("aria-expanded");
    const items = () => [...this.#list.querySelectorAll("li")].filter((item) => item.offsetParent);
    const to = (other) => other?.node && this.#focus(other.node);
    const steps = {
      ArrowDown: () => to(items()[items().indexOf(item) + 1]),
      ArrowUp: () => to(items()[items().indexOf(item) - 1]),
      Home: () => to(items()[0]),
      End: () => to(items().at(-1)),
      ArrowRight: () => (expanded === "false" ? this.#fold(item, true) : to(item.node.list?.firstChild)),
      ArrowLeft: () => (expanded === "true" ? this.#fold(item, false) : to(item.node.parent.item)),
      Enter: () => this.#chosen(item),
      " ": () => this.#chosen(item),
    };
    if (!Object.hasOwn(steps, event.key)) return;
    event.preventDefault();
    steps[event.key]();
  }

  #fold(item, unfolds) {
    if (item.node.list) item.setAttribute("aria-expanded", unfolds);
  }

  #chosen(item) {
    if (item.node.topic === undefined) {
      return this.#fold(item, item.getAttribute("aria-expanded") !== "true");
    }
    const before = this.#list.querySelector("[aria-selected=true]");
    before?.setAttribute("aria-selected", false);
    item.setAttribute("aria-selected", true);
    this.#choose(item.node.topic);
  }

  #focus(node) {
    this.#focusable(node);
    node.item.focus();
  }

  /** One item of the tree is a stop of the Tab key. */
  #focusable(node) {
    this.#current?.item.setAttribute("tabindex", -1);
    this.#current = node;
    node.item.setAttribute("tabindex", 0);
  }
}

const order = new Intl.Collator("en", { numeric: true });

/** The item before which `name` belongs, by halves. */
function successor(list, name) {
  let [low, high] = [0, list.children.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order.compare(list.children[middle].node.name, name) < 0) low = middle + 1;
    else high = middle;
  }
  return list.children[low] ?? null;
}

function element(name, attributes) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
