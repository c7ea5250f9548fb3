/* The form that has a station fetch firmware, signed or not, or leave its diagnostics or a log. */
import { html, Dialog, data, useEffect, useState } from "console/ui.js";
import { attempt, get, path, post } from "console/api.js";

const TITLES = { diagnostics: "Ask for diagnostics", log: "Ask for a log", signed_firmware: "Offer signed firmware" };
const SAYS = {
  firmware: "The station is sent UpdateFirmware; it installs the file and usually restarts.",
  signed_firmware: "The station is sent SignedUpdateFirmware. It checks signature and certificate against the root of its maker before it installs anything.",
  diagnostics: "The station is sent GetDiagnostics with an address of its own.",
  log: "The station is sent GetLog with an address of its own; it takes the security extension.",
};

/** How a station may reach the files here: scheme → what it is called. */
function schemes() {
  const places = data().places;
  return [["http", places.http.startsWith("https:") ? "HTTPS" : "HTTP"], ["ftp", "FTP"], ["ftps", "FTPS"]].filter(([scheme]) => places[scheme]);
}

/** station: of this one; without it one is chosen. file: a firmware file; without it one is chosen where it takes one. */
export function JobForm({ kind, file = null, station = null, onClose, onBegun }) {
  const [stations, setStations] = useState(station ? [] : null);
  const [files, setFiles] = useState(null);
  const [value, setValue] = useState({ station: station ?? "", file: file ?? "", scheme: "http", log_type: "SecurityLog", sign: kind === "signed_firmware" ? "here" : "no", signature: "", certificate: "" });
  const put = (name) => (event) => setValue((old) => ({ ...old, [name]: event.target.value }));
  const takesFile = kind.endsWith("firmware");
  useEffect(() => {
    if (!station) attempt(() => get("/charge-points", { online: true, limit: 500 })).then((page) => {
      setStations(page?.items ?? []);
      setValue((old) => ({ ...old, station: page?.items[0]?.charge_point_id ?? "" }));
    });
    if (takesFile && !file) attempt(() => get("/firmware-files")).then((page) => {
      setFiles(page?.items ?? []);
      setValue((old) => ({ ...old, file: page?.items[0]?.name ?? "" }));
    });
  }, []);
  const sent = takesFile && value.sign !== "no" ? "signed_firmware" : kind;
  const submit = async (event) => {
    event.preventDefault();
    const wanted = { kind: sent, scheme: value.scheme };
    if (takesFile) wanted.file = value.file;
    if (sent === "log") wanted.log_type = value.log_type;
    if (sent === "signed_firmware" && value.sign === "maker") Object.assign(wanted, { signature: value.signature.replace(/\s/g, ""), signing_certificate: value.certificate.trim() });
    const job = await attempt(() => post(`${path("charge-points", value.station)}/file-jobs`, wanted));
    if (!job) return;
    onClose();
    await onBegun(job);
  };
  const offered = schemes();
  const lacksFile = takesFile && !value.file;
  return html`<${Dialog} title=${TITLES[kind] ?? `Offer ${file}`} onClose=${onClose}><form onSubmit=${submit}><div class="body form">
      ${station ? null : stations?.length === 0 ? html`<p class="notice remark">No station is online.</p>` : html`<div class="field"><label for="job-station">Station</label><select class="input" id="job-station" value=${value.station} onChange=${put("station")}>
        ${(stations ?? []).map((each) => html`<option value=${each.charge_point_id}>${each.charge_point_id}${each.model ? `, ${each.model}` : ""}</option>`)}</select></div>`}
      ${takesFile && !file ? files?.length === 0 ? html`<p class="notice remark"><span>No firmware file is kept here; add one on the page <a href="/station-files">Files</a>.</span></p>` : html`<div class="field"><label for="job-file">Firmware file</label><select class="input" id="job-file" value=${value.file} onChange=${put("file")}>
        ${(files ?? []).map((each) => html`<option value=${each.name}>${each.name}</option>`)}</select></div>` : null}
      ${kind === "log" ? html`<div class="field"><label for="job-log">Log</label><select class="input" id="job-log" value=${value.log_type} onChange=${put("log_type")}><option value="SecurityLog">Security log</option><option value="DiagnosticsLog">Diagnostics log</option></select></div>` : null}
      ${takesFile ? html`<${Signature} value=${value} put=${put} required=${kind === "signed_firmware"} />` : null}
      <div class="field"><label for="job-scheme">By</label><select class="input" id="job-scheme" value=${value.scheme} onChange=${put("scheme")}>${offered.map(([scheme, word]) => html`<option value=${scheme}>${word}</option>`)}</select></div>
      <p class="quiet">${SAYS[sent]}</p></div>
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Cancel</button><button class="button primary" disabled=${!value.station || lacksFile}>${takesFile ? "Offer it" : "Ask"}</button></footer></form><//>`;
}

function Signature({ value, put, required }) {
  return html`<div class="field"><label for="job-sign">Signature</label><select class="input" id="job-sign" value=${value.sign} onChange=${put("sign")}>
      ${required ? null : html`<option value="no">None (UpdateFirmware)</option>`}<option value="here">Made by the certificate authority here</option><option value="maker">From its maker…</option></select></div>
    ${value.sign === "maker" ? html`<div class="field"><label for="job-signature">Signature, base64</label><input class="input mono" id="job-signature" required autocomplete="off" maxlength="1200" value=${value.signature} onInput=${put("signature")} />
        <span class="hint">Over the SHA-256 digest of the file.</span></div>
      <div class="field"><label for="job-certificate">Signing certificate, PEM</label><textarea class="input" id="job-certificate" required rows="5" placeholder="-----BEGIN CERTIFICATE-----" value=${value.certificate} onInput=${put("certificate")} /></div>` : null}`;
}
