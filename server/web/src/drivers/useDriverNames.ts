import { useMemo } from "react";

import type { Facet } from "../comments/query";
import { rowNamesOf } from "../figures/rowNames";
import { DriverKind, JourneyDimension, type Driver } from "../gen/klartext/v1/journey_pb";
import { useMessages } from "../i18n";
import { useWords } from "../i18n/useWords";
import { driversWords } from "./words";

const DIMENSIONS: Partial<Record<DriverKind, JourneyDimension>> = {
  [DriverKind.TOUCHPOINT]: JourneyDimension.TOUCHPOINT,
  [DriverKind.TOPIC]: JourneyDimension.TOPIC,
  [DriverKind.FRICTION]: JourneyDimension.FRICTION,
  [DriverKind.HANDOVER]: JourneyDimension.HANDOVER,
};

interface DriverNames {
  name(driver: Driver): string;
  facets(driver: Driver): Partial<Record<Facet, string[]>>;
}

/** A driver's name in the reader's language, and how to ask for its comments. */
export function useDriverNames(): DriverNames {
  const { other } = useWords(driversWords);
  const messages = useMessages();
  return useMemo(() => {
    const names = (driver: Driver) => {
      const dimension = DIMENSIONS[driver.kind];
      return dimension === undefined ? undefined : rowNamesOf(dimension, messages);
    };
    return {
      name: (driver) => names(driver)?.name(driver) ?? other,
      facets: (driver) => names(driver)?.facets(driver) ?? {},
    };
  }, [other, messages]);
}
