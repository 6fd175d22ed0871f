// A turn: a question, and what came of it.

import {
  about, h, inWords, line, loading, moment, notices, opens, original, outlet, plural, reprints, state,
  stretch, table, title, toQuery, when, words,
} from "./dom.js";
import { feedback } from "./feedback.js";
import { COPIES, copy } from "./references.js";

const REASONS = {
  no_evidence: "Nothing in the collection, within the filters, comes near this question.",
  not_stated: "Some articles touch on this, but none of them states the answer.",
  conflicting: "The articles contradict each other on this, and nothing settles it.",
  out_of_range: "The question is about a time that the articles do not cover.",
  not_a_question_about_the_collection: "News articles cannot answer a question of this kind.",
};
export const QUOTE_TYPES = {
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
  not_in_article: "the article does not have these words any more",
  unsupported_words: "the cited passage does not carry some of its words",
};

/** Return the empty frame of a turn. */
export function frame(number, question, filters) {
  const id = `turn-${number}`;
  const list = (names, start) => names?.length > 0 && `${start} ${names.join(", ")}`;
  const scope = [
    filters.as_of && `as of ${inWords(filters.as_of)}`,
    filters.after && `from ${inWords(filters.after)}`,
    filters.before && `before ${inWords(filters.before)}`,
    list(filters.outlets, "in"),
    list(filters.speakers, "with what is said by"),
  ].filter(Boolean);
  return h("article", { class: "turn", "aria-labelledby": id },
    h("h2", { id, tabindex: "-1", dir: "auto" }, question),
    scope.length > 0 && h("p", { class: "scope" }, `Only articles ${scope.join(", ")}`),
    h("div", { class: "before" }),
    h("div", { class: "answer", "aria-live": "polite" }),
    h("div", { class: "rest" }));
}

export function searched(query) {
  return h("p", { class: "searched" }, "Searched as: ", h("q", { dir: "auto" }, query));
}

/** What is being read while the answer is not there yet. */
export function progress(sources, onCancel) {
  const text = sources.length === 0 ? "Nothing comes near…" : `Reading ${plural(sources.length, "article")}…`;
  return [
    loading(text, onCancel),
    h("ul", { class: "underway" }, sources.map((item) =>
      h("li", {}, h("p", { class: "title", dir: "auto" }, item.title),
        line("meta", outlet(item.outlet), when(item.published_at))))),
  ];
}

/** One sentence with the numbers of its citations. */
export function sentence(said, citations, show, short = null) {
  return h("p", { class: "sentence", dir: "auto" },
    held(withShortAnswer(said.text, short), buttons(said.citations, citations, show)));
}

/** Who, where and when for each citation of a sentence: an old statement must not look like today's. */
function byline(said, citations) {
  const found = citations.filter((one) => said.citations.includes(one.number));
  return line("byline meta", ...found.map((one) => [
    one.speaker && [h("bdi", {}, one.speaker), ", "], outlet(one.outlet), ", ", when(one.published_at),
  ].flat().filter(Boolean)));
}

/** Fill a frame with an answer; `extra` is what else belongs below it. */
export function showAnswer(element, result, show, extra = []) {
  const put = (name, children) => element.querySelector(name).replaceChildren(...children.filter(Boolean));
  put(".before", [result.query !== result.question && searched(result.query)]);
  put(".answer", result.abstained
    ? [h("p", { class: "abstained", dir: "auto" }, result.text), h("p", { class: "reason" }, reason(result.reason))]
    : [shortAnswer(result),
       ...result.sentences.flatMap((said) => [
         sentence(said, result.citations, show, result.short_answer), byline(said, result.citations)])]);
  put(".rest", [
    h("p", { class: "confidence" }, result.abstained ? "Confidence that they do answer it " : "Confidence ",
      h("b", {}, result.confidence.toFixed(2)), " of 1"),
    ...notices(result.notices),
    result.degraded && h("p", { class: "notice" },
      "The language model could not write this answer: these are quotations instead."),
    ...result.conflicts.map((one) => conflict(one, result, show)),
    result.citations.length > 0 && sources(result, show),
    result.abstained && result.nearest.length > 0 && nearest(result, show),
    result.abstained && elsewhere(result.query),
    actions(result),
    feedback(result),
    ...extra,
    why(result),
  ]);
}

