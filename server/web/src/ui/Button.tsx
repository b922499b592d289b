import { Button as AriaButton, type ButtonProps } from "react-aria-components";

import styles from "./Button.module.css";
import { classes } from "./classes";

interface Props extends Omit<ButtonProps, "className"> {
  look?: "plain" | "strong" | "quiet";
}

export function Button({ look = "plain", ...rest }: Props) {
  return <AriaButton {...rest} className={classes(styles.button, styles[look])} />;
}
