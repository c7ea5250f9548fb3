/* How a station is secured: what it uses, what is asked of it, and changes until a connection proves them. */
import { html, Button, Icon, Mark, Time, data, lacksRole, mount } from "console/ui.js";
import { ChangeDialog, RootDialog } from "console/security_forms.js";
import { securityDesk, short } from "console/security_desk.js";
import { Certificates, Events, Jobs, Roots } from "console/security_lists.js";
import { JobForm } from "console/job_form.js";
import { StationHead, liveStation } from "console/station_head.js";

const given = data();
const live = liveStation(given);
const desk = securityDesk(live, given);

const PROFILES = [
  ["No security", "anybody who knows the id"],
  ["Password", "readable on its way"],
  ["Password over TLS", "the server shows a certificate"],
  ["Own certificate", "both show a certificate"],
];

/** The four profiles in a row: which one is used, and below which nobody is let in. */
function Ladder() {
  const { using, required_profile: required, asked_profile: asked } = desk.security.value;
  return html`<ol class="ladder" aria-label="Security profiles">${PROFILES.map(([name, words], profile) => {
    const used = using?.profile === profile;
    const refused = profile < required;
    return html`<li class=${used ? "used" : refused ? "refused" : ""} aria-current=${used ? "true" : null}><span class="rung">${profile}</span>
      <strong>${name}</strong><span class="quiet small">${words}</span>
      <span class="said">${used ? html`<${Mark} sign="●" kind=${profile >= 2 ? "pass" : profile === 1 ? "remark" : "fail"} word=${live.isOnline.value ? "used now" : "used last"} />`
        : asked === profile ? html`<${Mark} sign="…" kind="accent" word="accepted, not proved yet" />`
        : refused ? html`<${Mark} sign="✕" kind="none" word="refused here" />` : null}</span></li>`;
  })}</ol>`;
}

function Facts() {
  const { using, password_set: set, password_changing: changing } = desk.security.value;
  if (!using) return html`<p class="quiet body">It has not connected yet, so nothing is known of what it uses.</p>`;
  const version = using.protocol.replace("TLSv", "TLS ");
  const password = changing ? "two are accepted until the new one is proved" : set ? "kept here as a digest" : "none is kept here";
  return html`<dl class="security-facts">
    <div><dt>TLS</dt><dd>${version || "none"}${using.cipher ? html` <span class="mono small">${using.cipher}</span>` : null}</dd></div>
    <div><dt>Shown to the station</dt><dd>${using.server_certificate ? `the ${using.server_certificate} certificate` : "no certificate"}</dd></div>
    <div><dt>Its certificate</dt><dd>${using.client_serial ? html`${using.client_subject}<span class="quiet small"> no. <span class="mono" title=${using.client_serial}>${short(using.client_serial)}</span>, ends <${Time} at=${using.client_expires_at} /></span>` : "none was shown"}</dd></div>
    <div><dt>Password</dt><dd>${using.password_form ? `sent as ${using.password_form}` : "none was used"}<span class="quiet small">; ${password}</span></dd></div>
    <div><dt>Connected</dt><dd><${Time} at=${using.at} /> <span class="quiet small">from ${using.remote}</span></dd></div></dl>`;
}

function Required() {
  const { own_profile: own, minimum_profile: minimum } = desk.security.value;
  const why = lacksRole("operator");
  const choose = (event) => desk.require(event.target.value === "" ? null : Number(event.target.value));
  return html`<label class="required"><span>Ask at least</span><select class="input" disabled=${Boolean(why)} title=${why} value=${own ?? ""} onChange=${choose}>
    <option value="">as of all: ${minimum}</option>${PROFILES.map(([name], profile) => html`<option value=${profile}>${profile}, ${name.toLowerCase()}</option>`)}</select></label>`;
}

function Present() {
  const { using, tls_address: tls } = desk.security.value;
  const top = (using?.profile ?? 0) >= 3;
  const why = desk.whyNot.value || (top ? "this is the highest profile" : "");
  return html`<section class="sheet security-present" aria-labelledby="profile-title"><header><h2 id="profile-title">Security profile</h2><div class="actions"><${Required} />
      <${Button} kind="primary" icon="lock" why=${why} onClick=${() => (desk.form.value = { kind: "profile" })}>Raise it…<//></div></header>
    <${Ladder} /><${Facts} />
    <div class="table-foot security-actions"><${Button} why=${lacksRole("operator")} onClick=${() => (desk.form.value = { kind: "password" })}>Change the password…<//>
      <${Button} why=${desk.whyNot.value || (desk.security.value.signs === "nobody" ? "nobody signs certificates here" : "")} onClick=${() => (desk.form.value = { kind: "certificate" })}>Renew the certificate…<//>
      <span class="quiet">${tls ? html`For profiles 2 and 3 the station connects to <code>${tls}</code>` : "This server has no port for TLS (setting ocpp_tls_port): profiles 2 and 3 cannot be used."}</span></div></section>`;
}

const STEPS = {
  queued: ["", "none", "queued"], sent: ["", "none", "sent"], accepted: ["✓", "none", "accepted"], rejected: ["✕", "fail", "rejected"],
  call_error: ["✕", "fail", "CALLERROR"], timed_out: ["✕", "fail", "not answered in time"], not_sent: ["✕", "fail", "not sent"],
  requested: ["", "none", "SignCertificate came"], refused: ["✕", "fail", "not signed"], signed: ["", "none", "signed and sent"],
  installed: ["✓", "none", "taken over"], proved: ["✓", "pass", "proved by a connection"], not_proved: ["?", "unclear", "not proved"],
};
const NAMES = { password: "Password", profile: "Profile", certificate: "Certificate" };

function Changes() {
  const { changes } = desk.security.value;
  if (!changes.length) return null;
  return html`<section class="sheet" aria-label="Changes"><ul class="command-log" aria-live="polite">${changes.slice(0, 5).map((change) => html`<li key=${change.change_id}>
    <span class="what"><strong>${NAMES[change.kind]}</strong> <span class="quiet">${change.profile === null ? "changed over the wire" : `raised to ${change.profile}`}</span></span>
    <span class="steps">${change.steps.map((step) => {
      const [sign, kind, word] = STEPS[step.state];
      return html`<span>${sign ? html`<${Mark} sign=${sign} kind=${kind} word=${word} />` : html`<span class="quiet">${word}</span>`}${step.detail && step.detail.toLowerCase() !== word ? html` <span class="quiet">${step.detail}</span>` : null}</span>`;
    })}${change.ended ? null : html`<span class="mark accent"><i aria-hidden="true">…</i>waiting</span>`}</span><${Time} at=${change.began_at} /></li>`)}</ul></section>`;
}

function Page() {
  const form = desk.form.value;
  const close = () => (desk.form.value = null);
  return html`<${StationHead} live=${live} tab="security" /><div class="stack security-page">
      <${Present} /><${Changes} /><div class="security-halves"><${Certificates} desk=${desk} /><${Roots} desk=${desk} /></div><${Events} desk=${desk} /><${Jobs} desk=${desk} /></div>
    ${form === null ? null : form.kind === "root" ? html`<${RootDialog} desk=${desk} />` : form.job ? html`<${JobForm} kind=${form.job} station=${live.id} onClose=${close} onBegun=${desk.reloadJobs} />` : html`<${ChangeDialog} desk=${desk} kind=${form.kind} />`}`;
}

mount("station", html`<${Page} />`);
