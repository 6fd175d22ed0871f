// Drawings: days with a mark for each entry, and bars. Whatever they show stands in a list or table too.

import { dated, h, svg } from "./dom.js";

const WIDTH = 880;
const SIDE = 45;
const ROW = 14;
const HIGH = 240;
const DAY = 86_400_000;
/** A gap between days that is so many times the middle one is drawn shorter, as a dashed line. */
const LONG = 10;
const LABEL = 90;
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "2-digit", timeZone: "UTC" });

/**
 * Draw entries, which are in the order of their days; `choose(index)` is called for the one that is
 * clicked. Whoever does not see it has the list below, which says and does the same.
 */
export function plot(entries, choose) {
  const at = scale([...new Set(entries.map((one) => one.day))].sort());
  const columns = new Map();
  const marks = entries.map((one, index) => {
    const x = Math.round(at.get(one.day).x / ROW) * ROW;
    const level = columns.get(x) ?? 0;
    columns.set(x, level + 1);
    return { one, index, x, level };
  });
  const row = Math.min(ROW, HIGH / Math.max(...columns.values()));
  const base = Math.max(...columns.values()) * row + 18;
  // It scrolls where the window is narrow: the keyboard has to get there.
  return h("figure", { class: "plot", tabindex: "0", "aria-label": "Days with a mark for each entry" },
    svg("svg", {
      viewBox: `0 0 ${WIDTH} ${base + 30}`, role: "img",
      "aria-label": `${entries.length} entries from ${dated(entries[0].day)} to ${dated(entries.at(-1).day)}; the list below has them all`,
    },
    axis(at, base),
    marks.map(({ one, index, x, level }) => mark(one, x, base - 9 - row * level, () => choose(index)))),
    h("figcaption", {},
      h("span", { class: "key statement" }, "● statement"), h("span", { class: "key event" }, "◇ event told by the article")));
}

/** Return where each day is drawn, {x, broken}: in proportion, except over gaps that are long. */
function scale(days) {
  const gaps = days.slice(1).map((day, index) => (Date.parse(day) - Date.parse(days[index])) / DAY);
  const middle = [...gaps].sort((one, other) => one - other)[Math.floor(gaps.length / 2)] ?? 1;
  const most = middle * LONG;
  const total = gaps.reduce((sum, gap) => sum + Math.min(gap, most), 0);
  const at = new Map([[days[0], { x: gaps.length === 0 ? WIDTH / 2 : SIDE, broken: false }]]);
  let sum = 0;
  gaps.forEach((gap, index) => {
    sum += Math.min(gap, most);
    at.set(days[index + 1], { x: SIDE + (sum / total) * (WIDTH - 2 * SIDE), broken: gap > most });
  });
  return at;
}

/** Draw the line of days; as many are named as there is room for. */
function axis(at, base) {
  let before = { x: 0 };
  let labelled = -LABEL;
  const parts = [];
  for (const [day, place] of at) {
    parts.push(svg("line", { x1: before.x, x2: place.x, y1: base, y2: base, class: place.broken ? "axis break" : "axis" }));
    before = place;
    if (place.x - labelled < LABEL) continue;
    labelled = place.x;
    parts.push(svg("line", { x1: place.x, x2: place.x, y1: base, y2: base + 5, class: "axis" }),
      svg("text", { x: place.x, y: base + 20, "text-anchor": "middle" }, SHORT.format(Date.parse(day))));
  }
  return [...parts, svg("line", { x1: before.x, x2: WIDTH, y1: base, y2: base, class: "axis" })];
}

function mark(one, x, y, onclick) {
  const text = `${dated(one.day)}: ${one.by?.speaker ? `${one.by.speaker}: ` : ""}${one.quote}`;
  const shape = one.kind === "statement"
    ? svg("circle", { cx: x, cy: y, r: 5 }, svg("title", {}, text))
    : svg("path", { d: `M${x} ${y - 6}l6 6-6 6-6-6z` }, svg("title", {}, text));
  shape.setAttribute("class", one.kind);
  shape.addEventListener("click", onclick);
  return shape;
}

/** Draw a bar for each step of {name, value}. */
export function bars(steps, label) {
  const [high, width] = [120, WIDTH / Math.max(steps.length, 1)];
  const most = Math.max(...steps.map((one) => one.value), 1);
  return h("figure", { class: "plot", tabindex: "0", "aria-label": "Bars" },
    svg("svg", { viewBox: `0 0 ${WIDTH} ${high + 45}`, role: "img", "aria-label": label },
      steps.map(({ name, value }, index) => {
        const height = (value / most) * high;
        const middle = (index + 0.5) * width;
        return [
          svg("rect", { x: index * width + 3, y: 20 + high - height, width: width - 6, height }),
          value > 0 && svg("text", { x: middle, y: 15 + high - height, "text-anchor": "middle" }, String(value)),
          svg("text", { x: middle, y: high + 38, "text-anchor": "middle" }, name),
        ];
      }),
      svg("line", { x1: 0, x2: WIDTH, y1: high + 20, y2: high + 20, class: "axis" })),
    h("figcaption", { class: "meta" }, label));
}
