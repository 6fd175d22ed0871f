// The article beside the answer or the list: its words, its versions, and whether it is used.

import { readArticle, setStatus } from "./api.js";
import { $, about, calm, h, loading, original, problem } from "./dom.js";
import { diff } from "./diff.js";

const NOTES = {
  cited: "Marked: exactly as cited",
  nearest: "Marked: what came near",
  found: "Marked: the passage found",
  said: "Marked: the very words",
};
const reader = $("reader");
let opener = null;
let reading = null;
let whenClosed = () => {};
/** Where the article covers the page, Back is to close it: it has a place in the history then. */
const beside = matchMedia("(min-width: 60rem)");
let placed = false;

/** Say what else is to happen when the reader closes the article. */
export const onClosed = (action) => { whenClosed = action; };

/** Open an article beside the page, with the `wanted` words marked and in view. */
export async function openReader(wanted, from) {
  reading?.abort();
  reading = new AbortController();
  const { signal } = reading;
  markOpener(from);
  // The address of an article in the list is a place of its own.
  if (reader.hidden && !beside.matches && !location.hash.startsWith("#articles")) {
    history.pushState(null, "");
    placed = true;
  }
  reader.hidden = false;
  document.body.classList.add("reading");
  reader.setAttribute("aria-busy", "true");
  page([loading("Opening the article…")]);
  reader.focus({ preventScroll: true });
  try {
    const item = await readArticle(wanted.id, wanted.version, {
      signal, onWaiting: () => page([loading("Dateline is still loading…")]),
    });
    showArticle(item, wanted.words === undefined ? null : wanted);
  } catch (error) {
    if (!signal.aborted) page([problem(error, () => openReader(wanted, from))]);
  } finally {
    if (!signal.aborted) reader.removeAttribute("aria-busy");
  }
}

export function closeReader(byHand) {
  if (reader.hidden) return;
  reading?.abort();
  const back = opener;
  markOpener(null);
  reader.hidden = true;
  reader.replaceChildren();
  document.body.classList.remove("reading");
  const left = placed;
  placed = false;
  if (!byHand) return;
  if (left) history.back();
  whenClosed();
  back?.focus();
}

addEventListener("popstate", () => {
  if (!placed) return;
  placed = false;
  closeReader(true);
});

export const isOpen = () => !reader.hidden;

export function markOpener(from) {
  opener?.removeAttribute("aria-current");
  opener = from;
  opener?.setAttribute("aria-current", "true");
}

/** Fill the reader: a bar that stays in sight, and below it the page. */
function page(body, item, note) {
  reader.replaceChildren(
    h("div", { class: "bar" },
      h("div", {},
        item && h("div", { class: "name", "aria-hidden": "true", dir: "auto" }, item.title),
        note && h("div", { class: "verified", role: "status" }, note)),
      h("button", { type: "button", class: "close", onclick: () => closeReader(true) }, "Close article")),
    h("div", { class: "page" }, body));
}

/**
 * Show an article with `wanted` marked: `start` and `end` count code points of its text, end
 * exclusive. Where these are not the expected words, nothing is marked and the reader is told.
 */
function showArticle(item, wanted) {
  const points = Array.from(item.text);
  const found = wanted && points.slice(wanted.start, wanted.end).join("");
  const exact = wanted && found === wanted.words;
  const text = h("div", { class: "text" }, ...paragraphs(points, exact ? wanted : { start: 0, end: 0 }));
  page([
    h("h2", { dir: "auto" }, item.title),
    about(item, item.author && h("bdi", {}, item.author), item.place && h("bdi", {}, item.place),
      original(item.url)),
    item.status === "retracted" && h("p", { class: "notice retraction" },
      h("strong", {}, "This article was retracted; no answer uses it any more. "), h("bdi", {}, item.note ?? "")),
    item.version < item.latest_version && h("p", { class: "notice" },
      `This is version ${item.version}; answers use version ${item.latest_version}.`),
    wanted && !exact && mismatch(wanted, found),
    item.latest_version > 1 && versions(item, text),
    text,
    retraction(item),
  ], item, exact && NOTES[wanted.kind]);
  reader.setAttribute("aria-label", `Article: ${item.title}`);
  bringIntoView(reader.querySelector("mark"));
}

function mismatch(wanted, found) {
  return h("div", { class: "problem", role: "alert" },
    h("h3", {}, "The cited words are not at their place in this article"),
    h("p", {}, "Do not rely on this citation. Nothing is marked."),
    h("p", {}, "Cited: ", h("q", { dir: "auto" }, wanted.words)),
    h("p", {}, "Found there: ", h("q", { dir: "auto" }, found)));
}

