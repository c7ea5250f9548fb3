/* What is asked once per model, as a form. The value is a profile of the API: answers by the questions' names. */
import { html } from "console/ui.js";

/** The answers given before, or the defaults. */
export function remembered(questions) {
  const pairs = questions.map((each) => [each.name, each.answer ?? each.default]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== null && value !== undefined && value !== ""));
}

/** What the API takes: nothing that was left open. */
export function profileOf(answers, questions) {
  const asked = questions.filter((each) => !each.only_with || answers[each.only_with]);
  const pairs = asked.map((each) => [each.name, answers[each.name]]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined && value !== null && value !== ""));
}

/** `cards`: the idTags of cards as they are held to the station, where one listens. */
export function ProfileForm({ questions, answers, onChange, firmware, cards }) {
  const set = (name, value) => onChange({ ...answers, [name]: value });
  return questions
    .filter((each) => !each.only_with || answers[each.only_with])
    .map((each) => html`<${Asked} key=${each.name} question=${each} value=${answers[each.name]} onChange=${(value) => set(each.name, value)} firmware=${firmware} cards=${each.kind === "tag" ? cards : undefined} />`);
}

/** The terminal's questions say how they are typed; a form needs no such words. */
const bare = (text) => text.replace(/\s*\((yes\/no|empty: [^)]*)\)/g, "").replace(/: modem, lan or wifi/, "").replace(/^Path of a firmware file/, "Which firmware file is installed");

function Asked({ question, value, onChange, firmware, cards }) {
  const id = `ask-${question.name}`;
  if (question.kind === "yes_no") {
    return html`<div class="field"><label class="check"><input type="checkbox" id=${id} checked=${Boolean(value)} aria-describedby=${`${id}-hint`}
      onChange=${(event) => onChange(event.target.checked)} /> ${bare(question.text)}</label><${Why} id=${id} text=${question.why} /></div>`;
  }
  return html`<div class="field"><label for=${id}>${bare(question.text)}</label>
    <${Control} id=${id} question=${question} value=${value} onChange=${onChange} firmware=${firmware} /><${Why} id=${id} text=${question.why} />
    ${cards ? html`<${Cards} cards=${cards} value=${value} onPick=${onChange} />` : null}</div>`;
}

function Cards({ cards, value, onPick }) {
  if (!cards.length) return html`<span class="hint">Or hold the card to the station now.</span>`;
  const found = [...new Set(cards)];
  return html`<span class="buttons" role="group" aria-label="Cards that were held to the station">${found.map((card) => html`<button key=${card} type="button" class="button small mono" aria-pressed=${card === value} onClick=${() => onPick(card)}>${card}</button>`)}</span>`;
}

function Why({ id, text }) {
  return text ? html`<span class="hint" id=${`${id}-hint`}>${text}</span>` : null;
}

function Control({ id, question, value, onChange, firmware }) {
  const common = { id, class: "input", "aria-describedby": `${id}-hint` };
  const pick = (event) => onChange(event.target.value);
  if (question.kind === "choice" || question.kind === "file") {
    const choices = question.kind === "file" ? [["", firmware.length ? "none: function 12 is left out" : "none is here yet"], ...firmware.map((name) => [name, name])] : question.choices.map((name) => [name, name]);
    return html`<select ...${common} value=${value ?? ""} onChange=${pick}>${choices.map(([name, word]) => html`<option value=${name}>${word}</option>`)}</select>`;
  }
  if (question.kind === "number") {
    return html`<input ...${common} type="number" min="1" inputmode="numeric" value=${value ?? ""} onInput=${(event) => onChange(event.target.value === "" ? "" : Number(event.target.value))} />`;
  }
  return html`<input ...${common} type="text" autocomplete="off" spellcheck=${false} maxlength=${question.kind === "tag" ? 20 : 1000} value=${value ?? ""} onInput=${pick} />`;
}
