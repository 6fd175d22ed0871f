// Elements that all views are made of. Text only ever becomes text nodes: no markup is parsed.

import { setKey } from "./api.js";

const DATE_ORIGINS = { page: "date from the page", feed: "date from the feed" };
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });
const MINUTE = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "long", timeStyle: "short", timeZone: "UTC",
});
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });

export const $ = (id) => document.getElementById(id);
export const calm = matchMedia("(prefers-reduced-motion: reduce)");
export const plural = (count, one, many = `${one}s`) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
export const words = (code) => code.replaceAll("_", " ");

/** Make an element; strings among the children become text nodes. */
export function h(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat(3).filter((child) => child != null && child !== false));
  return element;
}

/** A day in words, or the moment with its minute. */
export function dated(iso, format = DAY) {
  const date = new Date(iso);
  return Number.isNaN(date.valueOf()) ? iso : format.format(date);
}

/** A text with its days, as the API writes them, in words; moments stay as they are. */
export const inWords = (text) => text.replace(/\b\d{4}-\d\d-\d\d\b/g, (day) => dated(day));

/** Some days in words: a whole year or month by its name. */
export function span(first, last) {
  if (first === last) return dated(first);
  const [from, to] = [first, last].map((day) => new Date(day));
  const after = new Date(to.valueOf() + 86_400_000);
  if (from.getUTCDate() === 1 && after.getUTCDate() === 1) {
    const months = (after.getUTCFullYear() - from.getUTCFullYear()) * 12 + after.getUTCMonth() - from.getUTCMonth();
    if (months === 12 && from.getUTCMonth() === 0) return String(from.getUTCFullYear());
    if (months === 1) return MONTH.format(from);
  }
  return DAY.formatRange(from, to);
}

export function when(iso, absent = "undated") {
  if (!iso) return absent;
  const full = Number.isNaN(new Date(iso).valueOf()) ? iso : `${dated(iso, MINUTE)} UTC`;
  return h("time", { datetime: iso, title: full }, dated(iso));
}

export const moment = (iso) => h("time", { datetime: iso }, `${dated(iso, MINUTE)} UTC`);

export function outlet(name) {
  return name ? h("bdi", {}, name) : "outlet unknown";
}

/** A link to where an article came from; only the web, never `javascript:` and its like. */
export function original(url) {
  if (!/^https?:\/\//i.test(url ?? "")) return null;
  return h("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, "Original",
    h("span", { class: "unseen" }, " (opens a new tab)"));
}

/** A title in what leads to the article. */
export function title(item, lead) {
  // No bdi: an element whose direction is automatic does not look into one.
  lead.append(h("span", { class: item.title_from === "derived" ? "" : "given" }, item.title));
  return h("p", { class: "title", dir: "auto" }, lead);
}

/** Where and when an article appeared; first words that stand in for a title are marked as such. */
export function about(item, ...more) {
  return line("meta", item.title_from === "derived" && "first words, no title given",
    outlet(item.outlet), when(item.published_at), DATE_ORIGINS[item.published_from],
    item.section && h("bdi", {}, item.section), state(item.status), ...more);
}

/** What became of an article, where something did. */
export function state(status) {
  if (status !== "retracted" && status !== "corrected") return null;
  return h("strong", { class: `state ${status}` }, status);
}

/** Put separators between those of the parts that are there. */
export function line(cssClass, ...parts) {
  return h("p", { class: cssClass }, parts.filter(Boolean).map((part) => h("span", {}, ...[part].flat())));
}

/** A button that opens an article at the wanted words, through `show(wanted, button)`. */
export function opens(wanted, show, props, ...children) {
  return h("button", {
    type: "button", "aria-controls": "reader", ...props,
    onclick: (event) => show(wanted, event.currentTarget),
  }, ...children);
}

/** What to open for a stretch that the API names with its article. */
export const stretch = (found, kind) => ({
  id: found.article_id, version: found.version,
  start: found.start, end: found.end, words: found.quote ?? found.text, kind,
});

export const articleLink = (id) => `#articles/${encodeURIComponent(id)}`;

/** Others that carry the same words; `count` is how many there are where not all are named. */
export function reprints(also, what = "reprint", count = also.length) {
  if (also.length === 0) return null;
  return h("details", { class: "reprints" },
    h("summary", {}, `Also in ${plural(count, what)}, not counted as a further source`),
    h("ul", {}, also.map((reprint) =>
      h("li", {}, line("meta", outlet(reprint.outlet), when(reprint.published_at),
        original(reprint.url), h("a", { href: articleLink(reprint.article_id) }, "Read"))))),
    count > also.length && h("p", { class: "meta" }, `and ${(count - also.length).toLocaleString("en")} more`));
}

export function table(caption, head, rows) {
  return h("table", {}, h("caption", {}, caption),
    h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))),
    h("tbody", {}, rows.map(([first, ...others]) =>
      h("tr", {}, h("th", { scope: "row" }, first), others.map((cell) => h("td", {}, cell))))));
}

