// Questions and answers. The address has the conversation: #chat/ID once a question was answered,
// #answer/ID for one answer as it was given, and #q=QUESTION&as_of=2025-03-18 to ask something.

import { chat, listArticles, readAnswer, readChat } from "./api.js";
import {
  $, about, articleLink, calm, dated, fieldsOf, h, loading, plural, problem, setFields, title,
} from "./dom.js";
import { closeReader, openReader } from "./reader.js";
import { suggests } from "./suggest.js";
import { frame, progress, record, searched, sentence, showAnswer } from "./turn.js";

// Questions to the articles that Dateline comes with; shown while these are in the collection.
const EXAMPLES = [
  ["001_c863c091f001229a", "Why was Russia not on the US tariff list?"],
  ["003_146bb3441ec67a23", "What did Peskov say about the Anchorage formula?"],
  ["002_464d1f3d466cc3fe", "Will Witkoff visit Russia during the May holidays?"],
  ["003_146bb3441ec67a23", "How many people live in Caracas?"],
];
const EMPTY = "There are no articles yet. Add some under Articles, or with `dateline ingest`.";
/** Titles below the empty box, where there are no examples. */
const NEWEST = 5;
const KEYS = ["as_of", "after", "before", "outlets", "speakers"];
const LISTS = ["outlets", "speakers"];
const form = $("form");
const question = $("question");

/** The turns on the page: {question, filters, number, element, answer, abort}. */
let turns = [];
/** The chat on the server, once a turn of it is kept there. */
let chatId = null;
/** What the page shows, as the address has it. */
let shown = "";

// ---- the address --------------------------------------------------------------------------------

const keyOf = ({ question: text, filters }) => {
  const params = new URLSearchParams({ q: text });
  for (const key of KEYS) for (const value of [filters[key] ?? []].flat()) params.append(key, value);
  return params.toString();
};

function asked(hash) {
  const found = [];
  for (const [key, value] of new URLSearchParams(hash.slice(1))) {
    if (key === "q" && value.trim()) found.push({ question: value, filters: {} });
    else if (KEYS.includes(key) && value && found.length > 0) {
      const { filters } = found.at(-1);
      if (LISTS.includes(key)) (filters[key] ??= []).push(value);
      else filters[key] = value;
    }
  }
  return found;
}

/** Where the conversation on the page is found again. */
const here = () => (chatId ? `#chat/${encodeURIComponent(chatId)}` : shown);

/** Show what the address says: a conversation, one answer, a question to ask, or the empty box. */
export async function showAsk([view, id], address) {
  // An address that asks nothing is the empty box.
  const hash = ["chat", "answer"].includes(view) || asked(address).length > 0 ? address : "";
  $("nav-ask").setAttribute("href", here() || "./");
  if (hash === shown && (hash || turns.length === 0)) {
    if (!hash) welcomeBack();
    return;
  }
  shown = hash;
  clear();
  if (view === "chat" && id) await load(() => readChat(id), (kept) => {
    kept.turns.forEach((one) => answered(begin(one.question, {}), one.answer));
    chatId = kept.id;
  });
  else if (view === "answer" && id) await load(() => readAnswer(id), showRecord);
  else await askAll(asked(hash));
  name();
}

function clear() {
  turns.forEach((turn) => turn.abort?.abort());
  turns = [];
  chatId = null;
  $("turns").replaceChildren();
  name();
  if (!shown) welcomeBack();
}

function welcomeBack() {
  $("intro").hidden = $("welcome").hidden = false;
  question.focus();
}

/** Name the page and the box after what is on it. */
function name() {
  const begun = turns.length > 0 || shown !== "";
  $("intro").hidden = $("welcome").hidden = begun;
  $("new").hidden = !begun;
  const follows = !shown.startsWith("#answer/") && turns.some((turn) => turn.answer);
  $("question-label").textContent = follows ? "Ask a follow-up" : "Your question";
  document.title = turns.length > 0 ? `${turns.at(-1).question} – Dateline` : "Dateline";
  $("nav-ask").setAttribute("href", here() || "./");
}

async function load(read, show) {
  const mine = shown;
  $("turns").replaceChildren(loading("Fetching…"));
  try {
    const kept = await read();
    if (mine !== shown) return;
    $("turns").replaceChildren();
    show(kept);
  } catch (error) {
    if (mine === shown) $("turns").replaceChildren(problem(error, () => load(read, show)));
  }
}

function showRecord(kept) {
  const turn = begin(kept.question, {});
  const again = h("button", { type: "button", onclick: () => go(`#${keyOf(turn)}`) }, "Ask this again");
  answered(turn, kept.answer, [h("p", {}, again)]);
  turn.element.querySelector(".before").prepend(...record(kept));
}

function go(hash) {
  if (location.hash !== hash) location.hash = hash;
}

// ---- asking -------------------------------------------------------------------------------------

function submit(text) {
  // What is open beside the page belongs to the answer before.
  closeReader(false);
  while (turns.length > 0 && !turns.at(-1).answer) drop(turns.pop());
  const next = { question: text, filters: fieldsOf(form, LISTS) };
  question.value = "";
  // An answer that was given is no conversation: the question begins one.
  if (shown.startsWith("#answer/")) return go(`#${keyOf(next)}`);
  // The empty box stays one step back.
  if (turns.length === 0) history.pushState(null, "", (shown = `#${keyOf(next)}`));
  return void askAll([next]);
}

