/** What the module of a view may bring beside the view. */
interface ViewModule {
  /** Asks for what the view shows, so that the answer is on its way while the view is drawn. */
  ask?(parameters: URLSearchParams): void;
}

/** The views by how they are read: each only when it is opened. */
export const views = {
  overview: () => import("../overview/OverviewPage"),
  journey: () => import("../journey/JourneyPage"),
  inbox: () => import("../inbox/InboxPage"),
  inboxItem: () => import("../inbox/InboxPanel"),
  comments: () => import("../comments/CommentsPage"),
  comment: () => import("../comments/CommentPanel"),
  painPoints: () => import("../painpoints/PainPointsPage"),
  painPoint: () => import("../painpoints/PainPointPage"),
  trends: () => import("../trends/TrendsPage"),
  drivers: () => import("../drivers/DriversPage"),
  measures: () => import("../measures/MeasuresPage"),
  measure: () => import("../measures/MeasurePage"),
  map: () => import("../map/MapPage"),
  operations: () => import("../operations/OperationsPage"),
  import: () => import("../import/ImportPage"),
};

// By the parts of a path; the first of several is the one that asks, and another stands beside it.
const AT: Record<string, (() => Promise<object>)[] | undefined> = {
  "": [views.overview],
  journey: [views.journey],
  inbox: [views.inbox],
  "inbox/:id": [views.inbox, views.inboxItem],
  comments: [views.comments],
  "comments/:id": [views.comments, views.comment],
  "pain-points": [views.painPoints],
  "pain-points/:id": [views.painPoint],
  trends: [views.trends],
  drivers: [views.drivers],
  measures: [views.measures],
  "measures/:id": [views.measure],
  map: [views.map],
  operations: [views.operations],
  import: [views.import],
};

/** Reads what stands at a path; nothing for a path that has no view. */
export async function viewAt(path: string): Promise<ViewModule | undefined> {
  const [, name = "", id] = path.split("/");
  const modules = await Promise.all((AT[id ? `${name}/:id` : name] ?? []).map((read) => read()));
  return modules[0];
}
