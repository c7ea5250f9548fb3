/* Firmware for stations, and the jobs by which stations fetch it and leave diagnostics. */
import { html, Button, Dialog, Empty, Icon, Mark, Time, confirmed, copy, data, lacksRole, mount, signal, toast, useEffect, useRef, useState } from "console/ui.js";
import { address, attempt, get, path, post, remove, send } from "console/api.js";

const given = data();
const firmware = signal(given.firmware.items);
const jobs = signal(given.jobs.items);
const next = signal(given.jobs.next);
const wanted = signal(null); // { kind, file } of the job in the form
const REFRESH_MS = 3000;

async function loadFirmware() {
  const page = await attempt(() => get("/firmware-files"));
  if (page) firmware.value = page.items;
}

async function loadJobs(cursor = null) {
  const page = await attempt(() => get("/file-jobs", { cursor }));
  if (!page) return;
  jobs.value = cursor ? [...jobs.value, ...page.items] : page.items;
  next.value = page.next;
}

async function upload(file) {
  const form = new FormData();
  form.append("file", file);
  const done = await attempt(() => send("/firmware-files", form));
  if (done) toast(`${done.answer.name} is kept.`, { kind: "pass" });
  await loadFirmware();
}

async function discard(file) {
  const sure = await confirmed({ title: `Delete ${file.name}?`, text: "Jobs that offer it go on with their own copy.", word: "Delete" });
  if (sure && (await attempt(() => remove(path("firmware-files", file.name)))) !== undefined) await loadFirmware();
}

