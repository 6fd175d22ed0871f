// What the articles tell of a subject, day by day: a drawing, and the same as a list.

import { timeline } from "./api.js";
import {
  $, about, fieldsOf, fromQuery, h, loading, notices, opens, plural, problem, reprints, setFields,
  span, stretch, toQuery, undrawn,
} from "./dom.js";
import { openReader } from "./reader.js";
import { suggests } from "./suggest.js";
import { who } from "./turn.js";

const LISTS = ["outlet", "speakers"];
const MOST = 60;
const form = $("timeline-form");
const place = $("timeline-result");
let query = null;
let request = 0;

export async function showTimeline(_, params, entered) {
  document.title = "Timeline – Dateline";
  if (!entered && params.toString() === query) return;
  query = params.toString();
  const chosen = fromQuery(params, LISTS);
  setFields(form, chosen);
  place.replaceChildren();
  if (chosen.q) await fetchIt(chosen);
}

async function fetchIt(chosen) {
  const mine = (request += 1);
  place.replaceChildren(loading("Putting the days in order…"));
  try {
    const [found, drawing] = await Promise.all(
      [timeline({ limit: MOST, ...chosen }), import("./plot.js").catch(() => null)]);
    if (mine === request) place.replaceChildren(...draw(found, drawing));
  } catch (error) {
    if (mine === request) place.replaceChildren(problem(error, () => fetchIt(chosen)));
  }
}

function draw(found, drawing) {
  const left = [
    found.more > 0 && `${plural(found.more, "further entry", "further entries")} less near to the subject`,
    found.undated > 0 && `${plural(found.undated, "statement or event", "statements and events")} without a day`,
    found.unread > 0 && `${plural(found.unread, "article")} still to be read`,
  ].filter(Boolean);
  const days = grouped(found.entries);
  return [
    h("p", { role: "status" }, found.entries.length === 0
      ? "No dated statement or event is about this."
      : `${plural(found.entries.length, "entry", "entries")} on ${plural(new Set(found.entries.map((one) => one.day)).size, "day")}`),
    found.entries.length > 0 && (drawing
      ? drawing.plot(found.entries, (one, mark) => openReader(stretch(one, "said"), mark)) : undrawn()),
    left.length > 0 && h("p", { class: "meta" }, `Left out: ${left.join("; ")}.`),
    ...notices(found.notices),
    h("ol", { class: "days" }, [...days.values()].map((entries) =>
      h("li", {},
        h("h3", {}, h("time", { datetime: entries[0].day }, span(entries[0].day, entries[0].day_last))),
        h("ul", {}, entries.map(entry))))),
  ].filter(Boolean);
}

/** Entries of the same days, which may be a month or a year: "last year" is no first of January. */
function grouped(entries) {
  const days = new Map();
  for (const one of entries) {
    const key = `${one.day} ${one.day_last}`;
    days.set(key, [...(days.get(key) ?? []), one]);
  }
  return days;
}

function entry(found) {
  return h("li", { class: found.kind },
    found.by ? who(found.by) : h("p", { class: "how" }, "Told by the article"),
    h("blockquote", { dir: "auto" },
      opens(stretch(found, "said"), openReader, { class: "plain" }, found.quote)),
    about(found, found.day_from === "published" && "the day of publication",
      found.sources > 1 && plural(found.sources, "independent source"), h("bdi", {}, found.title)),
    reprints(found.also_in, "other article"));
}

export function startTimeline() {
  suggests($("line-outlet"), "outlets");
  suggests($("line-speakers"), "speakers");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = `#timeline?${toQuery(fieldsOf(form, LISTS))}`;
  });
}
