// A field that suggests names while one types: chosen with the arrow keys and Enter, or by pointing.

import { suggestions } from "./api.js";
import { h, plural, quoted, splitNames } from "./dom.js";

const MOST = 8;
const PAUSE = 150;

/**
 * Let a text field suggest `kind`, "outlets" or "speakers". One that takes several names, with
 * commas between them, completes the last. The field can be filled in without any of this.
 */
export function suggests(input, kind, several = true) {
  const label = input.labels[0].textContent;
  const list = h("ul", { id: `${input.id}-names`, role: "listbox", "aria-label": `${label}: suggestions`, hidden: true });
  const said = h("span", { class: "unseen", role: "status" });
  let timer = 0;
  let asking = null;
  let active = -1;
  for (const [key, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(key, value);
  const frame = h("div", { class: "combo" });
  input.replaceWith(frame);
  frame.append(input, list, said);

  const names = () => (several ? splitNames(input.value) : [input.value.trim()]);

  function close() {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    list.replaceChildren();
    said.textContent = "";
    input.setAttribute("aria-expanded", "false");
    activate(-1);
  }

  function activate(index) {
    active = index;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    if (index < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[index].id);
  }

  function choose(name) {
    input.value = several ? `${[...names().slice(0, -1), name].map(quoted).join(", ")}, ` : name;
    close();
  }

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    const chosen = names();
    try {
      const { items } = await suggestions(kind, { q: chosen.at(-1), limit: MOST }, { signal });
      if (signal.aborted || document.activeElement !== input) return;
      show(items.filter((item) => !chosen.slice(0, -1).includes(item.name)));
    } catch (error) {
      if (signal.aborted) return;
      close();
      said.textContent = `No suggestions: ${error.title ?? error}`;
    }
  }

  function show(items) {
    list.replaceChildren(...items.map((item, index) =>
      h("li", {
        id: `${list.id}-${index}`, role: "option", "aria-selected": "false",
        // The field keeps the focus.
        onmousedown: (event) => event.preventDefault(),
        onclick: () => choose(item.name),
      }, h("bdi", {}, item.name), " ",
      h("span", { class: "how" }, plural(item.count, kind === "outlets" ? "article" : "statement")))));
    activate(-1);
    list.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(items.length > 0));
    said.textContent = items.length === 0 ? "No suggestions" : plural(items.length, "suggestion");
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    if (names().at(-1)) timer = setTimeout(ask, PAUSE);
    else close();
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const count = list.children.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) void ask();
      // One place more than there are options: the field itself.
      else activate((active + 1 + (event.key === "ArrowDown" ? 1 : count)) % (count + 1) - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(list.children[active].querySelector("bdi").textContent);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      event.preventDefault();
      close();
    }
  });
}
