import { Service } from "./service";

/** Starts the services once for all tests, and stops them afterwards. */
export default async function startServices(): Promise<() => Promise<void>> {
  const [withSamples, empty] = [await Service.start("--samples"), await Service.start()];
  process.env.SERVICE_WITH_SAMPLES = withSamples.address;
  process.env.EMPTY_SERVICE = empty.address;
  return async () => {
    await Promise.all([withSamples.stop(), empty.stop()]);
  };
}
