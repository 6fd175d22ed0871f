// Who said what: filters, and each statement with the words it stands in.

import { statements } from "./api.js";
import {
  $, about, fieldsOf, fromQuery, h, loading, notices, opens, original, plural, problem, reprints, setFields,
  stretch, toQuery,
} from "./dom.js";
import { openReader } from "./reader.js";
import { suggests } from "./suggest.js";
import { who } from "./turn.js";

const LISTS = ["outlet"];
/** Speakers of a name that are shown at once. */
const FIRST = 4;
const form = $("statements-form");
const list = $("statements-list");
let query = null;
let cursor = null;
let request = 0;

export async function showStatements(_, params, entered) {
  document.title = "Statements – Dateline";
  if (!entered && params.toString() === query) return;
  query = params.toString();
  setFields(form, fromQuery(params, LISTS));
  cursor = null;
  list.replaceChildren();
  await more();
}

async function more() {
  const mine = (request += 1);
  const state = $("statements-state");
  const first = cursor === null;
  if (first) state.replaceChildren(loading("Looking for statements…"));
  $("statements-more").disabled = true;
  try {
    const page = await statements({ ...fromQuery(new URLSearchParams(query), LISTS), cursor });
    if (mine !== request) return;
    const items = page.items.map(item);
    list.append(...items);
    cursor = page.next_cursor;
    if (first) state.replaceChildren(...head(page));
    else items[0]?.querySelector("button").focus();
  } catch (error) {
    if (mine !== request) return;
    state.replaceChildren(problem(error, more));
  }
  $("statements-more").disabled = false;
  $("statements-more").hidden = cursor === null;
}

/** Whom the name may mean, and what is still to be read. */
function head(page) {
  return [
    page.items.length === 0 && h("p", {}, "Nobody said such a thing in these articles."),
    ...namesakes(page.speakers),
    page.items.length > 0 && asTimeline(),
    page.unread > 0 && h("p", { class: "notice" },
      `${plural(page.unread, "article is", "articles are")} still to be read; what they say is missing here.`),
    ...notices(page.notices),
  ].filter(Boolean);
}

/** The way to the same on a timeline, which needs a subject. */
function asTimeline() {
  const { about: q, speaker, quote_type: _, ...rest } = fromQuery(new URLSearchParams(query), LISTS);
  return q && h("p", { class: "hint" },
    h("a", { href: `#timeline?${toQuery({ q, ...(speaker && { speakers: speaker }), ...rest })}` }, "See this as a timeline"));
}

/** Whom the name may mean; rare ones, and what was taken for a name, stay folded. */
function namesakes(speakers) {
  const listed = (some) => some.map((speaker) => h("span", {},
    h("a", { href: `#statements?${toQuery({ ...fromQuery(new URLSearchParams(query), LISTS), speaker: speaker.name })}`,
      "aria-current": speaker.meant && "true" }, h("bdi", {}, speaker.name)),
    ` (${plural(speaker.statements, "statement")})`));
  const rest = speakers.slice(FIRST);
  return [
    speakers.length > 0 && h("p", { class: "speakers" }, "Speakers of this name: ", listed(speakers.slice(0, FIRST))),
    rest.length > 0 && h("details", { class: "speakers" },
      h("summary", {}, `${plural(rest.length, "further speaker")}`), listed(rest)),
  ];
}

function item(found) {
  return h("li", {},
    who(found.by),
    h("blockquote", { dir: "auto" }, marked(found)),
    h("p", { dir: "auto" }, opens(stretch(found, "said"), openReader, { class: "plain" }, found.title)),
    about(found, found.sources > 1 && plural(found.sources, "independent source"), original(found.url)),
    reprints(found.also_in, "other article"));
}

/** The stretch with what is said itself emphasised, as far as that lies inside. */
export function marked(found) {
  const points = Array.from(found.quote);
  const parts = [];
  let at = 0;
  for (const said of [...found.said].sort((one, other) => one.start - other.start)) {
    const [start, end] = [said.start, said.end].map((place) => Math.min(Math.max(place - found.start, at), points.length));
    parts.push(points.slice(at, start).join(""), h("span", { class: "said" }, points.slice(start, end).join("")));
    at = end;
  }
  return [...parts, points.slice(at).join("")];
}

export function startStatements() {
  suggests($("said-speaker"), "speakers", false);
  suggests($("said-outlet"), "outlets");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = `#statements?${toQuery(fieldsOf(form, LISTS))}`;
  });
  $("statements-more").addEventListener("click", () => void more());
}
