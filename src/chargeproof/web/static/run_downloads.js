/* The report of a run in all its forms, and its record, to be kept. */
import { html, Icon } from "console/ui.js";

const FORMS = [["pdf", "PDF"], ["docx", "Word"], ["html", "HTML"], ["md", "Markdown"], ["json", "JSON"], ["xml", "JUnit XML"]];

/** beside: how many forms are buttons of their own; the others are in a menu. */
export function Downloads({ id, beside = 0 }) {
  const href = (form) => `/api/v1/runs/${id}/report.${form}?download=true`;
  return html`${FORMS.slice(0, beside).map(([form, title]) => html`<a class="button" href=${href(form)} download><${Icon} name="download" />${title}</a>`)}
    <details class="menu"><summary class="button">${beside ? "More forms" : html`<${Icon} name="download" />Download`} <${Icon} name="down" /></summary><div class="menu-list right">
      ${FORMS.slice(beside).map(([form, title]) => html`<a href=${href(form)} download>${title}</a>`)}
      <a href=${`/api/v1/runs/${id}/record.jsonl`} download>Record<small>every frame, as JSON lines, without secrets</small></a></div></details>`;
}
