import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Switch } from "react-aria-components";

import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import styles from "./AllMentions.module.css";
import { Quote } from "./Quote";
import { saveMentions } from "./csv";
import { readAllMentions, useMentions } from "./usePainPoints";
import { painPointWords } from "./words";

/** Every mention that belongs to it, the strongest first. */
export function AllMentions({ painPointId }: { painPointId: string }) {
  const words = useWords(painPointWords);
  const [withWeak, setWithWeak] = useState(false);
  const { data, error, refetch, hasNextPage, fetchNextPage } = useMentions(painPointId, withWeak);
  const saving = useMutation({ mutationFn: async () => saveMentions(await readAllMentions(painPointId, withWeak)) });
  return (
    <div className={styles.all}>
      <div className={styles.tools}>
        <Switch className={styles.switch ?? ""} isSelected={withWeak} onChange={setWithWeak}>
          <span className={styles.knob} aria-hidden="true" />
          {words.withWeak}
        </Switch>
        <Button look="quiet" isDisabled={saving.isPending} onPress={() => saving.mutate()}>
          {words.export}
        </Button>
      </div>
      {saving.error && <Failure error={saving.error} />}
      {error && <Failure error={error} onRetry={refetch} />}
      {data?.pages
        .flatMap((page) => page.mentions)
        .map((mention) => <Quote key={`${mention.commentId}.${mention.index}`} mention={mention} />)}
      {hasNextPage && <Button onPress={() => void fetchNextPage()}>{words.more}</Button>}
    </div>
  );
}
