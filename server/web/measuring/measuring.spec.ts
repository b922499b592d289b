import { clone, create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Browser, Page } from "@playwright/test";

import { MapPointSchema, PainPointMapResponseSchema, type MapPoint } from "../src/gen/klartext/v1/painpoint_pb";
import { discovered, test } from "../tests/support";

const POINTS = Number(process.env.POINTS ?? 50_000);
const FRAMES = 120;
const ROUNDS = 5;
// The address of another service, of an older build for example, to compare first views with in the same run.
const COMPARED_WITH = process.env.COMPARED_WITH;
// Of gRPC-web: a flag and a length before each message; the trailers have the highest bit of the flag.
const HEAD = 5;
const TRAILERS = 0x80;
const SPREAD = 0.35;

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const percentile = (values: number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;

interface Frame {
  flag: number;
  body: Buffer;
}

function framesOf(reply: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + HEAD <= reply.length; ) {
    const length = reply.readUInt32BE(at + 1);
    frames.push({ flag: reply[at] ?? 0, body: reply.subarray(at + HEAD, at + HEAD + length) });
    at += HEAD + length;
  }
  return frames;
}

function bytesOf({ flag, body }: Frame): Buffer {
  const head = Buffer.alloc(HEAD);
  head[0] = flag;
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** So many points, scattered around the real ones. */
function multiplied(points: MapPoint[]): MapPoint[] {
  const scatter = () => (Math.random() + Math.random() - 1) * SPREAD;
  return Array.from({ length: POINTS }, (_, at) => {
    const point = clone(MapPointSchema, points[at % points.length] ?? create(MapPointSchema));
    point.index = at;
    point.x += scatter();
    point.y += scatter();
    return point;
  });
}

/** The service's own map, with every point many times over: comments enough for as many mentions are not at hand. */
async function withManyPoints(page: Page): Promise<void> {
  await page.route("**/klartext.v1.PainPointService/Map", async (route) => {
    const reply = await route.fetch();
    const frames = framesOf(await reply.body());
    const points = frames
      .filter(({ flag }) => flag < TRAILERS)
      .flatMap(({ body }) => fromBinary(PainPointMapResponseSchema, body).points);
    const message = create(PainPointMapResponseSchema, { points: multiplied(points) });
    const many = { flag: 0, body: Buffer.from(toBinary(PainPointMapResponseSchema, message)) };
    const trailers = frames.filter(({ flag }) => flag >= TRAILERS);
    await route.fulfill({ response: reply, body: Buffer.concat([many, ...trailers].map(bytesOf)) });
  });
}

test("frames of the map while it is dragged", async ({ page, service }) => {
  await discovered(page, service);
  await withManyPoints(page);
  await page.goto(`${service}/map`);
  await page.getByText(`${POINTS.toLocaleString("en")} mentions`).waitFor();
  const times = await page.getByRole("img", { name: /^Map of mentions/ }).evaluate(async (canvas, count) => {
    const frames: number[] = [];
    const pointer = (kind: string, at: number) =>
      canvas.dispatchEvent(
        new PointerEvent(kind, { bubbles: true, pointerId: 1, clientX: 700 + 100 * Math.sin(at / 9), clientY: 400 }),
      );
    canvas.setPointerCapture = () => undefined;
    pointer("pointerdown", 0);
    let before = performance.now();
    for (let at = 0; at < count; at += 1) {
      pointer("pointermove", at);
      await new Promise(requestAnimationFrame);
      // What was drawn is only known when it is read back; without that the frames would be counted and not drawn.
      const gl = (canvas as HTMLCanvasElement).getContext("webgl2");
      gl?.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
      const now = performance.now();
      frames.push(now - before);
      before = now;
    }
    pointer("pointerup", count);
    return frames;
  }, FRAMES);
  const [usual, slow] = [median(times), percentile(times, 0.95)];
  console.log(`map, ${POINTS} points: ${usual.toFixed(0)} ms a frame (median; ${slow.toFixed(0)} ms at the 95th percentile), ${(1000 / usual).toFixed(0)} frames a second`);
});

/** From the address to what a reader came for, with an empty cache. */
async function firstView(browser: Browser, address: string, seen: (page: Page) => Promise<void>): Promise<number> {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  const before = performance.now();
  await page.goto(address);
  await seen(page);
  const taken = performance.now() - before;
  await context.close();
  return taken;
}

test("first views", async ({ browser, page, service }) => {
  const services = COMPARED_WITH === undefined ? [service] : [service, COMPARED_WITH];
  for (const one of services) await discovered(page, one);
  const views: [path: string, seen: (page: Page) => Promise<void>, of?: string][] = [
    ["", (view) => view.getByRole("listitem").first().waitFor()],
    ["comments", (view) => view.getByRole("grid").getByRole("row").first().waitFor()],
    ["inbox", (view) => view.getByRole("grid").getByRole("row").first().waitFor()],
    ["journey", (view) => view.getByRole("link", { name: /mentions$/ }).first().waitFor()],
    ["pain-points", (view) => view.getByRole("table").waitFor()],
    ["trends", (view) => view.getByRole("img").first().waitFor()],
    ["drivers", (view) => view.getByRole("table").waitFor()],
    ["map", (view) => view.getByText(/\d mentions( so far|$)/).waitFor()],
    ["map", (view) => view.getByText(/\d mentions$/).waitFor(), ", whole"],
  ];
  for (const [path, seen, of = ""] of views) {
    // In turn, so that what else the machine does meets both.
    const times: number[][] = services.map(() => []);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [at, one] of services.entries()) times[at]?.push(await firstView(browser, `${one}/${path}`, seen));
    }
    const [here = 0, there] = times.map(median);
    const best = Math.min(...(times[0] ?? []));
    const ratio = there === undefined ? "" : `, ${(here / there).toFixed(2)} of the other's ${there.toFixed(0)} ms`;
    console.log(`first view of /${path}${of}: ${here.toFixed(0)} ms (median of ${ROUNDS}), ${best.toFixed(0)} ms at best${ratio}`);
  }
});
