// The page's state and its moves. The address holds the conversation, so that it can be linked:
// #q=first&as_of=2025-03-18&q=follow-up   or   #articles   or   #articles=ID

import { ask, listArticles, readArticle } from "./api.js";
import * as render from "./render.js";

// Questions to the articles that Dateline comes with; shown while these are in the collection.
const EXAMPLES = [
  ["001_c863c091f001229a", "Why was Russia not on the US tariff list?"],
  ["003_146bb3441ec67a23", "What did Peskov say about the Anchorage formula?"],
  ["002_464d1f3d466cc3fe", "Will Witkoff visit Russia during the May holidays?"],
  ["003_146bb3441ec67a23", "How many people live in Caracas?"],
];
const EMPTY = "There are no articles yet. Store some with POST /v1/articles or `dateline ingest`.";
const FILTERS = ["as_of", "after", "before", "outlets"];
const MAX_HISTORY = 40;
const MAX_TURN_CHARS = 10_000;

const $ = (id) => document.getElementById(id);
const form = $("form");
const question = $("question");
const reader = $("reader");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** The turns on the page: {question, filters, element, answer, abort}. */
const turns = [];
/** Answers of this visit by the address that leads to them, so that going back does not ask again. */
const known = new Map();

// ---- the address --------------------------------------------------------------------------------

function read(hash) {
  const asked = [];
  for (const [key, value] of new URLSearchParams(hash.slice(1))) {
    if (key === "q" && value.trim()) asked.push({ question: value, filters: {} });
    else if (FILTERS.includes(key) && value && asked.length > 0) {
      const { filters } = asked.at(-1);
      if (key === "outlets") (filters.outlets ??= []).push(value);
      else filters[key] = value;
    }
  }
  return asked;
}

function write(asked) {
  const params = new URLSearchParams();
  for (const { question: text, filters } of asked) {
    params.append("q", text);
    for (const key of FILTERS) {
      for (const value of [filters[key] ?? []].flat()) params.append(key, value);
    }
  }
  return asked.length > 0 ? `#${params}` : "";
}

function go(hash) {
  if (location.hash === hash) return route();
  if (hash) location.hash = hash;
  else {
    history.pushState(null, "", location.pathname + location.search);
    route();
  }
  return undefined;
}

function route() {
  const params = new URLSearchParams(location.hash.slice(1));
  const inArticles = params.has("articles");
  if (inArticles && $("articles").hidden) forgetList();
  $("ask").hidden = inArticles;
  $("articles").hidden = !inArticles;
  for (const [id, current] of [["nav-ask", !inArticles], ["nav-articles", inArticles]]) {
    if (current) $(id).setAttribute("aria-current", "page");
    else $(id).removeAttribute("aria-current");
  }
  if (inArticles) showArticles(params.get("articles"));
  else showTurns(read(location.hash));
}

// ---- asking -------------------------------------------------------------------------------------

function showTurns(asked) {
  closeReader(false);
  const same = (turn, other) => other && write([turn]) === write([other]);
  let kept = 0;
  while (kept < turns.length && same(turns[kept], asked[kept])) kept += 1;
  turns.splice(kept).forEach(drop);
  const begun = turns.length > 0 || asked.length > 0;
  $("intro").hidden = $("welcome").hidden = begun;
  $("new").hidden = !begun;
  label();
  document.title = asked.length > 0 ? `${asked.at(-1).question} – Dateline` : "Dateline";
  $("nav-ask").setAttribute("href", write(asked) || "./");
  if (asked.length === 0) question.focus();
  else fill(asked.at(-1).filters);
  void askOn();
}

function drop(turn) {
  turn.abort?.abort();
  turn.element.remove();
}

/** What is asked next follows on what was answered, if anything was. */
function label() {
  $("question-label").textContent = turns.some((turn) => turn.answer) ? "Ask a follow-up" : "Your question";
}

