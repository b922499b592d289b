import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";

import { AnalysisService } from "../gen/klartext/v1/analysis_pb";
import { CommentService } from "../gen/klartext/v1/comment_pb";
import { InsightService } from "../gen/klartext/v1/inbox_pb";
import { JourneyService } from "../gen/klartext/v1/journey_pb";
import { MeasureService } from "../gen/klartext/v1/measure_pb";
import { PainPointService } from "../gen/klartext/v1/painpoint_pb";
import { RescoringService } from "../gen/klartext/v1/rescoring_pb";
import { SystemService } from "../gen/klartext/v1/system_pb";

const transport = createGrpcWebTransport({ baseUrl: window.location.origin });

export const analysis = createClient(AnalysisService, transport);
export const comments = createClient(CommentService, transport);
export const inbox = createClient(InsightService, transport);
export const journeys = createClient(JourneyService, transport);
export const measures = createClient(MeasureService, transport);
export const painPoints = createClient(PainPointService, transport);
export const rescorings = createClient(RescoringService, transport);
export const system = createClient(SystemService, transport);
