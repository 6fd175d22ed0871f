// Add articles: files dropped or chosen, and web addresses of pages and feeds.

import { storeFiles, storeUrls } from "./api.js";
import { $, problem } from "./dom.js";
import { jobView } from "./jobs.js";

const zone = $("drop");
const files = $("files");
const urls = $("urls");

/** Send something to be stored and follow the job that does it. */
async function store(send) {
  $("store-problem").replaceChildren();
  try {
    const job = await send();
    $("store-jobs").prepend(jobView(job, () => dispatchEvent(new CustomEvent("dateline:changed"))));
    return true;
  } catch (error) {
    $("store-problem").replaceChildren(problem(error, () => store(send)));
    return false;
  }
}

async function take(list) {
  const chosen = [...list];
  if (chosen.length > 0) await store(() => storeFiles(chosen));
  files.value = "";
}

export function startStoring() {
  files.addEventListener("change", () => void take(files.files));
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    void take(event.dataTransfer.files);
  });
  // A file dropped beside the zone must not replace the page.
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
  $("urls-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const list = urls.value.split(/\s+/).filter(Boolean);
    if (list.length > 0 && (await store(() => storeUrls(list)))) urls.value = "";
  });
}