/** What stands in for a drawing whose module could not be loaded. */
export const undrawn = () => h("p", { class: "notice", role: "status" },
  "The drawing could not be loaded. What it shows stands below in words; reload the page to try again.");

export const notices = (list) => list.map((one) => h("p", { class: "notice", dir: "auto" }, inWords(one.message)));

export function loading(text, onCancel) {
  return h("div", { class: "loading" },
    h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    h("span", {}, text),
    onCancel && h("button", { type: "button", onclick: onCancel }, "Cancel"));
}

/** What went wrong, the remedy, and where it helps a field for the key. */
export function problem(error, onRetry, role = "alert") {
  const known = error.title !== undefined;
  return h("div", { class: "problem", role },
    h("h3", {}, known ? error.title : "The page failed"),
    h("p", { dir: "auto" }, known ? error.detail ?? "" : String(error)),
    (error.errors ?? []).slice(1).map((one) => h("p", { dir: "auto" }, `${one.place}: ${one.message}`)),
    error.remedy && h("p", { dir: "auto" }, error.remedy),
    error.code?.startsWith("api_key_") && keyForm(onRetry),
    known && line("meta", error.code && `Code ${error.code}`, error.requestId && `Request ${error.requestId}`),
    onRetry && h("button", { type: "button", onclick: onRetry }, "Retry"));
}

function keyForm(onRetry) {
  const field = h("input", { type: "password", autocomplete: "off", required: true });
  return h("form", {
    class: "row",
    onsubmit: (event) => {
      event.preventDefault();
      setKey(field.value.trim());
      onRetry?.();
    },
  }, h("label", {}, "API key", field), h("button", { type: "submit" }, "Use this key"));
}

/** A name as it stands in a field that takes several: one with a comma in quotation marks. */
export const quoted = (name) => (name.includes(",") ? `"${name}"` : name);

/** Split what such a field has; the last name is empty behind a comma. */
export const splitNames = (text) =>
  [...text.matchAll(/\s*(?:"([^"]*)"?([^,]*)|([^,]*))(?:,|$)/g)]
    .filter((found, index) => index === 0 || found.index < text.length || text.endsWith(","))
    .map(([, inside, behind, plain]) => (plain ?? `${inside}${behind}`).trim());

/** Read the fields of a form that are not empty; those named in `lists` become lists. */
export function fieldsOf(form, lists = []) {
  const chosen = {};
  for (const [key, value] of new FormData(form)) {
    const text = value.trim();
    if (!text) continue;
    const several = splitNames(text).filter(Boolean);
    if (!lists.includes(key)) chosen[key] = text;
    else if (several.length > 0) chosen[key] = several;
  }
  return chosen;
}

export function setFields(form, chosen) {
  for (const field of form.elements) {
    const value = chosen[field.name] ?? "";
    if (field.name) field.value = Array.isArray(value) ? value.map(quoted).join(", ") : value;
    // What is in force is not hidden.
    if (field.name && field.value) field.closest("details")?.setAttribute("open", "");
  }
}

/** Turn chosen fields into a query string and back; a list is a key that is repeated. */
export function toQuery(chosen) {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(chosen)) {
    for (const one of [value].flat()) params.append(key, one);
  }
  return params;
}

export function fromQuery(params, lists = []) {
  const chosen = {};
  for (const key of new Set(params.keys())) {
    const values = params.getAll(key).filter((value) => value.trim());
    if (values.length > 0) chosen[key] = lists.includes(key) ? values : values[0];
  }
  return chosen;
}
