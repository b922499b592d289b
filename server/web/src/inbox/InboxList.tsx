import { GridList, GridListItem, GridListLoadMoreItem, ListLayout, Virtualizer } from "react-aria-components";

import list from "../comments/CommentList.module.css";
import type { InboxItem } from "../gen/klartext/v1/inbox_pb";
import { useWords } from "../i18n/useWords";
import { classes } from "../ui/classes";
import { InboxRow } from "./InboxRow";
import { inboxWords } from "./words";

const LAYOUT = { estimatedRowHeight: 112 };

interface Props {
  items: InboxItem[];
  openId: string | undefined;
  isLoadingMore: boolean;
  onMore(): void;
  onOpen(item: InboxItem): void;
}

/** The items; only those in sight are in the page, and further ones are read when the end comes near. */
export function InboxList({ items, openId, isLoadingMore, onMore, onOpen }: Props) {
  const words = useWords(inboxWords);
  return (
    <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
      <GridList
        className={list.list ?? ""}
        aria-label={words.list}
        onAction={(key) => {
          const chosen = items.find(({ itemId }) => itemId === key);
          if (chosen) onOpen(chosen);
        }}
      >
        {items.map((item) => (
          <GridListItem
            key={item.itemId}
            id={item.itemId}
            textValue={`${words.states[item.state]}, ${item.owner || words.nobody}: ${item.evidence[0]?.text ?? ""}`}
            className={classes(list.item, item.itemId === openId && list.open)}
          >
            <InboxRow item={item} />
          </GridListItem>
        ))}
        <GridListLoadMoreItem className={list.more ?? ""} isLoading={isLoadingMore} onLoadMore={onMore}>
          {words.more}
        </GridListLoadMoreItem>
      </GridList>
    </Virtualizer>
  );
}