const reason = (code) => REASONS[code] ?? (code ? `Reason: ${words(code)}.` : "");

function shortAnswer(result) {
  const short = result.short_answer;
  if (!short || result.sentences.some((said) => said.text.includes(short))) return null;
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

// ---- citations and their articles ---------------------------------------------------------------

/** Buttons for those of the numbers whose citations are there already. */
const buttons = (numbers, citations, show) =>
  numbers.map((number) => citations.find((one) => one.number === number))
    .filter(Boolean).map((citation) => citationButton(citation, show));

export function citationButton(citation, show) {
  const speaker = citation.speaker ? `, ${citation.speaker}` : "";
  return opens(stretch(citation, "cited"), show, {
    class: "cite", "data-citation": citation.number,
    "aria-label": `Citation ${citation.number}: show the cited words${speaker}`,
  }, String(citation.number));
}

/** The citations below the article that they are from. */
function sources(result, show) {
  const groups = new Map();
  for (const citation of result.citations) {
    const key = JSON.stringify([citation.article_id, citation.version]);
    groups.set(key, [...(groups.get(key) ?? []), citation]);
  }
  const articles = groups.size > result.sources ? ` in ${plural(groups.size, "article")}` : "";
  return h("section", { class: "sources" },
    h("h3", {}, plural(result.sources, "independent source"), articles),
    h("ol", {}, [...groups.values()].map((citations) => source(citations, result, show))));
}

function source(citations, result, show) {
  const [first] = citations;
  return h("li", { class: "source" },
    title(first, opens(stretch(first, "cited"), show, { class: "plain" })),
    about(first, original(first.url)),
    reprints(first.also_in),
    h("ul", {}, citations.map((citation) => cite(citation, result, show))));
}

function cite(citation, result, show) {
  const repeated = result.sentences.some((said) => said.text === citation.quote);
  return h("li", { class: "citation" },
    citationButton(citation, show),
    h("div", {}, who(citation), !repeated && h("blockquote", { dir: "auto" }, citation.quote)));
}

/** Who says it, how, where and on which day. */
export function who(by) {
  const occasion = [
    by.medium && [", ", h("bdi", {}, by.medium)],
    by.when && [", ", h("bdi", {}, by.when)],
    by.day && [by.when ? " (" : ", ", when(by.day), by.when && ")"],
  ].filter(Boolean);
  if (!by.speaker && by.quote_type === "narration") return h("p", { class: "speaker how" }, "The article’s own words", occasion);
  return h("p", { class: "speaker" },
    by.speaker ? h("bdi", {}, by.speaker) : "No speaker named",
    by.role && h("span", { class: "how" }, ", ", h("bdi", {}, by.role)),
    by.denied && [" ", h("strong", { class: "denied" }, "denied")],
    by.negated && [" ", h("strong", { class: "denied" }, "not said")],
    by.hedged && [" ", h("strong", { class: "denied" }, "uncertain")],
    h("span", { class: "how" }, `${by.role ? ", " : " "}${QUOTE_TYPES[by.quote_type] ?? words(by.quote_type)}`,
      by.cue && [" (“", h("bdi", {}, by.cue), "”)"], occasion));
}

/** The sides of a disagreement beside each other, each with its words. */
function conflict(one, result, show) {
  const found = (number) => result.citations.find((citation) => citation.number === number);
  const date = (side) => found(side.citations[0])?.published_at ?? "";
  // What changed reads from the earliest to the latest.
  const sides = one.type === "changed_over_time"
    ? [...one.sides].sort((left, right) => date(left).localeCompare(date(right))) : one.sides;
  return h("section", { class: "conflict" },
    h("h3", {}, CONFLICTS[one.type] ?? words(one.type)),
    h("div", { class: "sides" }, sides.map((side) =>
      h("div", { class: "side" },
        h("p", { class: "meta" }, plural(side.sources, "independent source")),
        side.citations.map(found).filter(Boolean).map((citation) => [
          who(citation),
          h("blockquote", { dir: "auto" }, citation.quote, " ", citationButton(citation, show)),
          about(citation),
        ])))));
}

function nearest(result, show) {
  const articles = new Map();
  for (const found of result.nearest) {
    articles.set(found.article.id, [...(articles.get(found.article.id) ?? []), found]);
  }
  return h("section", { class: "nearest" },
    h("h3", {}, "The nearest passages"),
    h("p", { class: "hint" }, "They were read and do not state the answer. Choose one to see it in its article."),
    h("ol", {}, [...articles.values()].map(([first, ...others]) => foundPassage(first, show, "nearest", others))));
}

/** Where else to look for what no article states as an answer. */
function elsewhere(query) {
  const link = (view, key, text) => h("a", { href: `#${view}?${toQuery({ [key]: query })}` }, text);
  return h("p", { class: "hint" }, "Look for these words in: ", link("articles", "q", "articles"), ", ",
    link("statements", "about", "statements"), ", ", link("timeline", "q", "a timeline"));
}

/** A passage that was found, below the title that opens it in its article, and others of the same one. */
export function foundPassage({ passage, article, also_in: also = [] }, show, kind, others = []) {
  return h("li", {},
    title(article, opens(stretch(passage, kind), show, { class: "plain" })),
    about(article, original(article.url)),
    h("p", { class: "excerpt", dir: "auto" }, passage.text),
    others.map((other) => h("p", { dir: "auto" },
      opens(stretch(other.passage, kind), show, { class: "plain excerpt" }, other.passage.text))),
    reprints(also));
}

// ---- what one can do with an answer, and how it came about ----------------------------------------

function actions(result) {
  const said = h("span", { class: "meta", role: "status" });
  const address = () => new URL(`#answer/${encodeURIComponent(result.id)}`, document.baseURI).href;
  const button = (name, text) =>
    h("button", {
      type: "button",
      onclick: async ({ currentTarget }) => {
        try {
          said.textContent = await copy(await text(), currentTarget);
        } catch (error) {
          said.textContent = error.title ?? String(error);
        }
      },
    }, name);
  const form = h("select", {}, COPIES.map(({ name }, index) => h("option", { value: index }, name)));
  return h("div", { class: "actions" },
    h("label", {}, "References as ", form),
    button("Copy", () => COPIES[form.value].make(result)),
    button("Copy the link", address),
    h("a", { href: `#answer/${encodeURIComponent(result.id)}` }, "Permanent link"),
    said);
}

/** What a kept answer says about its sources now. */
export function record(kept) {
  return [
    h("p", { class: "scope" }, "Answered on ", moment(kept.asked_at), "; nothing here was made anew."),
    ...kept.affected.map((one) =>
      h("p", { class: "notice" }, "A source was ", state(one.became) ?? one.became, " since: ",
        h("bdi", {}, one.article_id), `, version ${one.version}`,
        one.note && [" – ", h("bdi", {}, one.note)])),
  ];
}

function why(result) {
  const times = Object.entries(result.timings);
  return h("div", { class: "why" },
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
      h("div", { class: "tables" },
        result.citations.length > 0 && table("Support", ["Citation", "of 1"],
          result.citations.map((one) => [String(one.number), one.support.toFixed(2)])),
        times.length > 0 && table("Time by stage", ["Stage", "ms"],
          times.map(([stage, ms]) => [words(stage), ms.toFixed(1)])),
        table("Models", ["Part", "Name and fingerprint"],
          Object.entries(result.models).map(([part, name]) => [words(part), name]))),
      h("p", { class: "meta" }, h("span", {}, `Answer ${result.id}`))));
}
