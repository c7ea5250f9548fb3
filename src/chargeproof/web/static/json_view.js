/* A raw frame, pretty-printed token by token (so that 1.0 stays 1.0 and a name that occurs twice stays), with
   the deviating fields marked where they stand. */
import { html } from "console/ui.js";

const TOKEN = /\s*("(?:[^"\\]|\\[\s\S])*"|-?\d[^\s,\]}]*|true|false|null|[[\]{}:,])/y;
const TOO_LONG = 100_000;

/** Where the payload stands in the three kinds of frames, by their first element. */
const PAYLOAD_AT = { 2: 3, 3: 2, 4: 4 };

/** Lines of { indent, key, value, kind, path, comma }, or null when the text is no JSON. */
export function linesOf(text) {
  if (text.length > TOO_LONG) return null;
  const tokens = tokensOf(text);
  if (!tokens) return null;
  const lines = [];
  const payloadAt = PAYLOAD_AT[tokens[1]];
  let at = 0;

  const pathOf = (path, name, index) => {
    if (path === "") return index === payloadAt ? "$" : `frame[${index}]`;
    return name === null ? `${path}[${index}]` : `${path}.${name}`;
  };
  const put = (indent, key, value, kind, path) => lines.push({ indent, key, value, kind, path, comma: false });
  const read = (indent, key, path) => {
    const token = tokens[at++];
    if (token !== "[" && token !== "{") return put(indent, key, token, kindOf(token), path);
    const end = token === "[" ? "]" : "}";
    if (tokens[at] === end) {
      at += 1;
      return put(indent, key, token + end, "bracket", path);
    }
    put(indent, key, token, "bracket", path);
    for (let index = 0; at < tokens.length; index += 1) {
      const name = token === "{" ? tokens[at++] : null;
      if (name !== null) at += 1;
      read(indent + 1, name, pathOf(path, name === null ? null : name.slice(1, -1), index));
      if (tokens[at++] === end) break;
      lines.at(-1).comma = true;
    }
    return put(indent, null, end, "bracket", null);
  };
  try {
    read(0, null, "");
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return null;
    throw error;
  }
  return lines;
}

function tokensOf(text) {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const tokens = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) tokens.push(match[1]);
  return tokens;
}

function kindOf(token) {
  if (token[0] === '"') return "string";
  return /[-\d]/.test(token[0]) ? "number" : "word";
}

/** Which line a deviation belongs to: its own, or that of what should have held it. */
function lineFor(lines, where) {
  for (let path = where; path; path = path.replace(/(\.[^.[\]]*|\[\d+\])$/, "")) {
    const found = lines.find((line) => line.path === path);
    if (found) return found;
    if (!/[.[]/.test(path)) break;
  }
  return lines[0];
}

/** deviations: of the API's message; words: rule → what it asks for. */
export function Frame({ text, label, deviations = [], words = {} }) {
  const lines = linesOf(text);
  if (!lines) return html`<pre class="frame-text">${text}</pre>`;
  const marks = new Map();
  for (const deviation of deviations) {
    const line = lineFor(lines, deviation.where);
    marks.set(line, [...(marks.get(line) ?? []), deviation]);
  }
  return html`<pre class="frame-text" tabindex="0" role="region" aria-label=${label}>${lines.map((line) => html`<${Line} line=${line} marks=${marks.get(line)} words=${words} />`)}</pre>`;
}

function Line({ line, marks, words }) {
  const key = line.key === null ? null : html`<span class="key">${line.key}</span>: `;
  const told = marks?.map((mark) => html`<span class="why">◂ ${sayOf(mark, line, words)}</span>`);
  return html`<span class=${marks ? "line marked" : "line"}>${"  ".repeat(line.indent)}${key}<span class=${line.kind}>${line.value}</span>${line.comma ? "," : ""}${told}${"\n"}</span>`;
}

function sayOf(mark, line, words) {
  const said = words[mark.rule] ?? mark.rule.replaceAll("_", " ");
  return line.path === mark.where ? said : `${mark.where}: ${said}`;
}