function drop(turn) {
  turn.abort?.abort();
  turn.element.remove();
}

/** Ask one after the other; stop where one fails or the page moves on. */
async function askAll(list) {
  if (list.length > 0) setFields(form, list.at(-1).filters);
  $("scope").open ||= list.some((one) => Object.keys(one.filters).length > 0);
  for (const [index, next] of list.entries()) {
    const turn = begin(next.question, next.filters);
    const heading = turn.element.querySelector("h2");
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ behavior: calm.matches ? "auto" : "smooth", block: "start" });
    await answer(turn, () => void askAll(list.slice(index + 1)));
    if (!turn.answer || turns.at(-1) !== turn) return;
  }
}

/** Add a turn without its answer. */
function begin(text, filters) {
  const turn = { question: text, filters, number: turns.length + 1 };
  turn.element = frame(turn.number, text, filters);
  turns.push(turn);
  $("turns").append(turn.element);
  name();
  return turn;
}

function answered(turn, result, extra = []) {
  turn.answer = result;
  showAnswer(turn.element, result, openReader, extra);
}

/** Get the answer of a turn and show it as it comes, or why there is none. */
async function answer(turn, goOn) {
  const region = turn.element.querySelector(".answer");
  turn.abort = new AbortController();
  const { signal } = turn.abort;
  const retry = async () => {
    turn.element.querySelector("h2").focus({ preventScroll: true });
    await answer(turn, goOn);
    if (turn.answer) goOn();
  };
  // The region is live already, so a problem in it needs no alert of its own.
  const fail = (error) => region.replaceChildren(problem(error, retry, null));
  const cancel = () => {
    turn.abort.abort();
    fail({ title: "Cancelled", detail: "This question was not answered." });
  };
  // Nothing is announced before it is whole.
  region.setAttribute("aria-busy", "true");
  region.replaceChildren(loading("Searching the articles…", cancel));
  try {
    const done = await chat(
      { question: turn.question, ...(chatId && { chat_id: chatId }), ...turn.filters },
      {
        signal,
        onEvent: streaming(turn, region, cancel),
        onWaiting: () => region.replaceChildren(loading(
          "Dateline is still loading its models. Your question is asked as soon as it is ready…", cancel)),
      },
    );
    answered(turn, done.answer);
    keep(done.chat_id);
  } catch (error) {
    if (!signal.aborted) fail(error);
  } finally {
    region.removeAttribute("aria-busy");
    if (turns.includes(turn)) name();
  }
}

/** The conversation can be read again now: the address leads to it. */
function keep(id) {
  chatId = id;
  const visible = location.hash === shown;
  shown = here();
  if (visible) history.replaceState(null, "", shown);
}

/** Return what shows the events of a turn as they come. */
function streaming(turn, region, cancel) {
  const citations = [];
  const said = [];
  const draw = () => region.replaceChildren(...said.map((one) => sentence(one, citations, openReader)));
  const steps = {
    query: (data) => {
      if (data.rewritten) turn.element.querySelector(".before").replaceChildren(searched(data.query));
    },
    sources: (data) => region.replaceChildren(...progress(data.sources, cancel)),
    sentence: (data) => {
      said.push(data);
      draw();
    },
    citation: (data) => {
      citations.push(data);
      draw();
    },
  };
  return (event, data) => steps[event]?.(data);
}

// ---- start --------------------------------------------------------------------------------------

/** Below the empty question box: examples that these articles answer, or what is in the way. */
async function welcome() {
  const say = (text) => { $("state").textContent = text; };
  try {
    const options = { onWaiting: () => say("Dateline is still loading its models. You can ask already.") };
    const [page, latest] = await Promise.all(
      [listArticles({}, options), listArticles({ order: "newest", limit: NEWEST }, options)]);
    const [newest] = latest.items;
    say(newest === undefined ? EMPTY : `${plural(page.total, "article")}${
      newest.published_at ? `, the newest of ${dated(newest.published_at)}` : ""}.`);
    const there = new Set(page.items.map((item) => item.id));
    const examples = EXAMPLES.filter(([id]) => there.has(id)).map(([, text]) =>
      h("li", {}, h("button", { type: "button", onclick: () => submit(text) }, text)));
    // Of another collection nothing is known but what is in it.
    const titles = latest.items.map((item) =>
      h("li", {}, title(item, h("a", { href: articleLink(item.id) })), about(item)));
    $("examples").querySelector("h2").textContent = examples.length > 0 ? "For example" : "The newest articles";
    $("examples").querySelector("ul").replaceChildren(...(examples.length > 0 ? examples : titles));
    $("examples").hidden = page.total === 0;
  } catch (error) {
    $("state").replaceChildren(problem(error, welcome, null));
  }
}

export function startAsk() {
  suggests($("outlets"), "outlets");
  suggests($("speakers"), "speakers");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (question.value.trim()) submit(question.value.trim());
  });
  $("new").addEventListener("click", () => {
    setFields(form, {});
    history.pushState(null, "", location.pathname + location.search);
    void showAsk([], "");
  });
  $("clear").addEventListener("click", () => setFields(form, {}));
  void welcome();
}
