// An answer as text to paste elsewhere, each number with its reference.

import { references } from "./api.js";
import { dated, h } from "./dom.js";

const CSL_JSON = "csl-json";

/** As what an answer can be copied; those with a style are set by the server. */
export const COPIES = [
  { name: "Plain text", make: asText },
  { name: "Markdown", make: asMarkdown },
  ...[["apa", "APA"], ["chicago-author-date", "Chicago, author-date"], ["chicago-notes", "Chicago, notes"],
    ["harvard", "Harvard"], ["ieee", "IEEE"], ["mla", "MLA"], [CSL_JSON, "CSL-JSON, references alone"],
  ].map(([style, name]) => ({ name, make: (result) => asStyled(result, style) })),
];

const who = (citation) => citation.speaker ?? "The article";
const where = (citation) =>
  [citation.title, citation.outlet ?? "outlet unknown",
   citation.published_at ? dated(citation.published_at) : "undated"].join(", ");
const place = (citation) =>
  `article ${citation.article_id}, version ${citation.version}, characters ${citation.start}–${citation.end}`;
const web = (url) => (/^https?:\/\//i.test(url ?? "") ? url : null);

/** Plain text: the question, the answer, and one line for each number. */
function asText(result) {
  return [
    result.question, "", result.text, "",
    ...result.citations.map((one) =>
      [`[${one.number}] ${who(one)}: “${one.quote}” ${where(one)}`, web(one.url), place(one)]
        .filter(Boolean).join("; ")),
  ].join("\n").trimEnd() + "\n";
}

/** Markdown with footnotes; what articles say cannot become markup. */
function asMarkdown(result) {
  const said = result.abstained
    ? [plain(result.text)]
    : result.sentences.map((one) =>
        plain(one.text) + one.citations.map((number) => `[^${number}]`).join(""));
  return [
    `**${plain(result.question)}**`, "", said.join(" "), "",
    ...result.citations.map((one) =>
      `[^${one.number}]: ` + [`${plain(who(one))}: “${plain(one.quote)}” ${plain(where(one))}`,
        web(one.url) && `<${encodeURI(web(one.url))}>`, plain(place(one))].filter(Boolean).join("; ")),
  ].join("\n").trimEnd() + "\n";
}

/** The question, the answer, and its references in a citation style. */
async function asStyled(result, style) {
  const listed = await references(result.id, style);
  return style === CSL_JSON ? listed : [result.question, "", result.text, "", listed].join("\n").trimEnd() + "\n";
}

const plain = (text) => text.replace(/[\\`*_[\]<>#|~&]/g, "\\$&").replace(/\s+/g, " ");

/** Copy a text and say so; where the browser allows no copying, show it selected. */
export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    return "Copied";
  } catch {
    // Without HTTPS there is no clipboard, except on this machine.
    const shown = h("textarea", { readonly: true, rows: "6", "aria-label": "Text to copy" });
    shown.value = text;
    button.parentElement.querySelector("textarea")?.remove();
    button.parentElement.append(shown);
    shown.focus();
    shown.select();
    return "Copy it from here";
  }
}
