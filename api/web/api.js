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

const pause = (seconds, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });

async function attempt(path, { signal, body }) {
  let response;
  let text;
  try {
    response = await fetch(new URL(path, document.baseURI), {
      signal,
      method: body === undefined ? "GET" : "POST",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    text = await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(UNREACHABLE);
  }
  let parsed;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = null;
  }
  if (response.ok && parsed !== null) return parsed;
  const known = parsed !== null && typeof parsed.title === "string";
  const problem = new Problem(
    known
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
  throw problem;
}

/** Call the API; while the service loads, say so through `onWaiting` and try again. */
async function call(path, options = {}) {
  for (;;) {
    try {
      return await attempt(path, options);
    } catch (problem) {
      if (problem.code !== "not_ready") throw problem;
      options.onWaiting?.(problem);
      await pause(Math.min(Math.max(problem.retryAfter || 1, 0.5), 10), options.signal);
    }
  }
}

export const ask = (body, options) => call("v1/ask", { ...options, body });

export const listArticles = (cursor, options) =>
  call(`v1/articles?${new URLSearchParams({ limit: 50, ...(cursor && { cursor }) })}`, options);

export const readArticle = (id, version, options) =>
  call(`v1/articles/${encodeURIComponent(id)}${version ? `?version=${version}` : ""}`, options);