function size(bytes) {
  if (bytes === null) return "size not known";
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function Hash({ sha256 }) {
  if (!sha256) return null;
  return html`<button type="button" class="hash mono" title=${`SHA-256 ${sha256}; copy it`} aria-label="Copy the SHA-256" onClick=${() => copy(sha256, "SHA-256 copied")}>${sha256.slice(0, 12)}…</button>`;
}

function Firmware() {
  const field = useRef(null);
  const why = lacksRole("operator");
  const choose = (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (file) upload(file);
  };
  const add = html`<${Button} kind=${firmware.value.length ? "small" : "primary"} icon="plus" why=${why} onClick=${() => field.current.click()}>Add a firmware file…<//>`;
  return html`<section class="sheet" aria-labelledby="firmware-title"><header><h2 id="firmware-title">Firmware files</h2><div class="actions">${firmware.value.length ? add : null}<input ref=${field} type="file" hidden aria-label="Firmware file" onChange=${choose} /></div></header>
    ${firmware.value.length ? html`<div class="table-scroll"><table class="table firmware-files"><thead><tr><th scope="col">Name</th><th scope="col" class="number">Size</th><th scope="col">SHA-256</th><th scope="col">Added</th><th scope="col"><span class="visually-hidden">What can be done</span></th></tr></thead>
      <tbody>${firmware.value.map((file) => html`<tr key=${file.name}><th scope="row" class="key"><a href=${address(path("firmware-files", file.name))} download>${file.name}</a></th><td class="number">${size(file.size)}</td>
        <td class="hash-cell"><${Hash} sha256=${file.sha256} /></td><td class="quiet added"><${Time} at=${file.uploaded_at} /> by ${file.uploaded_by}</td>
        <td class="row-actions"><${Button} kind="small" why=${why} onClick=${() => (wanted.value = { kind: "firmware", file: file.name })}>Offer to a station…<//>
          <${Button} kind="plain icon-only small" icon="close" why=${why} label=${`Delete ${file.name}`} onClick=${() => discard(file)} /></td></tr>`)}</tbody></table></div>`
      : html`<${Empty} icon="files" title="No firmware file yet"><p>A file that is kept here can be offered to a station: it gets an address of its own for it, by HTTP or FTP.</p>${add}<//>`}</section>`;
}

const STEPS = { operator: "asked by", file_server: "seen by the file server", station: "told by the station" };

function Job({ job }) {
  return html`<li class="job"><div class="job-head"><a class="row-link" href=${`/stations/${encodeURIComponent(job.charge_point_id)}`}>${job.charge_point_id}</a>
      <span>${job.kind === "firmware" ? "firmware" : "diagnostics"} <span class="faint">by ${job.scheme.toUpperCase()}</span></span>
      <${Mark} sign=${job.closed_at ? "●" : "○"} kind=${/fail|error/i.test(job.state) ? "fail" : job.closed_at ? "none" : "accent"} word=${job.state} /><span class="quiet when"><${Time} at=${job.opened_at} /></span></div>
    ${job.files.map((file) => html`<div class="job-file">${file.downloadable ? html`<a class="button small" href=${address(path("file-jobs", job.job_id, "files", file.name))} download><${Icon} name="download" />${file.name}</a>` : html`<span class="mono">${file.name}</span>`}
      <span>${size(file.size)}</span>${file.complete ? null : html`<${Mark} sign="✕" kind="fail" word="cut off" />`}<${Hash} sha256=${file.sha256} /></div>`)}
    <details><summary class="quiet small">${job.steps.length} ${job.steps.length === 1 ? "step" : "steps"}</summary><ol class="job-steps">${job.steps.map((step) => html`<li><${Time} at=${step.at} /> <strong>${step.step}</strong> ${step.detail} <span class="faint">${STEPS[step.by]}${step.by === "operator" ? " a person" : ""}</span></li>`)}</ol></details></li>`;
}

function Jobs() {
  const busy = jobs.value.some((job) => !job.closed_at);
  useEffect(() => {
    if (!busy) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && loadJobs(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [busy]);
  return html`<section class="sheet" aria-labelledby="jobs-title"><header><h2 id="jobs-title">Fetched and received</h2><div class="actions">
      <${Button} kind="small" icon="download" why=${lacksRole("operator")} onClick=${() => (wanted.value = { kind: "diagnostics", file: null })}>Ask for diagnostics…<//></div></header>
    ${jobs.value.length ? html`<ul class="jobs">${jobs.value.map((job) => html`<${Job} key=${job.job_id} job=${job} />`)}</ul>`
      : html`<${Empty} icon="download" title="Nothing yet"><p>What stations fetch and what they leave here stands in this list, with its steps, size and SHA-256.</p><//>`}
    ${next.value ? html`<div class="table-foot"><${Button} kind="small" onClick=${() => loadJobs(next.value)}>Show more<//></div>` : null}</section>`;
}

function JobForm() {
  const { kind, file } = wanted.value;
  const [stations, setStations] = useState(null);
  const [station, setStation] = useState("");
  const [scheme, setScheme] = useState("http");
  useEffect(() => {
    attempt(() => get("/charge-points", { online: true, limit: 500 })).then((page) => {
      setStations(page?.items ?? []);
      setStation(page?.items[0]?.charge_point_id ?? "");
    });
  }, []);
  const submit = async (event) => {
    event.preventDefault();
    const job = await attempt(() => post(`${path("charge-points", station)}/file-jobs`, { kind, file, scheme }));
    if (!job) return;
    wanted.value = null;
    await loadJobs();
  };
  return html`<${Dialog} title=${kind === "firmware" ? `Offer ${file}` : "Ask for diagnostics"} onClose=${() => (wanted.value = null)}><form onSubmit=${submit}><div class="body form">
      ${stations?.length === 0 ? html`<p class="notice remark">No station is online.</p>` : html`<div class="field"><label for="job-station">Station</label><select class="input" id="job-station" value=${station} onChange=${(event) => setStation(event.target.value)}>
        ${(stations ?? []).map((each) => html`<option value=${each.charge_point_id}>${each.charge_point_id}${each.model ? `, ${each.model}` : ""}</option>`)}</select></div>`}
      <div class="field"><label for="job-scheme">By</label><select class="input" id="job-scheme" value=${scheme} onChange=${(event) => setScheme(event.target.value)}><option value="http">HTTP</option><option value="ftp">FTP</option></select></div>
      <p class="quiet">${kind === "firmware" ? "The station is sent UpdateFirmware; it installs the file and usually restarts." : "The station is sent GetDiagnostics with an address of its own."}</p></div>
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Cancel</button><button class="button primary" disabled=${!station}>${kind === "firmware" ? "Offer it" : "Ask"}</button></footer></form><//>`;
}

mount("drawn", html`<${Page} />`);

function Page() {
  return html`<div class="page-head"><h1>Files</h1></div><div class="stack"><${Firmware} /><${Jobs} /></div>${wanted.value ? html`<${JobForm} />` : null}`;
}
