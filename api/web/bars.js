// Bars for figures that stand in a table too.

import { h } from "./dom.js";
import { d3, sheet } from "./drawing.js";

const ROW = 22;
const BESIDE = 60;

/** Draw a bar for each step of {name, value}; `shown` makes the words at its end. */
export function bars(steps, label, shown = String) {
  const names = steps.map((one) => one.name);
  const left = 12 + 7 * d3.max(names, (name) => name.length);
  const most = d3.max(steps, (one) => one.value);
  const high = steps.length * ROW;
  return sheet("img", label, (svg, width) => {
    const x = d3.scaleLinear([0, most || 1], [left, width - BESIDE]);
    const y = d3.scaleBand(names, [0, high]).padding(0.2);
    svg.selectAll("g.axis").data([y]).join("g").attr("class", "axis").attr("transform", `translate(${left})`)
      .call(d3.axisLeft(y).tickSize(0));
    svg.selectAll("rect").data(steps).join("rect")
      .attr("x", left).attr("y", ({ name }) => y(name))
      .attr("width", ({ value }) => x(value) - left).attr("height", y.bandwidth());
    svg.selectAll("text.value").data(steps.filter(({ value }) => value > 0)).join("text").attr("class", "value")
      .attr("x", ({ value }) => x(value) + 5).attr("y", ({ name }) => y(name) + y.bandwidth() / 2).attr("dy", "0.35em")
      .text(({ value }) => shown(value));
    return high;
  }, h("figcaption", {}, label));
}
