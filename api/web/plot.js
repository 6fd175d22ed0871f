// A timeline: a row for each of those who say most, a mark for each entry where its day is. The list
// beside it says the same.

import { dated, h, span } from "./dom.js";
import { d3, sheet } from "./drawing.js";

/** Marks are as large as the least target of WCAG 2.2 (2.5.8), and never nearer to each other. */
const MARK = 24;
const SIDE = 40;
const NAME = 20;
/** So many marks of a row stand above each other before they give way to the side. */
const HIGH = 8;
/** So many speakers have a row of their own, if they have entries on several days. */
const ROWS = 5;
const AXIS = 30;
const LABEL = 90;
/** A gap between days that is so many times the middle one is drawn shorter, as a dashed line. */
const LONG = 10;
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "2-digit", timeZone: "UTC" });
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };
const HINT = "Choose a mark to read its words; arrow keys go from one to the next.";
const SYMBOLS = { statement: d3.symbol(d3.symbolCircle, 110)(), event: d3.symbol(d3.symbolDiamond2, 90)() };
/** Text by itself, whatever its direction (Unicode's first strong isolate). */
const apart = (text) => `\u2068${text}\u2069`;

/** Draw entries, which are in the order of their days; `choose(entry, mark)` opens one. */
export function plot(entries, choose) {
  const rows = inRows(entries);
  const days = [...new Set(entries.map((one) => one.day))].map((day) => new Date(day));
  const about = h("figcaption", { class: "told", "aria-hidden": "true" }, HINT);
  let current = entries[0];
  const label = `${entries.length} entries from ${dated(entries[0].day)} to ${dated(entries.at(-1).day)}, by speaker; `
    + "arrow keys go from one to the next, and the list below has them all";
  return sheet("group", label, (svg, width) => {
    const { at, gaps } = scale(days, width);
    const { places, tops, base } = settled(rows, at, width);
    axis(svg, at, days, gaps, base);
    svg.selectAll("text.row").data(rows).join("text").attr("class", "row").attr("aria-hidden", "true")
      .attr("y", (_, index) => tops[index] + 14).text(({ name }) => cut(name, width));
    const marks = svg.selectAll("g.mark").data(entries).join(mark)
      .attr("transform", (one) => `translate(${places.get(one)})`)
      .attr("tabindex", (one) => (one === current ? 0 : -1))
      .on("click", (event, one) => choose(one, event.currentTarget))
      // Not where a mark comes to lie below the pointer: the plot gets narrower beside an article.
      .on("pointermove focus", (event, one) => {
        about.replaceChildren(told(one));
        if (event.type !== "focus") return;
        current = one;
        marks.attr("tabindex", (other) => (other === one ? 0 : -1));
      })
      .on("keydown", (event, one) => {
        if (event.key === "Enter" || event.key === " ") choose(one, event.currentTarget);
        else if (event.key in STEPS) {
          const next = entries.indexOf(one) + STEPS[event.key];
          marks.nodes()[Math.min(Math.max(next, 0), entries.length - 1)].focus();
        } else return;
        event.preventDefault();
      });
    return base;
  }, about);
}

const told = (one) => `${span(one.day, one.day_last)}${one.by?.speaker ? `, ${apart(one.by.speaker)}` : ""}: ${apart(one.quote)}`;
const cut = (name, width) => (name.length * 7 > width ? apart(`${name.slice(0, width / 7)}…`) : apart(name));

function mark(enter) {
  const made = enter.append("g").attr("class", (one) => `mark ${one.kind}`).attr("role", "button").attr("aria-label", told);
  made.append("rect").attr("x", -MARK / 2).attr("y", -MARK / 2).attr("width", MARK).attr("height", MARK).attr("rx", 4);
  made.append("path").attr("d", (one) => SYMBOLS[one.kind]);
  return made;
}

