/* Firmware for stations, and the jobs by which stations fetch it and leave diagnostics. */
import { html, Button, Empty, Time, confirmed, data, lacksRole, mount, signal, toast, useEffect, useRef } from "console/ui.js";
import { address, attempt, get, path, remove, send } from "console/api.js";
import { Hash, Job, size } from "console/file_jobs.js";
import { JobForm } from "console/job_form.js";

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
      : html`<${Empty} icon="files" title="No firmware file yet"><p>A file that is kept here can be offered to a station: it gets an address of its own for it, by HTTP or FTP, with TLS where this server has it.</p>${add}<//>`}</section>`;
}

function Jobs() {
  const busy = jobs.value.some((job) => !job.closed_at);
  useEffect(() => {
    if (!busy) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && loadJobs(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [busy]);
  return html`<section class="sheet" aria-labelledby="jobs-title"><header><h2 id="jobs-title">Fetched and received</h2><div class="actions">
      <${Button} kind="small" icon="download" why=${lacksRole("operator")} onClick=${() => (wanted.value = { kind: "diagnostics", file: null })}>Ask for diagnostics…<//>
      <${Button} kind="small" icon="lock" why=${lacksRole("operator")} onClick=${() => (wanted.value = { kind: "log", file: null })}>Ask for a log…<//></div></header>
    ${jobs.value.length ? html`<ul class="jobs">${jobs.value.map((job) => html`<${Job} key=${job.job_id} job=${job} />`)}</ul>`
      : html`<${Empty} icon="download" title="Nothing yet"><p>What stations fetch and what they leave here stands in this list, with its steps, size and SHA-256.</p><//>`}
    ${next.value ? html`<div class="table-foot"><${Button} kind="small" onClick=${() => loadJobs(next.value)}>Show more<//></div>` : null}</section>`;
}

mount("drawn", html`<${Page} />`);

function Page() {
  return html`<div class="page-head"><h1>Files</h1><span class="quiet">stations reach them at ${Object.values(given.places).filter(Boolean).map((each, index) => html`${index ? ", " : null}<code>${each}</code>`)}</span></div><div class="stack"><${Firmware} /><${Jobs} /></div>${wanted.value ? html`<${JobForm} ...${wanted.value} onClose=${() => (wanted.value = null)} onBegun=${() => loadJobs()} />` : null}`;
}
