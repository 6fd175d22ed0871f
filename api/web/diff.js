// What changed from one text to another, word by word.

/** Pairs of words that are compared at most, two bytes each; beyond, paragraphs are compared. */
const MOST_PAIRS = 20_000_000;

/**
 * Return the stretches of two texts in reading order as {kind: "same" | "gone" | "new", text};
 * together, all but the new ones are the old text, and all but the gone ones are the new text.
 */
export function diff(old, now) {
  const [a, b] = cut(old, now);
  let first = 0;
  while (first < a.length && first < b.length && a[first] === b[first]) first += 1;
  let last = 0;
  while (last < a.length - first && last < b.length - first && a.at(-1 - last) === b.at(-1 - last)) last += 1;
  const parts = [];
  const add = (kind, text) => {
    if (!text) return;
    if (parts.at(-1)?.kind === kind) parts.at(-1).text += text;
    else parts.push({ kind, text });
  };
  add("same", a.slice(0, first).join(""));
  compare(a.slice(first, a.length - last), b.slice(first, b.length - last), add);
  add("same", a.slice(a.length - last).join(""));
  return parts;
}

function cut(old, now) {
  for (const pattern of [/\s+|[\p{L}\p{N}]+|./gsu, /[^\n]*\n|[^\n]+/g]) {
    const parts = [old, now].map((text) => text.match(pattern) ?? []);
    if (parts[0].length * parts[1].length <= MOST_PAIRS) return parts;
  }
  return [[old], [now]];
}

/** Walk both lists along their longest common subsequence (Wagner and Fischer 1974). */
function compare(a, b, add) {
  const width = b.length + 1;
  const length = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      length[i * width + j] = a[i] === b[j]
        ? length[(i + 1) * width + j + 1] + 1
        : Math.max(length[(i + 1) * width + j], length[i * width + j + 1]);
    }
  }
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add("same", a[i]);
      i += 1;
      j += 1;
    } else if (j === b.length || (i < a.length && length[(i + 1) * width + j] >= length[i * width + j + 1])) {
      add("gone", a[i]);
      i += 1;
    } else {
      add("new", b[j]);
      j += 1;
    }
  }
}
