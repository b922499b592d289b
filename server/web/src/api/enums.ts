import type { DescEnum, DescEnumValue } from "@bufbuild/protobuf";

/** The small name of an enum's value, as in addresses and files: Channel.CALL_CENTRE is "call_centre". */
export function nameOf(schema: DescEnum, value: number): string {
  return schema.value[value]?.localName.toLowerCase() ?? "";
}

/** The value of a small name, or of the name that it has in the interface; undefined when there is none. */
export function valueOf<T extends number>(schema: DescEnum, name: string): T | undefined {
  const isNamed = (value: DescEnumValue) => value.localName.toLowerCase() === name || value.name === name;
  const found = schema.values.find((value) => isNamed(value) && value.number !== 0);
  return found?.number as T | undefined;
}

/** All values but "unspecified". */
export function valuesOf<T extends number>(schema: DescEnum): T[] {
  return schema.values.map((value) => value.number as T).filter((value) => value !== 0);
}