/** Ask what the address has and the page has not, one after the other; stop where one fails. */
async function askOn() {
  while (turns.length === 0 || turns.at(-1).answer) {
    const next = read(location.hash)[turns.length];
    if (!next) return;
    const turn = { ...next, number: turns.length + 1 };
    turn.element = render.turn(turn.number, turn.question, turn.filters);
    turns.push(turn);
    $("turns").append(turn.element);
    const heading = turn.element.querySelector("h2");
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ behavior: calm.matches ? "auto" : "smooth", block: "start" });
    await answerTurn(turn);
  }
}

/** Get the answer of a turn and show it, or why there is none. */
async function answerTurn(turn) {
  const region = turn.element.querySelector(".answer");
  const key = write(turns.slice(0, turn.number));
  turn.abort = new AbortController();
  const { signal } = turn.abort;
  const retry = async () => {
    turn.element.querySelector("h2").focus({ preventScroll: true });
    await answerTurn(turn);
    void askOn();
  };
  // The region is live already, so a problem in it needs no alert of its own.
  const fail = (problem) => region.replaceChildren(render.problem(problem, retry, null));
  const cancel = () => {
    turn.abort.abort();
    fail({ title: "Cancelled", detail: "This question was not answered." });
  };
  const wait = (text) => region.replaceChildren(render.loading(text, cancel));
  region.setAttribute("aria-busy", "true");
  let waiting = false;
  if (!known.has(key)) wait("Reading the articles…");
  try {
    turn.answer = known.get(key) ?? (await ask(
      { question: turn.question, history: historyOf(turn), ...turn.filters },
      {
        signal,
        onWaiting: () => {
          if (!waiting) wait("Dateline is still loading its models. Your question is asked as soon as it is ready…");
          waiting = true;
        },
      },
    ));
    known.set(key, turn.answer);
    const { before, said, rest } = render.answer(turn.answer, openReader);
    turn.element.querySelector(".before").replaceChildren(...before);
    region.replaceChildren(...said);
    turn.element.querySelector(".rest").replaceChildren(...rest);
  } catch (error) {
    if (!signal.aborted) fail(error);
  } finally {
    region.removeAttribute("aria-busy");
    label();
  }
}

function historyOf(turn) {
  const cut = (text) => Array.from(text).slice(0, MAX_TURN_CHARS).join("");
  return turns
    .slice(0, turn.number - 1)
    .filter((earlier) => earlier.answer)
    .flatMap((earlier) => [
      { role: "user", content: cut(earlier.question) },
      { role: "assistant", content: cut(earlier.answer.text) },
    ])
    .slice(-MAX_HISTORY);
}

function filters() {
  const chosen = {};
  for (const key of ["as_of", "after", "before"]) if ($(key).value) chosen[key] = $(key).value;
  const outlets = $("outlets").value.split(",").map((name) => name.trim()).filter(Boolean);
  if (outlets.length > 0) chosen.outlets = outlets;
  return chosen;
}

function fill(chosen) {
  for (const key of ["as_of", "after", "before"]) $(key).value = chosen[key] ?? "";
  $("outlets").value = (chosen.outlets ?? []).join(", ");
  if (Object.keys(chosen).length > 0) $("filters").open = true;
}

function submit(text) {
  while (turns.length > 0 && !turns.at(-1).answer) drop(turns.pop());
  const asked = [...turns, { question: text, filters: filters() }];
  // Asked on purpose: an answer from before may be out of date.
  known.delete(write(asked));
  question.value = "";
  go(write(asked));
}

// ---- reading ------------------------------------------------------------------------------------

let opener = null;
let reading = null;

/** Open an article beside the answer, with the `wanted` words marked and in view. */
async function openReader(wanted, from) {
  reading?.abort();
  reading = new AbortController();
  const { signal } = reading;
  mark(from);
  reader.hidden = false;
  document.body.classList.add("reading");
  reader.setAttribute("aria-busy", "true");
  const page = (body, item, note) =>
    reader.replaceChildren(...render.readerFrame(() => closeReader(true), item, note, [body].flat()));
  page(render.h("p", { class: "loading" }, "Opening the article…"));
  reader.focus({ preventScroll: true });
  try {
    const item = await readArticle(wanted.id, wanted.version, {
      signal,
      onWaiting: () => page(render.h("p", { class: "loading" }, "Dateline is still loading…")),
    });
    const { note, body } = render.article(item, wanted.words === undefined ? null : wanted);
    page(body, item, note);
    reader.setAttribute("aria-label", `Article: ${item.title}`);
    bringIntoView(reader.querySelector("mark"));
  } catch (error) {
    if (!signal.aborted) page(render.problem(error, () => openReader(wanted, from)));
  } finally {
    if (!signal.aborted) reader.removeAttribute("aria-busy");
  }
}

