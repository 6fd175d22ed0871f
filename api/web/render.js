// Turns what the API sends into elements. Text only ever becomes text nodes: no markup is parsed.

const REASONS = {
  no_evidence: "Nothing in the collection, within the filters, comes near this question.",
  not_stated: "Some articles touch on this, but none of them states the answer.",
  conflicting: "The articles contradict each other on this, and nothing settles it.",
  out_of_range: "The question is about a time that the articles do not cover.",
  not_a_question_about_the_collection: "News articles cannot answer a question of this kind.",
};
const QUOTE_TYPES = {
  direct: "quoted directly",
  indirect: "in reported speech",
  mixed: "partly quoted",
  narration: "the article’s own words",
};
const CONFLICTS = {
  changed_over_time: "This changed over time",
  disagreement_between_sources: "The sources disagree",
  denied: "One says so, another denies it",
  different_scope: "These speak of different things",
};
const DROPPED = {
  quote_not_verbatim: "a quotation was not word for word in the article",
  not_in_evidence: "it was not in the passages found",
  unsupported_words: "the cited passage does not carry some of its words",
};
const DATE_ORIGINS = { page: "date from the page", feed: "date from the feed" };
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });
const MINUTE = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "long", timeStyle: "short", timeZone: "UTC",
});

/** Make an element; strings among the children become text nodes. */
export function h(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

export const plural = (count, one, many = `${one}s`) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
const words = (code) => code.replaceAll("_", " ");

function when(iso) {
  if (!iso) return "undated";
  const date = new Date(iso);
  if (Number.isNaN(date.valueOf())) return iso;
  return h("time", { datetime: iso, title: `${MINUTE.format(date)} UTC` }, DAY.format(date));
}

function outlet(name) {
  return name ? h("bdi", {}, name) : "outlet unknown";
}

/** A link to where an article came from; only the web, never `javascript:` and its like. */
function original(url) {
  if (!/^https?:\/\//i.test(url ?? "")) return null;
  return h("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, "Original",
    h("span", { class: "unseen" }, " (opens a new tab)"));
}

/** A title in what leads to the article. */
function title(item, lead) {
  lead.append(h("bdi", { class: item.title_from === "derived" ? "" : "given" }, item.title));
  return h("p", { class: "title" }, lead);
}

/** Where and when an article appeared; first words that stand in for a title are marked as such. */
function about(item, ...more) {
  return line("meta", item.title_from === "derived" && "first words, no title given",
    outlet(item.outlet), when(item.published_at), ...more);
}

/** A button that opens an article at the wanted words. */
function opens(wanted, show, props, ...children) {
  return h("button", {
    type: "button", "aria-controls": "reader", ...props,
    onclick: (event) => show(wanted, event.currentTarget),
  }, ...children);
}

/** Put separators between those of the parts that are there. */
function line(cssClass, ...parts) {
  const there = parts.filter(Boolean);
  return h("p", { class: cssClass }, there.map((part) => h("span", {}, part)));
}

// ---- a turn: a question and what came of it ---------------------------------------------------

export function turn(number, question, filters) {
  const id = `turn-${number}`;
  const scope = [
    filters.as_of && `as of ${filters.as_of}`,
    filters.after && `from ${filters.after}`,
    filters.before && `before ${filters.before}`,
    filters.outlets?.length && `in ${filters.outlets.join(", ")}`,
  ].filter(Boolean);
  return h("article", { class: "turn", "aria-labelledby": id },
    h("h2", { id, tabindex: "-1", dir: "auto" }, question),
    scope.length > 0 && h("p", { class: "scope" }, `Only articles ${scope.join(", ")}`),
    h("div", { class: "before" }),
    h("div", { class: "answer", "aria-live": "polite" }),
    h("div", { class: "rest" }));
}

export function loading(text, onCancel) {
  return h("div", { class: "loading" },
    h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
    h("span", {}, text),
    h("button", { type: "button", onclick: onCancel }, "Cancel"));
}

/** Return what stands before the live region, what that says, and what stands below it. */
export function answer(result, show) {
  const buttons = (numbers) => numbers.map((number) => citationButton(result, number, show));
  const said = result.abstained
    ? [h("p", { class: "abstained" }, result.text), h("p", { class: "reason" }, reason(result.reason))]
    : [
        shortAnswer(result),
        ...result.sentences.map((sentence) =>
          h("p", { class: "sentence", dir: "auto" },
            held(withShortAnswer(sentence.text, result.short_answer), buttons(sentence.citations)))),
      ].filter(Boolean);
  const before = result.query === result.question ? []
    : [h("p", { class: "searched" }, "Searched as: ", h("q", { dir: "auto" }, result.query))];
  const rest = [
    ...result.notices.map((notice) => h("p", { class: "notice" }, notice.message)),
    ...result.conflicts.map((conflict) =>
      h("p", { class: "notice" }, `${CONFLICTS[conflict.type] ?? words(conflict.type)}: `,
        conflict.sides.map((side, index) => [
          index > 0 && " against ",
          buttons(side.citations),
          ` (${plural(side.sources, "independent source")})`,
        ]).flat())),
    result.citations.length > 0 && sources(result, show),
    result.abstained && result.nearest.length > 0 && nearest(result, show),
    why(result),
  ].filter(Boolean);
  return { before, said, rest };
}

const reason = (code) => REASONS[code] ?? (code ? `Reason: ${words(code)}.` : "");

function shortAnswer(result) {
  const short = result.short_answer;
  if (!short || result.sentences.some((sentence) => sentence.text.includes(short))) return null;
  return h("p", { class: "short", dir: "auto" }, short);
}

function withShortAnswer(text, short) {
  const at = short ? text.indexOf(short) : -1;
  if (at < 0) return [text];
  return [text.slice(0, at), h("strong", {}, short), text.slice(at + short.length)];
}

/** Keep citation numbers on the line of the last word. */
function held(parts, numbers) {
  const last = parts.at(-1);
  const at = last.lastIndexOf(" ") + 1;
  const word = last.length - at > 24 ? "" : last.slice(at);
  return [...parts.slice(0, -1), last.slice(0, last.length - word.length),
    h("span", { class: "held" }, word, " ", numbers)];
}

function citationButton(result, number, show) {
  const citation = result.citations.find((one) => one.number === number);
  const speaker = citation.speaker ? `, ${citation.speaker}` : "";
  return opens(cited(citation), show, {
    class: "cite", "data-citation": number,
    "aria-label": `Citation ${number}: show the cited words${speaker}`,
  }, String(number));
}

const cited = (citation) => ({
  id: citation.article_id, version: citation.version,
  start: citation.start, end: citation.end, words: citation.quote, kind: "cited",
});

/** The citations below the article that they are from. */
function sources(result, show) {
  const groups = new Map();
  for (const citation of result.citations) {
    const key = JSON.stringify([citation.article_id, citation.version]);
    groups.set(key, [...(groups.get(key) ?? []), citation]);
  }
  return h("section", { class: "sources" },
    h("h3", {}, plural(groups.size, "source")),
    h("ol", {}, [...groups.values()].map((citations) => source(citations, result, show))));
}

function source(citations, result, show) {
  const [first] = citations;
  return h("li", { class: "source" },
    title(first, opens(cited(first), show, { class: "plain" })),
    about(first, original(first.url)),
    first.also_in.length > 0 && reprints(first.also_in),
    h("ul", {}, citations.map((citation) => cite(citation, result, show))));
}

function cite(citation, result, show) {
  const repeated = result.sentences.some((sentence) => sentence.text === citation.quote);
  return h("li", { class: "citation" },
    citationButton(result, citation.number, show),
    h("div", {},
      h("p", { class: "speaker" },
        citation.speaker ? h("bdi", {}, citation.speaker) : "No speaker named",
        citation.denied && [" ", h("strong", { class: "denied" }, "denied")],
        h("span", { class: "how" }, ` ${QUOTE_TYPES[citation.quote_type] ?? words(citation.quote_type)}`,
          citation.cue && [" (“", h("bdi", {}, citation.cue), "”)"])),
      !repeated && h("blockquote", { dir: "auto" }, citation.quote)));
}

function reprints(also) {
  return h("details", { class: "reprints" },
    h("summary", {}, `Also in ${plural(also.length, "reprint")}, not counted as a further source`),
    h("ul", {}, also.map((reprint) =>
      h("li", {}, line("meta", outlet(reprint.outlet), when(reprint.published_at),
        original(reprint.url), h("a", { href: articleLink(reprint.article_id) }, "Read"))))));
}

function nearest(result, show) {
  return h("section", { class: "nearest" },
    h("h3", {}, "The nearest passages"),
    h("p", { class: "hint" }, "They were read and do not state the answer. Choose one to see it in its article."),
    h("ol", {}, result.nearest.map(({ passage, article }) =>
      h("li", {},
        title(article, opens({
          id: passage.article_id, version: passage.version,
          start: passage.start, end: passage.end, words: passage.text, kind: "nearest",
        }, show, { class: "plain" })),
        about(article),
        h("p", { class: "excerpt", dir: "auto" }, passage.text)))));
}

function why(result) {
  const table = (caption, head, rows) =>
    h("table", {}, h("caption", {}, caption),
      h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))),
      h("tbody", {}, rows.map(([first, ...others]) =>
        h("tr", {}, h("th", { scope: "row" }, first), others.map((cell) => h("td", {}, cell))))));
  return h("div", { class: "why" },
    h("p", { class: "confidence" }, "Confidence ", h("b", {}, result.confidence.toFixed(2)), " of 1"),
    h("details", {},
      h("summary", {}, "Why this answer"),
      result.dropped.length === 0
        ? h("p", {}, "No sentence was dropped in verification.")
        : [
            h("p", {}, `${plural(result.dropped.length, "sentence was", "sentences were")} dropped in verification:`),
            h("ul", { class: "dropped" }, result.dropped.map((one) =>
              h("li", {}, h("s", { dir: "auto" }, one.text),
                ` ${DROPPED[one.reason] ?? words(one.reason)}`))),
          ],
      h("div", { class: "tables" }, result.citations.length > 0 && table("Support", ["Citation", "of 1"],
        result.citations.map((one) => [String(one.number), one.support.toFixed(2)])),
      table("Time by stage", ["Stage", "ms"],
        Object.entries(result.timings).map(([stage, ms]) => [words(stage), ms.toFixed(1)])),
      table("Models", ["Part", "Name and fingerprint"],
        Object.entries(result.models).map(([part, name]) => [words(part), name]))),
      h("p", { class: "meta" }, h("span", {}, `Answer ${result.id}`))));
}

