/* Certificates, roots, security events and logs of a station. */
import { html, Button, Empty, Icon, Mark, Time, lacksRole, may } from "console/ui.js";
import { address, path } from "console/api.js";
import { Job } from "console/file_jobs.js";
import { short } from "console/security_desk.js";

const USES = { CentralSystemRootCertificate: "for central systems", ManufacturerRootCertificate: "for firmware" };

export function Certificates({ desk }) {
  const all = desk.certificates.value;
  const used = desk.security.value.using?.client_serial;
  const why = lacksRole("operator");
  return html`<section class="sheet" aria-labelledby="issued-title"><header><h2 id="issued-title">Certificates issued to it</h2></header>
    ${all.length ? html`<ul class="certificates">${all.map((each) => html`<li key=${each.serial}><span class="mono" title=${each.serial}>${short(each.serial)}</span><span><${State} certificate=${each} used=${each.serial === used} /></span>
        <span class="quiet small">${each.kind}, issued <${Time} at=${each.issued_at} />, ends <${Time} at=${each.expires_at} /></span>
        <span class="row-actions"><a class="button plain icon-only small" href=${address(path("certificates", each.serial))} download aria-label=${`Download ${short(each.serial)}`} title="Download it (PEM)"><${Icon} name="download" /></a>
          ${each.revoked_at ? null : html`<${Button} kind="small plain" why=${why} label=${`Revoke ${short(each.serial)}`} onClick=${() => desk.revoke(each)}>Revoke…<//>`}</span></li>`)}</ul>`
      : html`<p class="quiet body">None yet. The authority here signs what the station asks for with SignCertificate: <em>Renew the certificate</em> makes it ask.</p>`}</section>`;
}

function State({ certificate, used }) {
  if (certificate.revoked_at) return html`<${Mark} sign="✕" kind="fail" word="revoked" />`;
  if (new Date(certificate.expires_at) < Date.now()) return html`<${Mark} sign="✕" kind="fail" word="expired" />`;
  return used ? html`<${Mark} sign="●" kind="pass" word="used" />` : html`<${Mark} sign="○" kind="none" word="valid" />`;
}

export function Roots({ desk }) {
  const { items, read_at: read, problems } = desk.roots.value;
  const times = Object.values(read).sort();
  const whyRead = lacksRole("tester") || (desk.live.isOnline.value ? "" : "the station is offline");
  return html`<section class="sheet" aria-labelledby="roots-title"><header><h2 id="roots-title">Roots that it trusts</h2>${times.length ? html`<span class="quiet small">as told <${Time} at=${times[0]} /></span>` : null}
      <div class="actions"><${Button} kind="small" icon="refresh" why=${whyRead} onClick=${desk.readRoots}>${desk.busy.value === "roots" ? "Asking…" : "Ask it"}<//>
        <${Button} kind="small" icon="plus" why=${desk.whyNot.value} onClick=${() => (desk.form.value = { kind: "root" })}>Install…<//></div></header>
    ${items.length ? html`<ul class="certificates">${items.map((root) => html`<li key=${root.use + root.serial_number}><span class="subject">${root.subject ?? html`<span class="mono" title=${root.serial_number}>${short(root.serial_number)}</span>`}</span>
        <span>${root.ours ? html`<${Mark} sign="●" kind="pass" word="ours" />` : html`<${Mark} sign="○" kind="none" word=${root.subject ? "installed from here" : "not known here"} />`}</span>
        <span class="quiet small">${USES[root.use] ?? root.use}${root.expires_at ? html`, ends <${Time} at=${root.expires_at} />` : null}</span>
        <span class="row-actions"><${Button} kind="small plain" why=${desk.whyNot.value} label="Delete this root" onClick=${() => desk.uninstall(root)}>Delete…<//></span></li>`)}</ul>`
      : html`<p class="quiet body">${times.length ? "It has none. Without a root it connects to no server with TLS." : "It was not asked yet."}</p>`}
    ${Object.entries(problems).map(([use, what]) => html`<p class="notice remark">${USES[use]}: ${what}</p>`)}</section>`;
}

export function Events({ desk }) {
  const all = desk.events.value;
  const { type, critical } = desk.filter.value;
  const types = [...new Set([...all.map((each) => each.type), type].filter(Boolean))].sort();
  return html`<section class="sheet" aria-labelledby="events-title"><header><h2 id="events-title">Security events</h2><div class="filters actions" role="search" aria-label="Security events">
      <label><span class="visually-hidden">Type</span><select class="input" value=${type} onChange=${(event) => desk.narrow({ type: event.target.value })}><option value="">Any type</option>${types.map((each) => html`<option value=${each}>${each}</option>`)}</select></label>
      <label class="check"><input type="checkbox" checked=${critical === "true"} onChange=${(event) => desk.narrow({ critical: event.target.checked ? "true" : "" })} />Only critical</label></div></header>
    ${all.length ? html`<div class="table-scroll"><table class="table events"><thead><tr><th scope="col">Received</th><th scope="col">Event</th><th scope="col">What it says</th><th scope="col">Station's time</th></tr></thead>
        <tbody>${all.map((each) => html`<tr><td class="when"><${Time} at=${each.received_at} /></td><th scope="row">${each.critical ? html`<${Mark} sign="!" kind="remark" word=${each.type} title="critical by the whitepaper" />` : each.type}</th>
          <td class="told">${each.tech_info ?? ""}</td><td class="quiet mono small own">${each.timestamp ?? ""}</td></tr>`)}</tbody></table></div>`
      : html`<p class="quiet body">${type || critical ? "Nothing fits." : "It has told of none. Stations with the security extension tell of restarts, of failed log-ins and of tampering."}</p>`}
    ${desk.nextEvents.value ? html`<div class="table-foot"><${Button} kind="small" onClick=${() => desk.loadEvents(desk.nextEvents.value)}>Show more<//></div>` : null}</section>`;
}

export function Jobs({ desk }) {
  const ask = (job) => () => (desk.form.value = { job });
  const why = desk.whyNot.value;
  return html`<section class="sheet" aria-labelledby="jobs-title"><header><h2 id="jobs-title">Logs and firmware</h2><div class="actions"><${Button} kind="small" icon="download" why=${why} onClick=${ask("log")}>Ask for a log…<//>
      <${Button} kind="small" icon="lock" why=${why} onClick=${ask("signed_firmware")}>Signed firmware…<//></div></header>
    ${desk.jobs.value.length ? html`<ul class="jobs">${desk.jobs.value.map((job) => html`<${Job} key=${job.job_id} job=${job} />`)}</ul>`
      : html`<${Empty} icon="files" title="Nothing yet"><p>${may("operator") ? "Ask for its security log, or offer it firmware with a signature." : "Logs that it leaves and firmware that it fetches stand here."}</p><//>`}</section>`;
}
