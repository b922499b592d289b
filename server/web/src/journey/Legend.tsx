import { FrictionSign } from "../figures/FrictionSign";
import type { Tone } from "../figures/tone";
import tones from "../figures/tones.module.css";
import { FrictionKindSchema, type FrictionKind } from "../gen/klartext/v1/insight_pb";
import { valuesOf } from "../api/enums";
import { useWords } from "../i18n/useWords";
import map from "./JourneyMap.module.css";
import styles from "./Legend.module.css";
import { journeyWords } from "./words";

const TONES: Tone[] = ["worst", "bad", "even", "good", "best"];
const SWATCH = 16;
const HEIGHT = 22;
const SIGN_SHARE = 0.35;
const KINDS = valuesOf<FrictionKind>(FrictionKindSchema);

/** What the signs of the map mean. */
export function Legend() {
  const words = useWords(journeyWords);
  return (
    <ul className={styles.legend} aria-label={words.legend}>
      <li>
        {words.legendTone}: {words.legendWorse}
        <svg width={TONES.length * SWATCH} height={10} aria-hidden="true">
          {TONES.map((tone, at) => (
            <rect key={tone} x={at * SWATCH} width={SWATCH - 1} height={10} rx={2} className={tones[tone]} />
          ))}
        </svg>
        {words.legendBetter}
      </li>
      <li>
        <svg width={34} height={HEIGHT} aria-hidden="true" className={tones.bad}>
          <path d={`M1 ${HEIGHT / 2}H26`} strokeWidth={5} className={map.told} />
          <path d={`M33 ${HEIGHT / 2}L25 5V17Z`} />
        </svg>
        {words.legendLine}
      </li>
      <li>
        <svg width={KINDS.length * HEIGHT} height={HEIGHT} aria-hidden="true">
          {KINDS.map((kind, at) => (
            <FrictionSign key={kind} kind={kind} share={SIGN_SHARE} x={at * HEIGHT + HEIGHT / 2} y={HEIGHT / 2} />
          ))}
        </svg>
        {words.legendFriction}
      </li>
      <li>
        <svg width={HEIGHT} height={HEIGHT} aria-hidden="true">
          <circle cx={HEIGHT / 2} cy={HEIGHT / 2} r={9} className={map.mark} />
        </svg>
        {words.legendHidden}
      </li>
    </ul>
  );
}