function mark(from) {
  opener?.removeAttribute("aria-current");
  opener = from;
  opener?.setAttribute("aria-current", "true");
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

function closeReader(byHand) {
  if (reader.hidden) return;
  reading?.abort();
  const back = opener;
  mark(null);
  reader.hidden = true;
  reader.replaceChildren();
  document.body.classList.remove("reading");
  if (!byHand) return;
  if (!$("articles").hidden) go("#articles");
  back?.focus();
}

// ---- the list of articles -----------------------------------------------------------------------

let cursor = null;
let listed = 0;
/** Counts the requests for a page of the list; only the latest one may add to it. */
let request = 0;

/** The list is fetched anew whenever its view is entered. */
function forgetList() {
  cursor = null;
  listed = 0;
  $("articles-list").replaceChildren();
}

async function showArticles(id) {
  document.title = "Articles – Dateline";
  if (id) void openReader({ id }, linkTo(id));
  else closeReader(false);
  if (listed === 0) await moreArticles();
  if (id && !reader.hidden) mark(linkTo(id));
}

const linkTo = (id) => document.querySelector(`[data-article="${CSS.escape(id)}"]`);

async function moreArticles() {
  const mine = (request += 1);
  const count = $("articles-count");
  $("articles-problem").replaceChildren();
  $("articles-more").disabled = true;
  if (listed === 0) count.textContent = "Fetching the list…";
  try {
    const page = await listArticles(cursor, {
      onWaiting: () => { count.textContent = "Dateline is still loading…"; },
    });
    if (mine !== request) return;
    const items = page.items.map(render.articleItem);
    $("articles-list").append(...items);
    cursor = page.next_cursor;
    if (listed > 0) items[0]?.querySelector("a").focus();
    listed += items.length;
    const some = cursor === null ? "" : `${listed.toLocaleString("en")} of `;
    count.textContent = page.total === 0 ? EMPTY : `${some}${render.plural(page.total, "article")}`;
  } catch (error) {
    if (mine !== request) return;
    count.textContent = "";
    $("articles-problem").replaceChildren(render.problem(error, moreArticles));
  }
  $("articles-more").disabled = false;
  $("articles-more").hidden = cursor === null;
}

/** Below the empty question box: examples that these articles answer, or what is in the way. */
async function welcome() {
  const say = (text) => { $("state").textContent = text; };
  try {
    const page = await listArticles(null, {
      onWaiting: () => say("Dateline is still loading its models. You can ask already."),
    });
    say(page.total === 0 ? EMPTY : "");
    const there = new Set(page.items.map((item) => item.id));
    const buttons = EXAMPLES.filter(([id]) => there.has(id)).map(([, text]) =>
      render.h("li", {}, render.h("button", { type: "button", onclick: () => submit(text) }, text)));
    $("examples").querySelector("ul").replaceChildren(...buttons);
    $("examples").hidden = buttons.length === 0;
  } catch (error) {
    $("state").replaceChildren(render.problem(error, welcome, null));
  }
}

// ---- start --------------------------------------------------------------------------------------

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (question.value.trim()) submit(question.value.trim());
});
$("new").addEventListener("click", () => {
  fill({});
  go("");
});
$("clear").addEventListener("click", () => fill({}));
$("articles-more").addEventListener("click", moreArticles);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("main").focus();
});
for (const link of [$("nav-ask"), document.querySelector("h1 a")]) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const href = link.getAttribute("href");
    go(href.startsWith("#") ? href : "");
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !reader.hidden) closeReader(true);
});
addEventListener("hashchange", route);
route();
void welcome();
