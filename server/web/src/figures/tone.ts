/** How good a net sentiment is, in steps that a colour can show: from "worst" to "best". */
export type Tone = "worst" | "bad" | "even" | "good" | "best";

const EVEN = 15;
const CLEAR = 50;

export function toneOf(netSentiment: number | undefined): Tone {
  if (netSentiment === undefined || Math.abs(netSentiment) < EVEN) return "even";
  if (netSentiment < 0) return netSentiment < -CLEAR ? "worst" : "bad";
  return netSentiment > CLEAR ? "best" : "good";
}
