// What the service holds, what it runs on, and what it works on.

import { listJobs, ready } from "./api.js";
import { $, h, loading, problem, table, words } from "./dom.js";
import { ended, jobView } from "./jobs.js";

const place = $("status-result");
let request = 0;

export async function showStatus() {
  document.title = "Status – Dateline";
  const mine = (request += 1);
  place.replaceChildren(loading("Asking…"));
  try {
    const options = { onWaiting: () => place.replaceChildren(loading("Dateline is still loading its models…")) };
    const [state, jobs] = await Promise.all([ready(options), listJobs(options)]);
    if (mine === request) place.replaceChildren(...draw(state, jobs.items));
  } catch (error) {
    if (mine === request) place.replaceChildren(problem(error, showStatus));
  }
}

function draw(state, jobs) {
  const count = (number) => number.toLocaleString("en");
  const open = jobs.filter((job) => !ended(job)).length;
  return [
    state.degraded && h("p", { class: "notice" }, `The language model is in trouble: ${state.llm?.trouble ?? ""}`),
    h("div", { class: "tables" },
      table("Collection", ["What", "How many"], [
        ["Articles", count(state.articles)], ["Versions", count(state.versions)],
        ["Passages", count(state.passages)], ["Generation of the index", count(state.generation)],
        ["Jobs that wait or run", count(open)],
      ]),
      table("Models", ["Part", "Name and fingerprint"], [
        ...Object.entries(state.models).map(([part, name]) => [words(part), name]),
        ["language model", state.llm ? `${state.llm.name} (${state.llm.chosen})` : "none: answers are quotations"],
      ])),
    h("h3", {}, "Jobs"),
    jobs.length === 0 ? h("p", {}, "No job was given yet.")
      : h("ul", { class: "jobs" }, jobs.map((job) => jobView(job))),
    h("p", {}, h("button", { type: "button", onclick: showStatus }, "Ask again")),
  ].filter(Boolean);
}
