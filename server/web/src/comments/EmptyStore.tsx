import { useNavigate } from "react-router";

import { useMessages } from "../i18n";
import { Button } from "../ui/Button";
import { Notice } from "../ui/Notice";

/** What to do when there is no comment yet. */
export function EmptyStore() {
  const messages = useMessages();
  const navigate = useNavigate();
  return (
    <Notice title={messages.empty.title}>
      <p>{messages.empty.text}</p>
      <Button look="strong" onPress={() => navigate("/import")}>
        {messages.empty.import}
      </Button>
      <p>{messages.empty.samples}</p>
      <code>klartext serve --data samples --samples</code>
    </Notice>
  );
}