/** Return [{name, entries}]: who says most first, then all others, then what the articles tell. */
function inRows(entries) {
  const [said, events] = [entries.filter((one) => one.by), entries.filter((one) => !one.by)];
  const often = d3.groups(said, (one) => one.by.speaker)
    .filter(([name, own]) => name && own.some((one) => one.day !== own[0].day))
    .sort((one, other) => other[1].length - one[1].length).slice(0, ROWS).map(([name]) => name);
  return [
    ...often.map((name) => ({ name, entries: said.filter((one) => one.by.speaker === name) })),
    { name: often.length > 0 ? "Other speakers" : "Speakers", entries: said.filter((one) => !often.includes(one.by.speaker)) },
    { name: "Told by the articles", entries: events },
  ].filter((row) => row.entries.length > 0);
}

/**
 * Return the scale of days and the gaps between them. Half of the width is in proportion to the gaps,
 * except those that are long; the other half, at most, keeps days that are near each other apart.
 */
function scale(days, width) {
  if (days.length === 1) return { at: d3.scaleUtc([d3.utcDay.offset(days[0], -1), d3.utcDay.offset(days[0], 1)], [0, width]), gaps: [] };
  const gaps = d3.pairs(days, (from, to) => ({ from, to, days: d3.utcDay.count(from, to) }));
  const most = d3.median(gaps, (gap) => gap.days) * LONG;
  const sums = [0, ...d3.cumsum(gaps, (gap) => Math.min(gap.days, most))];
  const room = width - 2 * SIDE;
  const apart = Math.min(MARK, room / 2 / gaps.length);
  const place = d3.scaleLinear([0, sums.at(-1)], [SIDE, SIDE + room - apart * gaps.length]);
  return { at: d3.scaleUtc(days, sums.map((sum, index) => place(sum) + apart * index)), gaps: gaps.map((gap) => ({ ...gap, broken: gap.days > most })) };
}

/** Return where each mark is, where each row begins, and where the last one ends. */
function settled(rows, at, width) {
  const places = new Map();
  let base = AXIS;
  const tops = rows.map((row) => {
    const top = base;
    const taken = [];
    const cells = row.entries.map((one) => [one, cell(at(new Date(one.day)), taken, width)]);
    base = top + NAME + taken.length * MARK + 6;
    for (const [one, { x, level }] of cells) places.set(one, [x, top + NAME + (taken.length - level - 0.5) * MARK]);
    return top;
  });
  return { places, tops, base };
}

/** Return the free place nearest to `x`, above it before beside it. */
function cell(x, taken, width) {
  const sides = [0, ...d3.range(MARK, width, MARK).flatMap((step) => [step, -step])].map((step) => x + step)
    .filter((place) => place >= MARK / 2 && place <= width - MARK / 2);
  for (let high = HIGH; ; high += HIGH) {
    for (const place of sides) {
      const free = d3.range(high).find((level) => !taken[level]?.some((other) => Math.abs(other - place) < MARK));
      if (free === undefined) continue;
      (taken[free] ??= []).push(place);
      return { x: place, level: free };
    }
  }
}

/** Draw the line of days; as many are named as there is room for. */
function axis(svg, at, days, gaps, base) {
  let last = -Infinity;
  const named = days.filter((day) => {
    const free = at(day) - last >= LABEL;
    if (free) last = at(day);
    return free;
  });
  svg.selectAll("g.axis").data([at]).join("g").attr("class", "axis").attr("aria-hidden", "true")
    .attr("transform", `translate(0,${AXIS})`)
    .call(d3.axisTop(at).tickValues(named).tickFormat((day) => SHORT.format(day)).tickSizeInner(AXIS - base).tickPadding(8))
    .call((line) => line.select(".domain").remove())
    .selectAll("line.gap").data(gaps).join("line").attr("class", ({ broken }) => (broken ? "gap broken" : "gap"))
    .attr("x1", ({ from }) => at(from)).attr("x2", ({ to }) => at(to));
}
