import { Code, ConnectError } from "@connectrpc/connect";

import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";

/** Why a call failed, as a program sees it: the reason of its ErrorInfo, or the name of its code. */
export interface Problem {
  reason: string;
  message: string;
  metadata: Record<string, string>;
}

export function problemOf(error: unknown): Problem {
  const failure = ConnectError.from(error);
  const info = failure.findDetails(ErrorInfoSchema)[0];
  return {
    reason: info?.reason ?? Code[failure.code].toUpperCase(),
    message: failure.rawMessage,
    metadata: info?.metadata ?? {},
  };
}

/** Whether asking again may help. */
export function isPassing(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  return code === Code.Unavailable || code === Code.ResourceExhausted;
}
