import { nameOf } from "../api/enums";
import { DriverKindSchema, DriverQuadrantSchema, type Driver } from "../gen/klartext/v1/journey_pb";
import { saveCsv } from "../ui/saveFile";

/** Saves drivers with the names that the reader saw. */
export function saveDrivers(drivers: { driver: Driver; name: string }[]): void {
  saveCsv(
    "drivers.csv",
    drivers.map(({ driver, name }) => ({
      kind: nameOf(DriverKindSchema, driver.kind),
      value: driver.value,
      name,
      quadrant: nameOf(DriverQuadrantSchema, driver.quadrant),
      importance: driver.importance?.value ?? "",
      importance_low: driver.importance?.low ?? "",
      importance_high: driver.importance?.high ?? "",
      net: driver.net?.value ?? "",
      negative_per_mention: driver.negative?.perMention?.value ?? "",
      positive_per_mention: driver.positive?.perMention?.value ?? "",
      fulfilment: driver.fulfilment?.value ?? "",
      comments: String(driver.comments),
    })),
  );
}
