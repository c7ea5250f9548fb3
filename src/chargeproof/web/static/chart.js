/* Measured values over time: one small chart for each quantity, all on one time axis, with marks and outages. */
import uPlot from "uplot";
import { html, useEffect, useRef } from "console/ui.js";

const SYNC = "transaction";
const AXIS_WIDTH = 64;
const FROM_ZERO = ["Power", "Energy", "Current", "Delay"];
const DASHES = { L1: [], L2: [6, 3], L3: [2, 3], N: [1, 4] };
const HUES = { "": "--accent", L1: "--accent", L2: "--unclear", L3: "--remark", N: "--faint" };
const MARKS = { authorize: "--unclear", start: "--pass", status: "--faint", stop: "--fail", meter_values: "--line-strong", outage: "--fail" };

/** A colour as the theme has it now; the canvas knows no light-dark(). */
function colour(name) {
  const probe = document.createElement("span");
  probe.className = `paint ${name.slice(2)}`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** Series of the API by what they measure: contexts of the same measurand, phase and place are one line. */
export function panelsOf(series) {
  const panels = [
    ["power", "Power", "W"],
    ["energy", "Energy", "Wh"],
    ["current", "Current", "A"],
    ["voltage", "Voltage", "V"],
    ["other", "Other", ""],
  ];
  const made = [];
  for (const [quantity, title, unit] of panels) {
    const lines = new Map();
    for (const each of series.filter((one) => one.quantity === quantity)) {
      const name = [each.measurand, each.phase, each.location === "Outlet" ? null : each.location].filter(Boolean).join(" ");
      const line = lines.get(name) ?? { name, phase: (each.phase ?? "").replace("-N", ""), unit: each.unit, points: [] };
      each.times.forEach((time, index) => line.points.push([time, each.values[index]]));
      lines.set(name, line);
    }
    if (lines.size) made.push({ title, unit: unit || [...lines.values()][0].unit, lines: [...lines.values()] });
  }
  const delays = new Map();
  for (const each of series) each.times.forEach((time, index) => delays.set(time, Math.max(delays.get(time) ?? -Infinity, each.delays_s[index])));
  const points = [...delays].filter(([, delay]) => Number.isFinite(delay));
  if (points.length) made.push({ title: "Delay", unit: "s", lines: [{ name: "received after measured", phase: "", unit: "s", points }] });
  return made;
}

function tableOf(line) {
  const points = line.points.sort((one, other) => one[0] - other[0]);
  return [points.map(([time]) => time), points.map(([, value]) => value)];
}

export function Chart({ panel, marks, range, last }) {
  const place = useRef(null);
  useEffect(() => {
    const draw = () => {
      place.current.replaceChildren();
      const plot = new uPlot(options(panel, marks, last, place.current.clientWidth), uPlot.join(panel.lines.map(tableOf)), place.current);
      plot.setScale("x", { min: range[0], max: range[1] });
      return plot;
    };
    let plot = draw();
    const redraw = () => {
      plot.destroy();
      plot = draw();
    };
    const watcher = new ResizeObserver(() => plot.setSize({ width: place.current.clientWidth, height: heightOf(last) }));
    watcher.observe(place.current);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    addEventListener("themechange", redraw);
    dark.addEventListener("change", redraw);
    return () => {
      watcher.disconnect();
      removeEventListener("themechange", redraw);
      dark.removeEventListener("change", redraw);
      plot.destroy();
    };
  }, [panel, marks]);
  const said = panel.lines.map((line) => `${line.name} from ${Math.min(...line.points.map((each) => each[1]))} to ${Math.max(...line.points.map((each) => each[1]))} ${panel.unit}`);
  return html`<figure class="chart"><figcaption>${panel.title} <span class="faint">${panel.unit}</span></figcaption>
    <div ref=${place} role="img" aria-label=${`${panel.title}: ${said.join("; ")}`} /></figure>`;
}

const heightOf = (last) => (last ? 156 : 128);

function options(panel, marks, last, width) {
  const faint = colour("--faint");
  const line = colour("--line");
  const axis = { stroke: faint, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  return {
    width,
    height: heightOf(last),
    padding: [8, 12, last ? 0 : 8, 0],
    cursor: { sync: { key: SYNC }, drag: { x: true, y: false }, points: { size: 6 } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: { x: {}, y: { range: FROM_ZERO.includes(panel.title) ? fromZero : rangeOf } },
    legend: { live: true },
    series: [
      { label: "UTC", value: (plot, at) => (at === null ? "" : new Date(at * 1000).toISOString().slice(11, 19)) },
      ...panel.lines.map((each) => ({
        label: each.name,
        stroke: colour(HUES[each.phase] ?? "--accent"),
        width: 1.75,
        dash: DASHES[each.phase] ?? [],
        spanGaps: true,
        points: { show: each.points.length < 3, size: 6 },
        value: (plot, value) => (value === null || value === undefined ? "" : `${Number(value.toFixed(2))} ${panel.unit}`),
      })),
    ],
    axes: [
      { ...axis, show: last, size: 28, values: [[3600, "{HH}:{mm}"], [60, "{HH}:{mm}"], [1, "{HH}:{mm}:{ss}"], [0.001, "{ss}.{fff}"]].map(([step, form]) => [step, form, null, null, null, null, null, null, 1]) },
      { ...axis, size: AXIS_WIDTH, space: 28, values: (plot, values) => values.map(Math.max(...values.map(Math.abs)) >= 10000 ? (value) => (value ? `${value / 1000} k` : "0") : String) },
    ],
    hooks: { drawClear: [(plot) => drawMarks(plot, marks)] },
  };
}

/** A flat line is not blown up into a mountain: the axis spans a twentieth of the values at least. */
function rangeOf(plot, low, high) {
  if (low === null || high === null) return [0, 1];
  const middle = (low + high) / 2;
  const half = Math.max((high - low) * 0.6, Math.abs(high) * 0.025, 0.5);
  return [middle - half, middle + half];
}

function fromZero(plot, low, high) {
  if (low === null || high === null) return [0, 1];
  return [Math.min(0, low * 1.15), Math.max(1, high * 1.15)];
}

function drawMarks(plot, marks) {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const mark of marks) {
    const x = plot.valToPos(new Date(mark.at).getTime() / 1000, "x", true);
    ctx.strokeStyle = ctx.fillStyle = colour(MARKS[mark.kind] ?? "--faint");
    if (mark.ends_at) {
      const end = plot.valToPos(new Date(mark.ends_at).getTime() / 1000, "x", true);
      ctx.globalAlpha = 0.12;
      ctx.fillRect(x, bbox.top, Math.max(1, end - x), bbox.height);
      ctx.globalAlpha = 1;
    } else if (x >= bbox.left && x <= bbox.left + bbox.width) {
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash(mark.kind === "status" ? [3, 3] : []);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
  }
  ctx.restore();
}

/** Where the time axis of all panels begins and ends. */
export function rangeOfAll(panels, marks) {
  const times = [...panels.flatMap((panel) => panel.lines.flatMap((line) => line.points.map(([time]) => time))), ...marks.map((mark) => new Date(mark.at).getTime() / 1000)];
  if (!times.length) return [0, 1];
  const low = times.reduce((one, other) => Math.min(one, other));
  const high = times.reduce((one, other) => Math.max(one, other));
  const air = Math.max(1, (high - low) * 0.02);
  return [low - air, high + air];
}
