// A job as it goes: counts, speed, what was refused and why.

import { cancelJob, follow, jobItems } from "./api.js";
import { articleLink, h, line, moment, plural, problem } from "./dom.js";

const SHOWN = 100;
const STATES = {
  queued: "waiting", running: "running", done: "done", failed: "failed", cancelled: "cancelled",
};
export const ended = (job) => ["done", "failed", "cancelled"].includes(job.state);
const doneOf = (job) => job.added + job.changed + job.unchanged + job.refused;

/** What a job was asked to do, in a few words. */
function named(request) {
  const names = [...(request.files ?? []).map((file) => file.name), ...(request.urls ?? []), ...(request.paths ?? [])];
  if (names.length === 0) return "Articles";
  return names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
}

/** Return an element that shows a job, and follows it to its end; then calls `onEnd`. */
export function jobView(job, onEnd = () => {}) {
  const element = h("li", { class: "job" });
  draw(element, job);
  if (ended(job)) return element;
  const watch = async () => {
    try {
      const last = await follow(job.id, (now) => draw(element, now));
      onEnd(last);
    } catch (error) {
      element.replaceChildren(problem(error, watch, null));
    }
  };
  void watch();
  return element;
}

function draw(element, job) {
  const over = ended(job);
  const done = doneOf(job);
  const left = job.seconds_left === null ? null : `${Math.ceil(job.seconds_left)} s left`;
  const items = h("div");
  const name = named(job.request);
  element.replaceChildren(
    h("p", { class: "title", dir: "auto" }, name),
    !over ? h("progress", { "aria-label": `Progress of ${name}`, max: job.total ?? false, value: job.total ? done : false }) : "",
    line("meta", h("b", { class: `job-${job.state}` }, STATES[job.state] ?? job.state),
      job.total ? `${done} of ${job.total}` : plural(done, "item"),
      job.added > 0 && `${job.added} added`, job.changed > 0 && `${job.changed} changed`,
      job.unchanged > 0 && `${job.unchanged} there already`,
      job.refused > 0 && h("b", { class: "job-failed" }, `${job.refused} refused`),
      !over && job.rate && `${job.rate.toFixed(1)} a second`, !over && left, moment(job.created_at)),
    job.error ? h("p", { class: "notice", dir: "auto" }, job.error) : "",
    items);
  if (!over) {
    items.append(h("button", { type: "button", onclick: () => void cancelJob(job.id) }, "Stop"));
  } else if (job.refused > 0) void refused(items, job);
  else if (done > 0) items.append(stored(job));
}

async function refused(place, job) {
  try {
    const { items } = await jobItems(job.id, { outcome: "refused", limit: SHOWN });
    place.replaceChildren(
      h("ul", { class: "refused" }, items.map((item) =>
        h("li", { dir: "auto" }, h("b", {}, item.origin.replace(/^upload:/, "")), ` ${item.message ?? ""} `,
          h("code", {}, item.code ?? "")))),
      job.refused > items.length ? h("p", { class: "meta" }, `and ${job.refused - items.length} more`) : "",
      doneOf(job) > job.refused ? stored(job) : "");
  } catch (error) {
    place.replaceChildren(problem(error, () => refused(place, job), null));
  }
}

/** What was stored, fetched when it is opened. */
function stored(job) {
  const list = h("ul");
  const details = h("details", {}, h("summary", {}, "What was stored"), list);
  details.addEventListener("toggle", async () => {
    if (list.childElementCount > 0) return;
    try {
      const { items } = await jobItems(job.id, { limit: SHOWN });
      list.replaceChildren(...items.filter((item) => item.article_id).map((item) =>
        h("li", {}, h("a", { href: articleLink(item.article_id) }, h("bdi", {}, item.article_id)),
          ` ${item.outcome}, version ${item.version}`)));
    } catch (error) {
      list.replaceChildren(problem(error, null, null));
    }
  });
  return details;
}
