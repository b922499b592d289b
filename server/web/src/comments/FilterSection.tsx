import type { ReactNode } from "react";
import { Button, Disclosure, DisclosurePanel, Heading } from "react-aria-components";

import { useFormat } from "../i18n/format";
import styles from "./FilterSection.module.css";

interface Props {
  title: string;
  /** How many conditions of it hold. */
  active: number;
  isOpenAtFirst?: boolean;
  children: ReactNode;
}

/** A part of the filters that can be folded away. What is folded away is not drawn: all conditions have some hundred boxes. */
export function FilterSection({ title, active, isOpenAtFirst = false, children }: Props) {
  const format = useFormat();
  return (
    <Disclosure className={styles.section ?? ""} defaultExpanded={isOpenAtFirst || active > 0}>
      {({ isExpanded }) => (
        <>
          <Heading level={3} className={styles.heading ?? ""}>
            <Button slot="trigger" className={styles.trigger ?? ""}>
              <span>{title}</span>
              {active > 0 && <span className={styles.active}>{format.count(active)}</span>}
              <span aria-hidden="true" className={styles.arrow}>
                ›
              </span>
            </Button>
          </Heading>
          <DisclosurePanel className={styles.panel ?? ""}>{isExpanded && children}</DisclosurePanel>
        </>
      )}
    </Disclosure>
  );
}
