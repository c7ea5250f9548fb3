/* The power that flows at a connector, as its station last measured it. */
import { get, Problem } from "console/api.js";

const POWER = "Power.Active.Import";

/** { watts, at } of a MeterValues message (as in the log), or null. */
export function powerOfMessage(message) {
  if (message.action !== "MeterValues" || !message.request?.includes(POWER)) return null;
  try {
    const values = JSON.parse(message.request)[3].meterValue;
    for (const value of values.toReversed()) {
      const watts = wattsOf(value.sampledValue);
      if (watts !== null) return { watts, at: message.requested_at };
    }
  } catch {
    return null; // what deviates is shown in the log
  }
  return null;
}

function wattsOf(sampled) {
  const power = sampled.filter((each) => each.measurand === POWER);
  const whole = power.filter((each) => !each.phase);
  const counted = whole.length ? whole : power;
  if (!counted.length) return null;
  const watts = counted.reduce((sum, each) => sum + Number(each.value) * (each.unit === "kW" ? 1000 : 1), 0);
  return Number.isFinite(watts) ? watts : null;
}

/** The last power of a transaction, from its meter values. */
export async function latestPower(transactionId) {
  try {
    const { series } = await get(`/transactions/${transactionId}/meter-values`);
    const power = series.filter((each) => each.measurand === POWER && each.values.length);
    const whole = power.filter((each) => each.phase === null);
    const counted = whole.length ? whole.slice(0, 1) : power;
    if (!counted.length) return null;
    return { watts: counted.reduce((sum, each) => sum + each.values.at(-1), 0), at: new Date(counted[0].times.at(-1) * 1000).toISOString() };
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}
