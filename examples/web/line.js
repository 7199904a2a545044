// Numbers over time, as a line in an SVG.

const [LEFT, TOP, BOTTOM, TIMES] = [56, 12, 192, 212];

/** `points` are pairs of a time in ms and a number, at least two. */
export function draw(svg, points) {
  const right = svg.clientWidth - 12;
  const [first, last] = [points[0][0], points.at(-1)[0]];
  const values = points.map(([, value]) => value);
  const steps = ticks(Math.min(...values), Math.max(...values));
  const [low, high] = [steps[0], steps.at(-1)];
  const x = (time) => LEFT + ((time - first) / (last - first || 1)) * (right - LEFT);
  const y = (value) => BOTTOM - ((value - low) / (high - low)) * (BOTTOM - TOP);

  const rules = steps.flatMap((step) => [
    shape("line", { class: "grid", x1: LEFT, x2: right, y1: y(step), y2: y(step) }),
    shape("text", { x: LEFT - 8, y: y(step) + 4, "text-anchor": "end" }, label(step)),
  ]);
  const times = [
    shape("text", { x: LEFT, y: TIMES }, clock(first)),
    shape("text", { x: right, y: TIMES, "text-anchor": "end" }, clock(last)),
  ];
  const path = points.map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`);
  const curve = shape("polyline", { class: "curve", points: path.join(" ") });
  const end = shape("circle", { cx: x(last), cy: y(values.at(-1)), r: 4 });
  svg.replaceChildren(...rules, ...times, curve, end);
  const span = `from ${label(Math.min(...values))} to ${label(Math.max(...values))}`;
  svg.setAttribute("aria-label", `${points.length} values ${span}, the last one ${values.at(-1)}`);
}

/** Round numbers around what there is, about four of them. */
function ticks(low, high) {
  if (low === high) {
    const around = Math.abs(low) * 0.1 || 1;
    [low, high] = [low - around, high + around];
  }
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough;
  const [from, to] = [Math.floor(low / step), Math.ceil(high / step)];
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index) * step);
}

const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 6, notation: "compact" });
const label = (value) => short.format(value);
const clock = (time) => new Date(time).toLocaleTimeString("en-GB");

function shape(name, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}
