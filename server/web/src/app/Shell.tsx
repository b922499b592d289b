import { useState } from "react";
import { Link, NavLink, Outlet, useLocation } from "react-router";

import { useMessages } from "../i18n";
import { Button } from "../ui/Button";
import { SettingsSheet } from "./SettingsSheet";
import styles from "./Shell.module.css";
import { ViewBoundary } from "./ViewBoundary";

const CONTENT_ID = "content";

/** What every view stands in. */
export function Shell() {
  const messages = useMessages();
  const { pathname } = useLocation();
  const [areSettingsOpen, setSettingsOpen] = useState(false);
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href={`#${CONTENT_ID}`}>
        {messages.nav.skip}
      </a>
      <header className={styles.header}>
        <Link to="/" className={styles.name}>
          {messages.name}
        </Link>
        <nav className={styles.nav} aria-label={messages.nav.label}>
          <NavLink to="/journey">{messages.nav.journey}</NavLink>
          <NavLink to="/inbox">{messages.nav.inbox}</NavLink>
          <NavLink to="/comments">{messages.nav.comments}</NavLink>
          <NavLink to="/pain-points">{messages.nav.painPoints}</NavLink>
          <NavLink to="/trends">{messages.nav.trends}</NavLink>
          <NavLink to="/drivers">{messages.nav.drivers}</NavLink>
          <NavLink to="/measures">{messages.nav.measures}</NavLink>
          <NavLink to="/map">{messages.nav.map}</NavLink>
          <NavLink to="/operations">{messages.nav.operations}</NavLink>
          <NavLink to="/import">{messages.nav.import}</NavLink>
        </nav>
        <Button look="quiet" onPress={() => setSettingsOpen(true)}>
          {messages.settings.open}
        </Button>
      </header>
      {/* Without a fallback while a view is read: React would keep it for 300 ms, and readers keep the view before. */}
      <main id={CONTENT_ID} tabIndex={-1} className={styles.main}>
        <ViewBoundary path={pathname}>
          <Outlet />
        </ViewBoundary>
      </main>
      <SettingsSheet isOpen={areSettingsOpen} onOpenChange={setSettingsOpen} />
    </div>
  );
}
