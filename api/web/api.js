// Talks to the API. Whatever goes wrong leaves here as a Problem that can be shown.

export class Problem extends Error {
  constructor({ title, detail, remedy, code, request_id: requestId, errors }, status) {
    super(title);
    Object.assign(this, { title, detail, remedy, code, requestId, status, errors: errors ?? [] });
  }
}

const UNREACHABLE = {
  title: "The server does not answer",
  detail: "The connection failed before an answer came.",
  remedy: "Check that Dateline is still running and that you are connected, then try again.",
  code: "server_unreachable",
};
const KEY = "dateline-key";
/** How often a broken stream is taken up again before that is reported. */
const RETURNS = 4;

/** Use an API key until this tab is closed. */
export const setKey = (key) => sessionStorage.setItem(KEY, key);

const pause = (seconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

async function send(path, { method, signal, body, headers = {} }) {
  const key = sessionStorage.getItem(KEY);
  const form = body instanceof FormData;
  try {
    return await fetch(new URL(path, document.baseURI), {
      signal,
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        ...(key && { Authorization: `Bearer ${key}` }),
        ...(body !== undefined && !form && { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined || form ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(UNREACHABLE);
  }
}

async function refusal(response, text) {
  let parsed = null;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Not JSON: said below.
  }
  const problem = new Problem(
    typeof parsed?.title === "string"
      ? parsed
      : {
          title: "The server sent something that is not an answer",
          detail: `HTTP ${response.status} ${response.statusText}`.trim(),
          remedy: "If a proxy stands before Dateline, look there first.",
          code: "not_an_answer",
          request_id: response.headers.get("X-Request-ID"),
        },
    response.status,
  );
  problem.retryAfter = Number(response.headers.get("Retry-After"));
  return problem;
}

async function attempt(path, options) {
  const response = await send(path, options);
  let text;
  try {
    text = await response.text();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(UNREACHABLE);
  }
  if (!response.ok) throw await refusal(response, text);
  if (response.status === 204) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw await refusal(response, "");
  }
}

/** Do it; while the service loads, say so through `onWaiting` and do it again. */
async function patiently(action, options) {
  for (;;) {
    try {
      return await action();
    } catch (problem) {
      if (problem.code !== "not_ready") throw problem;
      options.onWaiting?.(problem);
      await pause(Math.min(Math.max(problem.retryAfter || 1, 0.5), 10), options.signal);
    }
  }
}

export const call = (path, options = {}) => patiently(() => attempt(path, options), options);

/** Call with the fields of a query string; a list repeats its key. */
export function get(path, query = {}, options = {}) {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of [value ?? []].flat()) params.append(key, one);
  }
  const tail = params.toString();
  return call(tail ? `${path}?${tail}` : path, options);
}

// ---- streams of events --------------------------------------------------------------------------

/** Yield the server-sent events of a response as {id, event, data}. */
async function* events(response, signal) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    let part;
    try {
      part = await reader.read();
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Problem(UNREACHABLE);
    }
    if (part.done) return;
    const blocks = (rest + part.value.replaceAll("\r\n", "\n")).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const fields = { id: null, event: "message", data: "" };
      for (const row of block.split("\n")) {
        const [, name, value] = /^(\w+): ?(.*)$/.exec(row) ?? [];
        if (name in fields) fields[name] = value;
      }
      if (fields.data) yield { ...fields, data: JSON.parse(fields.data) };
    }
  }
}

async function* opened(path, options) {
  const response = await patiently(async () => {
    const given = await send(path, {
      ...options, headers: { Accept: "text/event-stream", ...options.headers },
    });
    if (!given.ok) throw await refusal(given, await given.text());
    return given;
  }, options);
  yield* events(response, options.signal);
}

/**
 * Ask in a chat and hand each event to `onEvent`; returns the data of the last one, `done`. A
 * stream that breaks is taken up where it broke, and nothing is asked twice.
 */
export async function chat(body, { onEvent, ...options }) {
  let turn = null;
  let last = null;
  for (let returns = 0; ; returns += 1) {
    const stream = turn === null
      ? opened("v1/chat", { ...options, body })
      : opened(`v1/chat/${encodeURIComponent(turn)}/events`, {
          ...options, headers: { "Last-Event-ID": last },
        });
    try {
      for await (const { id, event, data } of stream) {
        last = id;
        turn = data.turn_id ?? turn;
        if (event === "error") throw new Problem(data);
        onEvent?.(event, data);
        if (event === "done") return data;
      }
      throw new Problem(UNREACHABLE);
    } catch (problem) {
      if (problem.code !== "server_unreachable" || turn === null || returns >= RETURNS) throw problem;
    }
    await pause(0.5 * 2 ** returns, options.signal);
  }
}

/** Follow a job to its end; hands it to `onJob` whenever it moved, and returns it at last. */
export async function follow(id, onJob, options = {}) {
  let job = null;
  for await (const { data } of opened(`v1/jobs/${encodeURIComponent(id)}/events`, options)) {
    job = data;
    onJob(job);
  }
  return job;
}

/** Return a response that is text. */
async function plain(path, options = {}) {
  const response = await send(path, options);
  const text = await response.text();
  if (!response.ok) throw await refusal(response, text);
  return text;
}

/** Return the metrics as [{name, labels, value}]. */
export async function metrics(options = {}) {
  const found = [];
  for (const row of (await plain("metrics", options)).split("\n")) {
    const [, name, labels, value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(row) ?? [];
    if (!name) continue;
    const pairs = [...(labels ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    found.push({ name, labels: Object.fromEntries(pairs.map(([, key, label]) => [key, label])), value: Number(value) });
  }
  return found;
}

// ---- resources ----------------------------------------------------------------------------------

const article = (id) => `v1/articles/${encodeURIComponent(id)}`;

export const listArticles = (query, options) => get("v1/articles", { limit: 50, ...query }, options);
export const readArticle = (id, version, options) => get(article(id), { version }, options);
export const setStatus = (id, status, note) =>
  call(article(id), { method: "PATCH", body: { status, ...(note && { note }) } });
export const search = (body, options) => call("v1/search", { ...options, body });
export const readChat = (id, options) => call(`v1/chats/${encodeURIComponent(id)}`, options);
export const readAnswer = (id, options) => call(`v1/answers/${encodeURIComponent(id)}`, options);
export const references = (id, style) =>
  plain(`v1/answers/${encodeURIComponent(id)}/references?style=${encodeURIComponent(style)}`);
export const statements = (query, options) => get("v1/statements", query, options);
export const timeline = (query, options) => get("v1/timeline", query, options);
export const ready = (options) => call("readyz", options);
export const stats = (options) => call("v1/stats", options);
export const rate = (body) => call("v1/feedback", { body });
/** Names to choose from: `kind` is "outlets" or "speakers". */
export const suggestions = (kind, query, options) => get(`v1/${kind}`, query, options);
export const evaluation = (options) => call("v1/evaluation", options);
export const listJobs = (options) => get("v1/jobs", {}, options);
export const jobItems = (id, query) => get(`v1/jobs/${encodeURIComponent(id)}/items`, query);
export const cancelJob = (id) => call(`v1/jobs/${encodeURIComponent(id)}/cancel`, { method: "POST" });
export const storeUrls = (urls) => call("v1/articles/urls", { body: { urls } });

export function storeFiles(files) {
  const body = new FormData();
  for (const file of files) body.append("files", file);
  return call("v1/articles/files", { body });
}
