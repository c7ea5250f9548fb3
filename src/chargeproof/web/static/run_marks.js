/* How runs and their functions are marked: signs with words, from phases and verdicts. */
import { html, Mark } from "console/ui.js";

const VERDICTS = {
  pass: ["✓", "pass", "pass"],
  pass_with_remark: ["✓•", "remark", "pass with remark"],
  fail: ["✕", "fail", "fail"],
  inconclusive: ["?", "unclear", "inconclusive"],
  not_applicable: ["–", "none", "not applicable"],
  not_run: ["○", "none", "not run"],
  tool_error: ["!", "remark", "tool error"],
};
const PHASES = {
  left_out: ["·", "none", "left out"],
  waiting: ["○", "none", "waiting"],
  playing: ["▶", "playing", "playing"],
  played: ["…", "none", "being judged"],
  cannot: ["?", "unclear", "could not be played"],
  failed: ["!", "remark", "an error of ours"],
  stopped: ["○", "none", "stopped"],
};
const RUN_PHASES = {
  waiting: "waiting for the station",
  questions: "questions about the model",
  preparing: "preparing the station",
  running: "running",
  restoring: "restoring the station",
  judging: "judging",
};
const ENDINGS = {
  completed: "completed",
  stopped: "stopped",
  failed: "ended by an error of ours",
  interrupted: "interrupted",
  never_began: "never began",
};

/** [sign, kind, word] of a verdict of the API. */
export const verdictMark = (verdict) => VERDICTS[verdict] ?? ["?", "unclear", String(verdict)];

/** [sign, kind, word] of a function: its verdict once there is one, else how far it is. */
export function functionMark(each) {
  const decided = each.decided ?? each.verdict;
  return decided && each.phase !== "playing" ? verdictMark(decided) : (PHASES[each.phase] ?? PHASES.waiting);
}

export function VerdictMark({ verdict, title }) {
  const [sign, kind, word] = verdictMark(verdict);
  return html`<${Mark} sign=${sign} kind=${kind} word=${word} title=${title} />`;
}

export const isLive = (run) => run.ending === null;

/** Where a run is, as a mark: live ones by their phase, ended ones by their verdict. */
export function RunMark({ run }) {
  if (isLive(run)) {
    const word = run.prompt ? "waits for a person" : RUN_PHASES[run.phase];
    return html`<${Mark} sign="▶" kind="accent" word=${word} />`;
  }
  if (run.decided) return html`<${VerdictMark} verdict=${run.decided} />`;
  return html`<${Mark} sign="○" kind="none" word=${ENDINGS[run.ending] ?? run.ending} />`;
}

export const phaseWords = (run) => (isLive(run) ? RUN_PHASES[run.phase] : ENDINGS[run.ending]);

/** How people name a function or a case. */
export const labelOf = (each) => each.label || String(each.number);
export const nameOf = (each) => (each.group === "security" ? labelOf(each) : `Function ${each.number}`);

/** The document's functions, unless a run has nothing but security cases, and those. */
export const shownOf = (functions) => {
  const asked = functions.filter((each) => each.phase !== "left_out");
  return asked.length && asked.every((each) => each.group === "security") ? functions.filter((each) => each.group === "security") : functions;
};

/** Small signs, one for each function or case. */
export function Cells({ functions: all }) {
  const functions = shownOf(all);
  const told = functions.map((each) => `${labelOf(each)} ${functionMark(each)[2]}`).join(", ");
  return html`<span class="cells" role="img" aria-label=${told}>${functions.map((each) => {
    const [sign, kind, word] = functionMark(each);
    return html`<i class=${kind} title=${`${labelOf(each)}: ${word}`}>${sign}</i>`;
  })}</span>`;
}

export const stationText = (facts) => [facts.vendor, facts.model].filter(Boolean).join(" ");
export const SITES = { person: "a person", simulated: "simulated", rig: "lab rig", none: "no hands" };
