import { valueOf } from "../api/enums";
import { Channel, ChannelSchema } from "../gen/klartext/v1/comment_pb";
import type { Part } from "../gen/klartext/v1/painpoint_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import styles from "./ChannelMix.module.css";

const SHOWN = 3;

/** The channels that it comes from, most frequent first. */
export function ChannelMix({ parts }: { parts: Part[] }) {
  const messages = useMessages();
  const format = useFormat();
  const name = (value: string) =>
    messages.labels.channel[valueOf<Channel>(ChannelSchema, value) ?? Channel.UNSPECIFIED];
  return (
    <ul className={styles.mix}>
      {parts.slice(0, SHOWN).map(({ value, share }) => (
        <li key={value}>
          {name(value)} <span className={styles.share}>{format.percent(share)}</span>
        </li>
      ))}
    </ul>
  );
}
