import { Link } from "react-router";

import { useMessages } from "../i18n";
import { Notice } from "../ui/Notice";

export function NotFoundPage() {
  const { notFound } = useMessages();
  return (
    <Notice title={notFound.title}>
      <p>{notFound.text}</p>
      <Link to="/comments">{notFound.back}</Link>
    </Notice>
  );
}