function* paragraphs(points, { start, end }) {
  let from = 0;
  for (let at = 0; at <= points.length; at += 1) {
    if (at < points.length && points[at] !== "\n") continue;
    const piece = (first, last) => points.slice(Math.max(first, from), Math.min(last, at)).join("");
    const marked = piece(start, end);
    if (at > from) {
      yield h("p", { dir: "auto" },
        marked ? [piece(from, start), h("mark", {}, marked), piece(end, at)] : piece(from, at));
    }
    from = at + 1;
  }
}

/** Scroll the reader alone where it has its own scroll bar, the page where it has not. */
function bringIntoView(target) {
  const behavior = calm.matches ? "auto" : "smooth";
  if (getComputedStyle(reader).overflowY !== "auto") {
    (target ?? reader).scrollIntoView({ behavior, block: target ? "center" : "start" });
    return;
  }
  const room = Math.max(reader.clientHeight / 4, 60);
  const offset = target ? target.getBoundingClientRect().top - reader.getBoundingClientRect().top - room : 0;
  reader.scrollTo({ top: target ? reader.scrollTop + offset : 0 });
}

// ---- versions -----------------------------------------------------------------------------------

/** Choose a version to read, or to see what changed; empty where there is but one. */
function versions(item, text) {
  const place = h("div", { class: "versions" });
  const fill = async () => {
    try {
      const first = await firstVersion(item);
      if (first < item.latest_version) place.replaceChildren(...choices(item, first, text));
    } catch (error) {
      place.replaceChildren(problem(error, fill, null));
    }
  };
  void fill();
  return place;
}

/** Find the first version: an article that was deleted and came back does not begin with 1. */
async function firstVersion(item) {
  let [low, high] = [1, item.version];
  for (let probe = 1; low < high; probe = Math.floor((low + high) / 2)) {
    try {
      await readArticle(item.id, probe);
      high = probe;
    } catch (error) {
      if (error.code !== "article_not_found") throw error;
      low = probe + 1;
    }
  }
  return high;
}

function choices(item, first, text) {
  const numbers = Array.from({ length: item.latest_version - first + 1 }, (_, index) => first + index);
  const said = h("p", { class: "meta", role: "status" });
  const choice = h("select", { id: "version" }, numbers.map((number) =>
    h("option", { value: number, selected: number === item.version }, `Version ${number}`)));
  choice.addEventListener("change", () => void openReader({ id: item.id, version: Number(choice.value) }, opener));
  const compare = async () => {
    const after = Math.max(item.version, first + 1);
    try {
      const [old, now] = await Promise.all([after - 1, after].map((number) => readArticle(item.id, number)));
      text.replaceChildren(h("p", { class: "changes", dir: "auto" }, changes(old, now)));
      said.textContent = `Changes from version ${after - 1} to version ${after}`;
    } catch (error) {
      text.replaceChildren(problem(error, compare));
    }
  };
  return [
    h("label", { for: "version" }, "Version"), choice,
    h("button", { type: "button", onclick: compare }, "What changed"), said,
  ];
}

function changes(old, now) {
  const names = { gone: "del", new: "ins" };
  const whole = (item) => `${item.title}\n${item.text}`;
  return diff(whole(old), whole(now)).map(({ kind, text }) =>
    names[kind] ? h(names[kind], {}, text) : text);
}

// ---- retraction ---------------------------------------------------------------------------------

/** Take the article out of every later answer, or use it again. */
function retraction(item) {
  const trouble = h("div");
  const set = async (status, note) => {
    try {
      const changed = await setStatus(item.id, status, note);
      showArticle(changed, null);
      reader.focus({ preventScroll: true });
      dispatchEvent(new CustomEvent("dateline:changed"));
    } catch (error) {
      trouble.replaceChildren(problem(error, () => set(status, note)));
    }
  };
  if (item.status === "retracted") {
    return h("div", { class: "retract" },
      h("button", { type: "button", onclick: () => set("live") }, "Use this article again"), trouble);
  }
  const note = h("textarea", { id: "note", rows: "2", maxlength: "2000", required: true, dir: "auto" });
  return h("details", { class: "retract" },
    h("summary", {}, "Retract this article"),
    h("form", {
      onsubmit: (event) => {
        event.preventDefault();
        if (note.value.trim()) void set("retracted", note.value.trim());
      },
    },
    h("label", { for: "note" }, "Why? The note is shown wherever the article is read."), note,
    h("button", { type: "submit" }, "Retract")), trouble);
}
