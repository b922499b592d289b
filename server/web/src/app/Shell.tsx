import { Suspense, useState } from "react";
import { Link, NavLink, Outlet } from "react-router";

import { useMessages } from "../i18n";
import { Button } from "../ui/Button";
import { SettingsSheet } from "./SettingsSheet";
import styles from "./Shell.module.css";

const CONTENT_ID = "content";

/** What every view stands in. */
export function Shell() {
  const messages = useMessages();
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
          <NavLink to="/comments">{messages.nav.comments}</NavLink>
          <NavLink to="/pain-points">{messages.nav.painPoints}</NavLink>
          <NavLink to="/operations">{messages.nav.operations}</NavLink>
          <NavLink to="/import">{messages.nav.import}</NavLink>
        </nav>
        <Button look="quiet" onPress={() => setSettingsOpen(true)}>
          {messages.settings.open}
        </Button>
      </header>
      <main id={CONTENT_ID} tabIndex={-1} className={styles.main}>
        <Suspense fallback={<p className={styles.loading}>{messages.loading}</p>}>
          <Outlet />
        </Suspense>
      </main>
      <SettingsSheet isOpen={areSettingsOpen} onOpenChange={setSettingsOpen} />
    </div>
  );
}
