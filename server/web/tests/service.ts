import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const BINARY = process.env.KLARTEXT ?? "klartext";
const LISTENS = /listens on (http:\/\/\S+) \(gRPC\)/;

/** A real service with a data folder of its own. */
export class Service {
  private constructor(
    readonly address: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(...settings: string[]): Promise<Service> {
    const folder = mkdtempSync(join(tmpdir(), "klartext-web-"));
    const ports = ["--listen", "127.0.0.1:0", "--set", "listen.http="];
    const started = spawn(BINARY, ["serve", "--data", join(folder, "data"), ...ports, ...settings], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, KLARTEXT_LOG__FILTER: "warn" },
    });
    for await (const line of createInterface({ input: started.stdout })) {
      const address = LISTENS.exec(line)?.[1];
      if (address) return new Service(address, started, folder);
    }
    throw new Error(`${BINARY} ended before it listened`);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
