// Drawings: days with a mark for each entry, and bars. Whatever they show stands in a list or table too.

import { dated, h, svg } from "./dom.js";

const WIDTH = 880;
const SIDE = 40;
const ROW = 14;
const DAY = 86_400_000;
/** Steps between the labels of the axis, in days. */
const STEPS = [1, 2, 7, 14, 30, 91, 182, 365, 730, 1825, 3650];
const LABELS = 8;
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "2-digit", timeZone: "UTC" });

/**
 * Draw entries, which are in the order of their days; `choose(index)` is called for the one that is
 * clicked. Whoever does not see it has the list below, which says and does the same.
 */
export function plot(entries, choose) {
  const days = entries.map((one) => Date.parse(one.day));
  const [first, last] = [Math.min(...days), Math.max(...days)];
  const span = Math.max(last - first, DAY);
  const at = (time) => (last === first ? WIDTH / 2 : SIDE + ((time - first) / span) * (WIDTH - 2 * SIDE));
  const columns = new Map();
  const marks = entries.map((one, index) => {
    const x = Math.round(at(days[index]) / ROW) * ROW;
    const level = columns.get(x) ?? 0;
    columns.set(x, level + 1);
    return { one, index, x, level };
  });
  const height = (Math.max(...columns.values()) + 1) * ROW;
  const base = height + 4;
  return h("figure", { class: "plot" },
    svg("svg", {
      viewBox: `0 0 ${WIDTH} ${base + 30}`, role: "img",
      "aria-label": `${entries.length} entries from ${dated(entries[0].day)} to ${dated(entries.at(-1).day)}; the list below has them all`,
    },
    svg("line", { x1: 0, x2: WIDTH, y1: base, y2: base, class: "axis" }),
    ticks(first, last).map((time) => [
      svg("line", { x1: at(time), x2: at(time), y1: base, y2: base + 5, class: "axis" }),
      svg("text", { x: at(time), y: base + 20, "text-anchor": "middle" }, SHORT.format(time)),
    ]),
    marks.map(({ one, index, x, level }) => mark(one, x, base - ROW * (level + 0.7), () => choose(index)))),
    h("figcaption", { class: "meta" },
      h("span", { class: "key statement" }, "● statement"), h("span", { class: "key event" }, "◆ event told by the article")));
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

function ticks(first, last) {
  const days = (last - first) / DAY;
  const step = (STEPS.find((one) => days / one <= LABELS) ?? days / LABELS) * DAY;
  const found = [];
  for (let time = first; time <= last; time += step) found.push(time);
  return found;
}

/** Draw a bar for each step of {name, value}. */
export function bars(steps, label) {
  const [high, width] = [120, WIDTH / Math.max(steps.length, 1)];
  const most = Math.max(...steps.map((one) => one.value), 1);
  return h("figure", { class: "plot" },
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