// ---- problems ---------------------------------------------------------------------------------

export function problem(error, onRetry, role = "alert") {
  const known = error.title !== undefined;
  return h("div", { class: "problem", role },
    h("h3", {}, known ? error.title : "The page failed"),
    h("p", { dir: "auto" }, known ? error.detail ?? "" : String(error)),
    ...(error.errors ?? []).slice(1).map((one) => h("p", { dir: "auto" }, `${one.place}: ${one.message}`)),
    error.remedy && h("p", {}, error.remedy),
    known && line("meta", error.code && `Code ${error.code}`, error.requestId && `Request ${error.requestId}`),
    onRetry && h("button", { type: "button", onclick: onRetry }, "Retry"));
}

// ---- articles ---------------------------------------------------------------------------------

const articleLink = (id) => `#${new URLSearchParams({ articles: id })}`;

export function articleItem(article) {
  return h("li", {},
    title(article, h("a", { href: articleLink(article.id), "data-article": article.id })),
    about(article));
}

/** Return the reader's bar, which stays in sight, and what stands below it. */
export function readerFrame(onClose, item, note, body) {
  return [
    h("div", { class: "bar" },
      h("div", {},
        item && h("div", { class: "name", "aria-hidden": "true", dir: "auto" }, item.title),
        note && h("div", { class: "verified", role: "status" }, note)),
      h("button", { type: "button", class: "close", onclick: onClose }, "Close article")),
    h("div", { class: "page" }, body),
  ];
}

/**
 * Return an article with `wanted` marked: `start` and `end` count code points of its text, end
 * exclusive. Where these are not the expected words, nothing is marked and the reader is told.
 */
export function article(item, wanted) {
  const points = Array.from(item.text);
  const found = wanted && points.slice(wanted.start, wanted.end).join("");
  const exact = wanted && found === wanted.words;
  const note = exact && (wanted.kind === "cited"
    ? "Marked: exactly as cited" : "Marked: what came near");
  const body = [
    h("h2", { dir: "auto" }, item.title),
    about(item, DATE_ORIGINS[item.published_from], item.author && h("bdi", {}, item.author),
      item.place && h("bdi", {}, item.place), item.version > 1 && `version ${item.version}`, original(item.url)),
    item.status !== "live" && h("p", { class: "notice" }, `This article was ${item.status}.`),
    wanted && !exact && mismatch(wanted, found),
    h("div", { class: "text" }, ...paragraphs(points, exact ? wanted : { start: 0, end: 0 })),
  ];
  return { note, body };
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
