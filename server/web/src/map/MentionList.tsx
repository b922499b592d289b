import { Link } from "react-router";

import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import styles from "./MentionList.module.css";
import { keyOf, type FoundMention } from "./useMap";
import { mapWords } from "./words";

interface Props {
  title: string;
  mentions: FoundMention[];
  onClear?: () => void;
}

/** The words of points that were found, circled or clicked. */
export function MentionList({ title, mentions, onClear }: Props) {
  const words = useWords(mapWords);
  return (
    <section className={styles.found}>
      <header>
        <h2>{title}</h2>
        {onClear && (
          <Button look="quiet" onPress={onClear}>
            {words.clear}
          </Button>
        )}
      </header>
      <ul>
        {mentions.map((mention) => (
          <li key={keyOf(mention)}>
            <p>{mention.text}</p>
            <Link to={`/comments/${mention.commentId}`}>{words.open}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
