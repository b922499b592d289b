import { useCallback } from "react";
import { useLocation } from "react-router";

/** Whether the reader is still in this view: what writes its address after a pause must not undo a link that was followed meanwhile. */
export function useIsHere(): () => boolean {
  const { pathname } = useLocation();
  // The browser's address is ahead of the router's while the next view is read.
  return useCallback(() => window.location.pathname === pathname, [pathname]);
}
