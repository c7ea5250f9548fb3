/* Simulated stations that run inside of the server: start one, and be its driver. */
import { toast } from "console/ui.js";
import { attempt, post } from "console/api.js";

/** Start one under a free id and go to its page once it has connected. */
export async function startSimulated() {
  const started = await attempt(() => post("/simulated-stations", {}));
  if (started) toast(`${started.charge_point_id} is starting; it appears in the list in a moment.`, { kind: "pass" });
}
