// A first conversation with Klartext: analyse and store, stream, and list what customers complain about.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { parse } from "protobufjs";

import type { ProtoGrpcType as AnalysisProto } from "./generated/analysis";
import type { ProtoGrpcType as CommentProto } from "./generated/comment";
import type { AnalyzeResponse__Output } from "./generated/klartext/v1/AnalyzeResponse";
import type { AnalyzeResult__Output } from "./generated/klartext/v1/AnalyzeResult";
import type { AnalyzeStreamResponse__Output } from "./generated/klartext/v1/AnalyzeStreamResponse";
import type { Comment } from "./generated/klartext/v1/Comment";
import type { ListCommentsRequest } from "./generated/klartext/v1/ListCommentsRequest";
import type { ListCommentsResponse__Output } from "./generated/klartext/v1/ListCommentsResponse";

// Always give a deadline: work that nobody waits for any more is stopped.
const DEADLINE_MS = 30_000;
const MAX_ATTEMPTS = 8;

const SOURCE = "first-call-typescript";
const COMMENTS: Comment[] = [
  {
    external_id: "4711",
    source: SOURCE,
    channel: "CHANNEL_SURVEY",
    text: "Die Fahrerin war sehr freundlich, aber der Bus kam wieder zwanzig Minuten zu spät.",
    scores: { nps: 3 },
  },
  {
    external_id: "4712",
    source: SOURCE,
    channel: "CHANNEL_APP_STORE",
    text: "Die App stürzt beim Kauf einer Fahrkarte jedes Mal ab, das ist einfach nur ärgerlich.",
  },
  // Nothing to read in it: this one is refused, and its neighbours do not mind.
  { external_id: "4713", source: SOURCE, text: "   " },
];

// The same proto files as everywhere; dist/ lies beside package.json, four folders below the repository.
const PROTO_FOLDER = join(__dirname, "..", "..", "..", "..", "proto");
const LOADING = { includeDirs: [PROTO_FOLDER], longs: String, enums: String, defaults: true, oneofs: true, keepCase: true };

function loadProto<T>(file: string): T {
  return grpc.loadPackageDefinition(loadSync(file, LOADING)) as unknown as T;
}

// What a refused call carries beside its message: google.rpc.Status, of which only the retry hint is read here.
const DETAILS = parse(
  `syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message RetryInfo { Duration retry_delay = 1; }`,
  { keepCase: true },
).root;
const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

/** How many milliseconds a full service asks us to stay away; undefined when trying again is of no use. */
function retryDelay(error: grpc.ServiceError): number | undefined {
  if (error.code !== grpc.status.RESOURCE_EXHAUSTED) return undefined;
  for (const encoded of error.metadata.get("grpc-status-details-bin")) {
    const status = DETAILS.lookupType("Status").decode(Buffer.from(encoded)) as any;
    for (const detail of status.details) {
      if (detail.type_url !== RETRY_INFO) continue;
      const hint = DETAILS.lookupType("RetryInfo").decode(detail.value) as any;
      return Number(hint.retry_delay.seconds) * 1000 + hint.retry_delay.nanos / 1e6;
    }
  }
  return undefined;
}

type UnaryCall<Request, Response> = (
  request: Request,
  options: grpc.CallOptions,
  callback: (error: grpc.ServiceError | null, response?: Response) => void,
) => grpc.ClientUnaryCall;

/** A unary call; when the service is full, come back when it says so. */
async function withRetries<Request, Response>(call: UnaryCall<Request, Response>, request: Request): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await new Promise<Response>((resolve, reject) => {
        const options = { deadline: Date.now() + DEADLINE_MS };
        call(request, options, (error, response) => (error ? reject(error) : resolve(response as Response)));
      });
    } catch (error) {
      const delay = retryDelay(error as grpc.ServiceError);
      if (delay === undefined || attempt === MAX_ATTEMPTS) throw error;
      console.log(`the service is full, trying again in ${delay / 1000} s`);
      await sleep(delay);
    }
  }
}

function printResult(result: AnalyzeResult__Output): void {
  if (result.outcome === "error") {
    console.log(`${result.external_id}: refused, ${result.error?.reason}: ${result.error?.message}`);
    return;
  }
  const insight = result.insight;
  console.log(`${result.external_id}: ${insight?.store_outcome}, severity ${insight?.severity.toFixed(2)}`);
  for (const mention of insight?.mentions ?? []) {
    const polarity = mention.sentiment?.polarity.replace("POLARITY_", "").toLowerCase();
    const touchpoint = mention.touchpoint?.name ?? "no touchpoint";
    console.log(`  ${polarity} ${mention.sentiment?.score.toFixed(2)}  [${touchpoint}]  ${mention.text}`);
  }
}

async function main(): Promise<void> {
  const address = process.argv[2] ?? "127.0.0.1:50051";
  const credentials = grpc.credentials.createInsecure();
  const { AnalysisService } = loadProto<AnalysisProto>("klartext/v1/analysis.proto").klartext.v1;
  const { CommentService } = loadProto<CommentProto>("klartext/v1/comment.proto").klartext.v1;
  const analysis = new AnalysisService(address, credentials);
  const comments = new CommentService(address, credentials);

  console.log("analyse and store");
  const request = { comments: COMMENTS, store: true };
  const response = await withRetries<typeof request, AnalyzeResponse__Output>(analysis.Analyze.bind(analysis), request);
  response.results.forEach(printResult);

  console.log("the same as a stream: nothing is stored twice");
  const stream = analysis.AnalyzeStream({ deadline: Date.now() + DEADLINE_MS });
  stream.write({ options: { store: true, order: "RESULT_ORDER_AS_READY" } });
  for (const comment of COMMENTS) stream.write({ comment });
  stream.end();
  for await (const answer of stream as AsyncIterable<AnalyzeStreamResponse__Output>) {
    console.log(`comment ${answer.sequence} of the stream`);
    if (answer.result) printResult(answer.result);
  }

  console.log("negative mentions");
  const filter = { sources: [SOURCE], mention: { sentiments: ["POLARITY_NEGATIVE" as const] } };
  const list = comments.List.bind(comments);
  let pageToken = "";
  do {
    const page = await withRetries<ListCommentsRequest, ListCommentsResponse__Output>(list, {
      filter,
      page_size: 1,
      page_token: pageToken,
    });
    for (const stored of page.comments) {
      for (const mention of stored.insight?.mentions ?? []) {
        if (mention.sentiment?.polarity === "POLARITY_NEGATIVE") {
          console.log(`  ${stored.comment?.external_id}: ${mention.text}`);
        }
      }
    }
    pageToken = page.next_page_token;
  } while (pageToken !== "");

  analysis.close();
  comments.close();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
