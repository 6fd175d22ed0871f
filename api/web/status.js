// What the service holds, what it runs on, what it works on, and how fast it answers.

import { evaluation, listJobs, metrics, ready, stats } from "./api.js";
import { $, h, loading, moment, plural, problem, table, undrawn, words } from "./dom.js";
import { ended, jobView } from "./jobs.js";

const place = $("status-result");
let request = 0;

export async function showStatus() {
  document.title = "Status – Dateline";
  const mine = (request += 1);
  place.replaceChildren(loading("Asking…"));
  try {
    const options = { onWaiting: () => place.replaceChildren(loading("Dateline is still loading its models…")) };
    const [state, jobs, counts, measured, kept, drawing] = await Promise.all([
      ready(options), listJobs(options), stats(options), metrics(options), evaluation(options),
      import("./bars.js").catch(() => null)]);
    if (mine === request) {
      place.replaceChildren(
        ...draw(state, jobs.items, counts), ...speed(measured, drawing), ...quality(kept.evaluation, state.models));
    }
  } catch (error) {
    if (mine === request) place.replaceChildren(problem(error, showStatus));
  }
}

function draw(state, jobs, counts) {
  const count = (number) => number.toLocaleString("en");
  const open = jobs.filter((job) => !ended(job)).length;
  return [
    h("p", {}, h("button", { type: "button", onclick: showStatus }, "Refresh")),
    state.degraded && h("p", { class: "notice" }, `The language model is in trouble: ${state.llm?.trouble ?? ""}`),
    h("div", { class: "tables" },
      table("Collection", ["What", "How many"], [
        ["Articles", count(state.articles)], ["Versions", count(state.versions)],
        ["Passages", count(state.passages)], ["Articles without a date", count(counts.undated)],
        ["Generation of the index", count(state.generation)], ["Jobs that wait or run", count(open)],
        ["Answers that are kept", count(counts.answers)], ["of these, abstentions", count(counts.abstained)],
        ...Object.entries(counts.feedback).map(([verdict, number]) => [`Opinion: ${words(verdict)}`, count(number)]),
      ]),
      table("Models", ["Part", "Name and fingerprint"], [
        ...Object.entries(state.models).map(([part, name]) => [words(part), name]),
        ["Version of Dateline", counts.version],
        ["language model", state.llm ? `${state.llm.name} (${state.llm.chosen})` : "none: answers are quotations"],
      ])),
    h("h3", {}, "Jobs"),
    jobs.length === 0 ? h("p", {}, "No job was given yet.")
      : h("ul", { class: "jobs" }, jobs.map((job) => jobView(job))),
  ].filter(Boolean);
}

const upTo = (seconds) => {
  if (!Number.isFinite(seconds)) return "longer";
  return seconds < 1 ? `${seconds * 1000} ms` : `${seconds} s`;
};

/** How long answers took since the server started, and where the time went. */
function speed(measured, drawing) {
  const of = (name, stage) => measured.filter((one) =>
    one.name === `dateline_stage_seconds_${name}` && (!stage || one.labels.stage === stage));
  const total = of("bucket", "total").sort((one, other) => Number(one.labels.le) - Number(other.labels.le));
  const heading = h("h3", {}, "Time of an answer");
  const answers = of("count", "total")[0]?.value ?? 0;
  if (answers === 0) return [heading, h("p", {}, "Nothing was asked since the server started.")];
  const steps = total.map((one, index) => ({
    name: upTo(Number(one.labels.le)),
    value: one.value - (total[index - 1]?.value ?? 0),
  }));
  const [least, most] = [steps.findIndex((one) => one.value > 0), steps.findLastIndex((one) => one.value > 0)];
  const means = of("sum").map(({ labels, value }) => ({
    name: words(labels.stage), value: value / (of("count", labels.stage)[0]?.value || 1) * 1000,
  }));
  const tenths = (milliseconds) => milliseconds.toFixed(1);
  return [
    heading,
    h("p", {}, `${plural(answers, "answer")} since the server started.`),
    drawing ? [
      drawing.bars(steps.slice(least, most + 1), "Answers by the time that they took: each bar is up to its time, in the table below too"),
      drawing.bars(means, "Mean by stage in milliseconds, in the table below too", tenths),
    ] : undrawn(),
    h("div", { class: "tables" },
      table("Answers", ["Took up to", "How many"], steps.filter((one) => one.value > 0).map((one) => [one.name, String(one.value)])),
      table("Mean by stage", ["Stage", "ms"], means.map((one) => [one.name, tenths(one.value)]))),
  ].flat();
}

/** The figures that are shown first, of whatever kind the suite was, and what they say. */
const FIRST = {
  right: "Answered right, or rightly declined",
  decision: "Answered what can be answered, declined the rest",
  F1: "Words shared with the expected answer (F1)",
  "citation recall": "Expected evidence that is cited",
  "citation precision": "Citations that are expected evidence",
  "quotes exact": "Quotations that are word for word",
  AUROC: "Confidence tells answerable from not (AUROC)",
  "rejection rate": "False claims rejected",
  "keep rate": "True claims kept",
  "content F1": "Extent of what is said (F1)",
};

/** How good answers were when that was last measured, and of what that tells. */
function quality(found, models) {
  const heading = h("h3", {}, "The last evaluation");
  if (found === null) {
    return [heading, h("p", {}, "None is kept here: ", h("code", {}, "dateline eval report RUN --keep"), " keeps one.")];
  }
  const number = (value) => (value === null ? "" : value.toFixed(3));
  const rows = (figures, names = {}) => figures.map((one) =>
    [names[one.metric] ?? one.metric, number(one.value), one.low === null ? "" : `${number(one.low)}–${number(one.high)}`, String(one.n)]);
  const head = ["Figure", "Value", "95% interval", "Cases"];
  const first = Object.keys(FIRST).map((name) => found.figures.find((one) => one.metric === name)).filter(Boolean);
  const same = Object.entries(found.models).every(([part, name]) => models[part] === name);
  return [
    heading,
    h("p", {}, `${plural(found.cases, "question")} of the suite `, h("bdi", {}, found.suite),
      `, asked of ${plural(found.articles, "article")} of its own on `, moment(found.started), "; by ",
      h("bdi", {}, found.system), ` ${found.version}`,
      found.commit && [" at ", h("code", {}, found.commit.replace(/^([^+]{12})[^+]*/, "$1"))], ".",
      found.failed > 0 && ` ${found.failed} failed.`,
      found.milliseconds !== null && ` Half of them took less than ${Math.round(found.milliseconds)} ms.`),
    !same && h("p", { class: "notice" }, "It was made with other models than those that run now."),
    table("How well", head, rows(first.length > 0 ? first : found.figures, FIRST)),
    first.length > 0 && h("details", {}, h("summary", {}, "All figures"), table("All figures", head, rows(found.figures))),
  ].filter(Boolean);
}
