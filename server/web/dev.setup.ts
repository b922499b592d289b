import { preview } from "vite";
import { Service } from "./tests/service";
export default async function start() {
  const services = [await Service.start("--samples"), await Service.start()];
  const pages = [];
  for (const s of services) pages.push(await preview({ build: { outDir: "/tmp/dist3" }, preview: { port: 7070 + pages.length, host: "127.0.0.1", proxy: { "/klartext.v1.": s.address } } }));
  process.env.SERVICE_WITH_SAMPLES = "http://127.0.0.1:7070";
  process.env.EMPTY_SERVICE = "http://127.0.0.1:7071";
  return async () => { for (const p of pages) await p.close(); await Promise.all(services.map((s) => s.stop())); };
}
