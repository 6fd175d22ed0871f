// The articles: newest first, or those that words lead to; read one beside the list.

import { listArticles, search } from "./api.js";
import {
  $, about, articleLink, fieldsOf, fromQuery, h, original, plural, problem, reprints, setFields, title, toQuery,
} from "./dom.js";
import { closeReader, isOpen, markOpener, onClosed, openReader } from "./reader.js";
import { startStoring } from "./store.js";
import { suggests } from "./suggest.js";
import { foundPassage } from "./turn.js";

const LISTS = ["outlets"];
const FOUND = 50;
const EMPTY = "There are no articles yet. Add some above.";
const form = $("archive-form");
const list = $("articles-list");
const count = $("articles-count");

/** What is listed: the query string of the address, null before the first list. */
let query = null;
let cursor = null;
let listed = 0;
/** Counts the requests for the list; only the latest one may add to it. */
let request = 0;

const address = () => (query ? `#articles?${query}` : "#articles");
const linkTo = (id) => document.querySelector(`[data-article="${CSS.escape(id)}"]`);

/** Show the list that the address asks for, and the article if it names one. */
export async function showArchive([, id], params, entered) {
  document.title = "Articles – Dateline";
  onClosed(() => { if (location.hash !== address()) location.hash = address(); });
  const version = params.get("version");
  const wanted = id ? query ?? "" : params.toString();
  if (id) void openReader({ id, ...(version && { version }) }, linkTo(id));
  else closeReader(false);
  if (entered || wanted !== query) {
    query = wanted;
    setFields(form, fromQuery(new URLSearchParams(query), LISTS));
    await begin();
  }
  if (id && isOpen()) markOpener(linkTo(id));
}

/** Fetch the list anew. */
async function begin() {
  cursor = null;
  listed = 0;
  list.replaceChildren();
  await more();
}

async function more() {
  const mine = (request += 1);
  const chosen = fromQuery(new URLSearchParams(query), LISTS);
  const options = { onWaiting: () => { count.textContent = "Dateline is still loading…"; } };
  $("articles-problem").replaceChildren();
  $("articles-more").disabled = true;
  if (listed === 0) count.textContent = "Fetching the list…";
  try {
    const items = chosen.q ? await found(chosen, options) : await page(chosen, options);
    if (mine !== request) return;
    const before = listed;
    list.append(...items);
    listed += items.length;
    if (before > 0) items[0]?.querySelector("a").focus();
  } catch (error) {
    if (mine !== request) return;
    count.textContent = "";
    $("articles-problem").replaceChildren(problem(error, more));
  }
  $("articles-more").disabled = false;
  $("articles-more").hidden = cursor === null;
}

async function page({ outlets, ...chosen }, options) {
  const given = await listArticles({ order: "newest", outlet: outlets, ...chosen, cursor }, options);
  cursor = given.next_cursor;
  const seen = listed + given.items.length;
  const some = cursor === null ? "" : `${seen.toLocaleString("en")} of `;
  const filtered = Object.keys(chosen).length > 0 || outlets;
  if (given.total > 0) count.textContent = some + plural(given.total, "article");
  else count.textContent = filtered ? "No article passes these filters." : EMPTY;
  return given.items.map((article) =>
    h("li", {},
      title(article, h("a", { href: articleLink(article.id), "data-article": article.id })),
      about(article, original(article.url)),
      reprints(article.also_in, "reprint", article.reprints)));
}

async function found({ q, status, ...chosen }, options) {
  const { results } = await search({ query: q, limit: FOUND, ...chosen }, options);
  // Of each article the passage that is nearest.
  const best = new Map();
  for (const one of results) {
    if (!best.has(one.article.id) && (!status || one.article.status === status)) best.set(one.article.id, one);
  }
  cursor = null;
  count.textContent = best.size === 0
    ? "Nothing is found with these words."
    : `${plural(best.size, "article")}, those nearest to these words first`;
  return [...best.values()].map((one) => foundPassage(one, openReader, "found"));
}

export function startArchive() {
  suggests($("archive-outlets"), "outlets");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = toQuery(fieldsOf(form, LISTS)).toString();
    location.hash = asked ? `#articles?${asked}` : "#articles";
  });
  $("archive-clear").addEventListener("click", () => {
    setFields(form, {});
    location.hash = "#articles";
  });
  $("articles-more").addEventListener("click", () => void more());
  addEventListener("dateline:changed", () => { if (query !== null) void begin(); });
  startStoring();
}
