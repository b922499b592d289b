import type { DescEnum } from "@bufbuild/protobuf";

/** The small name of an enum's value, as in addresses and files: Channel.CALL_CENTRE is "call_centre". */
export function nameOf(schema: DescEnum, value: number): string {
  return schema.value[value]?.localName.toLowerCase() ?? "";
}

/** The value of a small name; undefined when there is none. */
export function valueOf<T extends number>(schema: DescEnum, name: string): T | undefined {
  const found = schema.values.find((value) => value.localName.toLowerCase() === name && value.number !== 0);
  return found?.number as T | undefined;
}

/** All values but "unspecified". */
export function valuesOf<T extends number>(schema: DescEnum): T[] {
  return schema.values.map((value) => value.number as T).filter((value) => value !== 0);
}
