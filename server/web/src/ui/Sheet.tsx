import type { ReactNode } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";

import { classes } from "./classes";
import styles from "./Sheet.module.css";

interface Props {
  title: string;
  isOpen: boolean;
  onOpenChange(isOpen: boolean): void;
  /** In the middle, or along the left edge over the whole height. */
  place?: "middle" | "left";
  children: ReactNode;
}

/** Something that has to be done or left before the page goes on. */
export function Sheet({ title, isOpen, onOpenChange, place = "middle", children }: Props) {
  return (
    <ModalOverlay className={classes(styles.overlay, styles[place])} isOpen={isOpen} onOpenChange={onOpenChange} isDismissable>
      <Modal className={styles.modal ?? ""}>
        <Dialog className={styles.dialog ?? ""}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
