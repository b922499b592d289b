import type { PainPoint } from "../gen/klartext/v1/painpoint_pb";

/** Its name; as long as it has none, a customer's words stand in. */
export function titleOf({ name, quotes, painPointId }: PainPoint): string {
  return name || (quotes[0] ? `„${quotes[0].text}“` : painPointId);
}
