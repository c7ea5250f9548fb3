/* What asks before a password, a profile or a certificate is changed, or a root is installed. */
import { html, Dialog, useState } from "console/ui.js";

const WORDS = {
  password: ["Change the password", "The station is sent its new AuthorizationKey (ChangeConfiguration). Both passwords are accepted until it connects with the new one; if it does not come by itself within 30 s, its connection is closed so that it does."],
  certificate: ["Renew the certificate", "The station is asked to make a new key and send SignCertificate (ExtendedTriggerMessage). The answer goes back with CertificateSigned; in profile 3 its next connection proves the new certificate."],
  profile: ["Raise the security profile", "The station is sent its new SecurityProfile and connects again. Only when it has done so is the profile asked of it. A profile is never lowered over the wire."],
};
const WAYS = [
  ["drawn", "is drawn here", "20 bytes; nobody ever sees it"],
  ["given", "is given", "and sent to the station"],
  ["here", "is in the station already", "set there by hand; nothing is sent"],
];
const NAMES = ["none", "password", "password over TLS", "own certificate"];

const Buttons = ({ word, busy }) => html`<footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Cancel</button><button class="button primary" disabled=${Boolean(busy)}>${busy ? "Sending…" : word}</button></footer>`;

export function ChangeDialog({ desk, kind }) {
  const [title, words] = WORDS[kind];
  const present = desk.security.value.using?.profile ?? 0;
  const [profile, setProfile] = useState(String(present + 1));
  const [how, setHow] = useState("drawn");
  const [password, setPassword] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    const more = kind === "profile" ? { profile: Number(profile) } : kind === "password" && how === "given" ? { password } : {};
    setPassword("");
    await (kind === "password" && how === "here" ? desk.keepPassword(password) : desk.begin({ kind, ...more }));
  };
  return html`<${Dialog} title=${title} onClose=${() => (desk.form.value = null)}><form onSubmit=${submit}><div class="body form"><p>${words}</p>
      ${kind === "profile" ? html`<div class="field"><label for="profile">To</label><select class="input" id="profile" value=${profile} onChange=${(event) => setProfile(event.target.value)}>
        ${NAMES.map((name, each) => (each > present ? html`<option value=${each}>${each}, ${name}</option>` : null))}</select></div>` : null}
      ${kind === "password" ? html`<fieldset class="choices"><legend>The new password</legend>
        ${WAYS.map(([way, name, more]) => html`<label class="choice"><input type="radio" name="secret" checked=${how === way} onChange=${() => setHow(way)} /><span><strong>${name}</strong> <span class="quiet">${more}</span></span></label>`)}</fieldset>
        ${how === "drawn" ? null : html`<div class="field"><label for="secret">AuthorizationKey</label><input class="input mono" id="secret" type="password" required autocomplete="off" spellcheck=${false} pattern=${how === "given" ? "([0-9A-Fa-f]{2}){16,20}" : ".{1,40}"}
          title="32 to 40 hexadecimal digits" value=${password} onInput=${(event) => setPassword(event.target.value)} /><span class="hint">16 to 20 bytes as 32 to 40 hexadecimal digits. It is never shown again.</span></div>`}
        ${present === 0 && how !== "here" ? html`<p class="notice remark">In profile 0 the station sends no password: only raising the profile will prove it.</p>` : null}` : null}</div>
    <${Buttons} word=${kind === "profile" ? "Raise it" : kind === "password" ? "Change it" : "Renew it"} busy=${desk.busy.value} /></form><//>`;
}

const USES = { CentralSystemRootCertificate: "vouches for this central system", ManufacturerRootCertificate: "vouches for firmware" };

export function RootDialog({ desk }) {
  const [use, setUse] = useState("CentralSystemRootCertificate");
  const [other, setOther] = useState(false);
  const [pem, setPem] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    await desk.install({ use, certificate: other ? pem.trim() : null });
  };
  return html`<${Dialog} title="Install a root certificate" onClose=${() => (desk.form.value = null)}><form onSubmit=${submit}><div class="body form">
      <fieldset class="choices"><legend>It</legend>${Object.entries(USES).map(([each, words]) => html`<label class="choice"><input type="radio" name="use" checked=${use === each} onChange=${() => setUse(each)} /><span><strong>${words}</strong> <span class="quiet">${each}</span></span></label>`)}</fieldset>
      <fieldset class="choices"><legend>Certificate</legend><label class="choice"><input type="radio" name="which" checked=${!other} onChange=${() => setOther(false)} /><span>The root of the authority here</span></label>
        <label class="choice"><input type="radio" name="which" checked=${other} onChange=${() => setOther(true)} /><span>Another one</span></label></fieldset>
      ${other ? html`<div class="field"><label for="pem">Certificate, PEM</label><textarea class="input" id="pem" required rows="6" placeholder="-----BEGIN CERTIFICATE-----" value=${pem} onInput=${(event) => setPem(event.target.value)} /></div>` : null}
      <p class="notice remark">The station will trust whoever holds this certificate's key.</p></div>
    <${Buttons} word="Install it" busy=${desk.busy.value} /></form><//>`;
}
