/* Jobs with files: what a station fetches or leaves, step by step. */
import { html, Icon, Mark, Time, copy } from "console/ui.js";
import { address, path } from "console/api.js";

export function size(bytes) {
  if (bytes === null) return "size not known";
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function Hash({ sha256 }) {
  if (!sha256) return null;
  return html`<button type="button" class="hash mono" title=${`SHA-256 ${sha256}; copy it`} aria-label="Copy the SHA-256" onClick=${() => copy(sha256, "SHA-256 copied")}>${sha256.slice(0, 12)}…</button>`;
}

const KINDS = { firmware: "firmware", diagnostics: "diagnostics", signed_firmware: "signed firmware", log: "log" };
const WRONG = /fail|error|invalid|rejected|denied|not supported/i;
const STEPS = { operator: "asked by", file_server: "seen by the file server", station: "told by the station" };

export function Job({ job }) {
  return html`<li class="job"><div class="job-head"><a class="row-link" href=${`/stations/${encodeURIComponent(job.charge_point_id)}`}>${job.charge_point_id}</a>
      <span>${KINDS[job.kind]} <span class="faint">by ${job.scheme.toUpperCase()}</span></span>
      <${Mark} sign=${job.closed_at ? "●" : "○"} kind=${WRONG.test(job.state) ? "fail" : job.closed_at ? "none" : "accent"} word=${job.state} /><span class="quiet when"><${Time} at=${job.opened_at} /></span></div>
    ${job.files.map((file) => html`<div class="job-file">${file.downloadable ? html`<a class="button small" href=${address(path("file-jobs", job.job_id, "files", file.name))} download><${Icon} name="download" />${file.name}</a>` : html`<span class="mono">${file.name}</span>`}
      <span>${size(file.size)}</span>${file.complete ? null : html`<${Mark} sign="✕" kind="fail" word="cut off" />`}<${Hash} sha256=${file.sha256} /></div>`)}
    <details><summary class="quiet small">${job.steps.length} ${job.steps.length === 1 ? "step" : "steps"}</summary><ol class="job-steps">${job.steps.map((step) => html`<li><${Time} at=${step.at} /> <strong>${step.step}</strong> ${step.detail} <span class="faint">${STEPS[step.by]}${step.by === "operator" ? " a person" : ""}</span></li>`)}</ol></details></li>`;
}
