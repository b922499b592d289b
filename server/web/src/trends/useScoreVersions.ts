import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@tanstack/react-query";

import { comments } from "../api/clients";
import { COMMENTS_KEY } from "../comments/useComments";
import { SortBy } from "../gen/klartext/v1/comment_pb";

/** From when on comments have labels of another version. */
export interface VersionChange {
  date: Date;
  from: string;
  to: string;
}

export interface ScoreVersions {
  /** Of the newest comment. */
  latest: string;
  changes: VersionChange[];
}

// More periods than this are looked at by leaving some out.
const MOST_LOOKED_AT = 40;

async function versionWithin(journey: string, from: Date, until: Date, signal: AbortSignal): Promise<string | undefined> {
  const time = { from: timestampFromDate(from), until: timestampFromDate(until) };
  const filter = { journeys: journey === "" ? [] : [journey], time };
  const page = await comments.list({ filter, pageSize: 1, sorting: { by: SortBy.TIME } }, { signal });
  const version = page.comments[0]?.insight?.scoreVersion;
  return version && `${version.bundle} · ${version.journey}`;
}

/** Which versions have labelled the comments of these periods, asked of the newest comment of each. */
export function useScoreVersions(journey: string, starts: Date[], until: Date | undefined) {
  return useQuery({
    queryKey: [COMMENTS_KEY, "versions", journey, starts.map((start) => start.getTime()), until?.getTime()],
    queryFn: async ({ signal }): Promise<ScoreVersions> => {
      const step = Math.ceil(starts.length / MOST_LOOKED_AT);
      const looked = starts.filter((_, at) => at % step === 0);
      const ends = [...looked.slice(1), until ?? new Date()];
      const versions = await Promise.all(
        looked.map((start, at) => versionWithin(journey, start, ends[at] ?? start, signal)),
      );
      const changes: VersionChange[] = [];
      let before: string | undefined;
      versions.forEach((version, at) => {
        const date = looked[at];
        if (version === undefined || !date) return;
        if (before !== undefined && before !== version) changes.push({ date, from: before, to: version });
        before = version;
      });
      return { latest: before ?? "", changes };
    },
    enabled: starts.length > 0,
  });
}
