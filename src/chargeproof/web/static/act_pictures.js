/* Drawings of the acts: a station, a vehicle, a cable, a card, an arrow for what moves. */
import { html } from "console/ui.js";

const station = html`<g><rect x="24" y="22" width="62" height="120" rx="9" /><rect x="37" y="36" width="36" height="22" rx="3" /><circle cx="55" cy="82" r="11" class="soft" /><path d="M16 142h78" /></g>`;
const car = html`<g><path d="M158 118h-8v-22l14-4 14-24h44l22 24 16 6v20h-10" /><circle cx="178" cy="120" r="11" /><circle cx="238" cy="120" r="11" /><path d="M190 120h36M183 90h52M207 70v20" /></g>`;
const plugIn = html`<path d="M66 82c34 0 22 42 52 42 20 0 14-26 30-26" class="accent" />`;
const plugOut = html`<path d="M66 82c30 0 20 52 44 52 12 0 14-8 14-16" class="accent" /><path d="M119 116h10v-9h-10zM121 107v-5M127 107v-5" class="accent" />`;
const card = html`<rect x="132" y="64" width="76" height="48" rx="6" class="accent" transform="rotate(-8 170 88)" /><path d="M140 82l70-10M148 102l26-4" class="accent" />`;
const waves = html`<path d="M100 70a22 22 0 0 1 0 26M110 62a34 34 0 0 1 0 42" class="accent" />`;

const PICTURES = {
  plug_in: ["The cable goes from the station into the vehicle", html`${station}${car}${plugIn}<path d="M120 70h24m-8-8 8 8-8 8" class="accent" />`],
  unplug: ["The cable is pulled out of the vehicle", html`${station}${car}${plugOut}<path d="M146 70h-24m8-8-8 8 8 8" class="accent" />`],
  present_card: ["A card is held to the reader of the station", html`${station}${card}${waves}`],
  unknown_card: ["A card that is to be refused is held to the reader", html`${station}${card}${waves}<circle cx="214" cy="60" r="14" class="fail" /><path d="m208 54 12 12m0-12-12 12" class="fail" />`],
  provoke_error: ["An error is provoked at the station", html`${station}<path d="m176 44 38 66h-76zM176 68v20M176 97v1" class="fail" />`],
  repair: ["The error is repaired", html`${station}<circle cx="176" cy="82" r="32" class="pass" /><path d="m161 83 11 12 20-25" class="pass" />`],
  reboot: ["The mains of the station are switched off and on", html`${station}<path d="M156 60a32 32 0 1 0 40 0M176 46v34" class="accent" />`],
  parking_bay: ["A vehicle drives into the bay, or out of it", html`${station}${car}<path d="M112 50h44m-10-9 10 9-10 9" class="accent" />`],
};

export function Picture({ name }) {
  const [words, drawing] = PICTURES[name] ?? ["The station", station];
  return html`<svg class="picture" viewBox="0 0 270 160" role="img" aria-label=${words}>${drawing}</svg>`;
}
