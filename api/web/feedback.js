// Say what one thinks of an answer; it is kept with the answer, for later evaluation.

import { rate } from "./api.js";
import { h, problem } from "./dom.js";

const OPINIONS = { right: "Right", incomplete: "Incomplete", wrong: "Wrong" };
const ON_ANSWER = { ...OPINIONS, should_abstain: "The articles do not say so" };
const ON_ABSTENTION = { right: "Right to decline", should_answer: "The articles do say" };

/** Return the buttons below an answer. */
export function feedback(result) {
  const place = h("div", { role: "status" });
  const send = async (verdict, comment) => {
    try {
      await rate({ answer_id: result.id, verdict, ...(comment && { comment }) });
      place.replaceChildren(h("p", { class: "meta" }, "Thank you, it is kept with the answer."));
    } catch (error) {
      place.replaceChildren(problem(error, () => send(verdict, comment), null));
    }
  };
  const buttons = Object.entries(result.abstained ? ON_ABSTENTION : ON_ANSWER).map(([verdict, name]) =>
    h("button", {
      type: "button",
      onclick: () => (verdict === "right" ? send(verdict) : place.replaceChildren(ask(verdict, name, send))),
    }, name));
  return h("div", { class: "feedback" },
    h("div", { class: "actions", role: "group", "aria-label": "Your opinion of this answer" }, buttons), place);
}

function ask(verdict, name, send) {
  const comment = h("textarea", { rows: "2", maxlength: "5000", dir: "auto" });
  return h("form", {
    class: "opinion",
    onsubmit: (event) => {
      event.preventDefault();
      void send(verdict, comment.value.trim());
    },
  },
  h("label", {}, `${name}: what should it have said? You may leave this empty.`, comment),
  h("button", { type: "submit" }, "Send"));
}
