/* Times as people tell them: relative, with the exact one in the title. */

const pad = (number, width = 2) => String(number).padStart(width, "0");

/** "09:31:02.204" in UTC. */
export function clockTime(at) {
  const time = new Date(at);
  return `${pad(time.getUTCHours())}:${pad(time.getUTCMinutes())}:${pad(time.getUTCSeconds())}.${pad(time.getUTCMilliseconds(), 3)}`;
}

/** "2026-11-23" in UTC. */
export function day(at) {
  return new Date(at).toISOString().slice(0, 10);
}

/** "2026-11-23 09:31:02.204 UTC", and the station's own time when its clock's offset in seconds is known. */
export function exactTime(at, offset = null) {
  const whole = `${day(at)} ${clockTime(at)} UTC`;
  if (offset === null || offset === undefined) return whole;
  return `${whole}; by the station's clock ${clockTime(new Date(at).getTime() + offset * 1000)}`;
}

/** Seconds as "4 s", "12 min", "3 h 20 min", "2 d 4 h". */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return withRest(Math.floor(s / 3600), "h", Math.floor((s % 3600) / 60), "min");
  return withRest(Math.floor(s / 86400), "d", Math.floor((s % 86400) / 3600), "h");
}

function withRest(count, unit, rest, restUnit) {
  return rest ? `${count} ${unit} ${rest} ${restUnit}` : `${count} ${unit}`;
}

/** Seconds as a running clock: "0:23", "1:04:11". */
export function stopwatch(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const minutes = Math.floor(s / 60) % 60;
  const hours = Math.floor(s / 3600);
  return hours ? `${hours}:${pad(minutes)}:${pad(s % 60)}` : `${minutes}:${pad(s % 60)}`;
}

/** "now", "5 s ago", "12 min ago", "3 h 20 min ago", then the date. */
export function relative(at, now = Date.now()) {
  const seconds = (now - new Date(at).getTime()) / 1000;
  if (seconds < -2) return seconds > -86400 * 7 ? `in ${duration(-seconds)}` : day(at);
  if (seconds < 2) return "now";
  if (seconds < 86400 * 7) return `${duration(seconds)} ago`;
  return day(at);
}

/** Milliseconds as "5 ms", "1.24 s". */
export function latency(ms) {
  if (ms === null || ms === undefined) return "";
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** "+0.4 s": what a station's clock is ahead of ours. */
export function offsetText(seconds) {
  const size = Math.abs(seconds);
  const sign = size < 0.05 ? "" : seconds < 0 ? "−" : "+";
  return `${sign}${size < 100 ? `${size.toFixed(1)} s` : duration(size)}`;
}

export function showRelative(element) {
  const at = element.getAttribute("datetime");
  const told = relative(at);
  const text = element.dataset.relative === "since" ? told.replace(" ago", "") : told;
  if (element.textContent !== text) element.textContent = text;
  if (!element.title) element.title = exactTime(at);
}

/** Keep every `<time data-relative>` of the page right, once a second while somebody looks. */
export function keepTimesFresh() {
  const all = () => document.visibilityState === "visible" && document.querySelectorAll("time[data-relative]").forEach(showRelative);
  all();
  setInterval(all, 1000);
}
