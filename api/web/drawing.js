// What the plots share: D3, which only they load, and a sheet that is as wide as its place.

import "./vendor/d3.min.js";
import { h } from "./dom.js";

export const { d3 } = globalThis;

/**
 * Return a figure with a drawing. `draw(svg, width)` is called for each width that it gets, in pixels of
 * the page, and returns the height: nothing is scaled, so words and marks stay as large on a phone.
 */
export function sheet(role, label, draw, ...above) {
  const svg = d3.create("svg").attr("role", role).attr("aria-label", label);
  // It has the width of the figure and never a height, so that a drawing does not cause another.
  const ruler = h("div");
  new ResizeObserver(([{ contentRect }]) => {
    const width = Math.floor(contentRect.width);
    if (width > 0) svg.attr("width", width).attr("height", draw(svg, width));
  }).observe(ruler);
  return h("figure", { class: "plot" }, above, ruler, svg.node());
}
