// The views and the address that leads to each: `#articles/ID`, `#statements?speaker=Peskov`, and
// everything else is about questions.

import { showArchive, startArchive } from "./archive.js";
import { showAsk, startAsk } from "./ask.js";
import { $ } from "./dom.js";
import { closeReader, isOpen, onClosed } from "./reader.js";
import { showStatements, startStatements } from "./statements.js";
import { showStatus } from "./status.js";
import { showTimeline, startTimeline } from "./timeline.js";

const VIEWS = { articles: showArchive, statements: showStatements, timeline: showTimeline, status: showStatus };
let current = null;

/** Split an address into the parts of its path and its query. */
function parsed(hash) {
  const [path, query = ""] = hash.slice(1).split(/\?(.*)/s);
  const parts = path.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { parts, params: new URLSearchParams(query) };
}

function route() {
  const { parts, params } = parsed(location.hash);
  const name = Object.hasOwn(VIEWS, parts[0]) ? parts[0] : "ask";
  const entered = name !== current;
  current = name;
  for (const view of ["ask", ...Object.keys(VIEWS)]) {
    $(view).hidden = view !== name;
    if (view === name) $(`nav-${view}`).setAttribute("aria-current", "page");
    else $(`nav-${view}`).removeAttribute("aria-current");
  }
  if (name !== "articles") {
    closeReader(false);
    onClosed(() => {});
  }
  void (VIEWS[name] ?? ((path) => showAsk(path, location.hash)))(parts, params, entered);
}

function home(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const href = event.currentTarget.getAttribute("href");
  if (href.startsWith("#")) return;
  // The page is here already.
  event.preventDefault();
  if (location.hash) history.pushState(null, "", location.pathname + location.search);
  route();
}

startAsk();
startArchive();
startStatements();
startTimeline();
$("nav-ask").addEventListener("click", home);
document.querySelector("h1 a").addEventListener("click", home);
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  $("main").focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isOpen()) closeReader(true);
});
addEventListener("hashchange", route);
route();
