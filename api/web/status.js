// What the service holds, what it runs on, what it works on, and how fast it answers.

import { listJobs, metrics, ready, stats } from "./api.js";
import { $, h, loading, problem, table, words } from "./dom.js";
import { ended, jobView } from "./jobs.js";
import { bars } from "./plot.js";

const place = $("status-result");
let request = 0;

export async function showStatus() {
  document.title = "Status – Dateline";
  const mine = (request += 1);
  place.replaceChildren(loading("Asking…"));
  try {
    const options = { onWaiting: () => place.replaceChildren(loading("Dateline is still loading its models…")) };
    const [state, jobs, counts, measured] = await Promise.all(
      [ready(options), listJobs(options), stats(options), metrics(options)]);
    if (mine === request) place.replaceChildren(...draw(state, jobs.items, counts), ...speed(measured));
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
function speed(measured) {
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
  const means = of("sum").map(({ labels, value }) =>
    [words(labels.stage), (value / (of("count", labels.stage)[0]?.value || 1) * 1000).toFixed(1)]);
  return [
    heading,
    bars(steps, `Answers by their time, ${answers} since the server started; each bar is up to the time below it`),
    h("div", { class: "tables" },
      table("Answers", ["Took up to", "How many"], steps.filter((one) => one.value > 0).map((one) => [one.name, String(one.value)])),
      table("Mean by stage", ["Stage", "ms"], means)),
  ];
}
