import { Component, type ReactNode } from "react";

import { Failure } from "../ui/Failure";

interface Props {
  /** Of the address: another view is tried anew. */
  path: string;
  children: ReactNode;
}

interface State {
  error: unknown;
  failedAt: string | undefined;
}

/** Says in a view's place that it could not be read or drawn: after an update of the service, files of before are gone. */
export class ViewBoundary extends Component<Props, State> {
  override state: State = { error: undefined, failedAt: undefined };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps({ path }: Props, { error, failedAt }: State): State {
    if (error === undefined) return { error, failedAt: undefined };
    const isElsewhere = failedAt !== undefined && failedAt !== path;
    return isElsewhere ? { error: undefined, failedAt: undefined } : { error, failedAt: path };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <Failure error={error} onRetry={() => window.location.reload()} />;
  }
}
