import { GridList, GridListItem, GridListLoadMoreItem, ListLayout, Virtualizer } from "react-aria-components";

import { Polarity } from "../gen/klartext/v1/insight_pb";
import { useMessages } from "../i18n";
import { classes } from "../ui/classes";
import styles from "./CommentList.module.css";
import { CommentRow } from "./CommentRow";
import { idOf, type Found } from "./useComments";

const LAYOUT = { estimatedRowHeight: 104 };

interface Props {
  found: Found[];
  openId: string | undefined;
  isLoadingMore: boolean;
  onMore(): void;
  onOpen(found: Found): void;
}

/** The comments found; only those in sight are in the page, and further ones are read when the end comes near. */
export function CommentList({ found, openId, isLoadingMore, onMore, onOpen }: Props) {
  const messages = useMessages();
  const spoken = ({ comment: { comment, insight } }: Found) =>
    `${messages.labels.polarity[insight?.sentiment?.polarity ?? Polarity.UNSPECIFIED]}: ${comment?.text}`;
  return (
    <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
      <GridList
        className={styles.list ?? ""}
        aria-label={messages.comments.list}
        onAction={(key) => {
          const chosen = found.find((one) => one.key === key);
          if (chosen) onOpen(chosen);
        }}
      >
        {found.map((one) => (
          <GridListItem
            key={one.key}
            id={one.key}
            textValue={spoken(one)}
            className={classes(styles.item, idOf(one.comment) === openId && styles.open)}
          >
            <CommentRow found={one} />
          </GridListItem>
        ))}
        <GridListLoadMoreItem className={styles.more ?? ""} isLoading={isLoadingMore} onLoadMore={onMore}>
          {messages.comments.more}
        </GridListLoadMoreItem>
      </GridList>
    </Virtualizer>
  );
}
