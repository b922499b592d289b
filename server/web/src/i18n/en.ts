import { Channel, ScoreKind, SortBy, SurveyKind } from "../gen/klartext/v1/comment_pb";
import { ActionKind, CorrectedLabel, DiscrepancyKind, FrictionKind, Polarity } from "../gen/klartext/v1/insight_pb";

export interface Messages {
  name: string;
  nav: { label: string; journey: string; inbox: string; comments: string; painPoints: string; trends: string; drivers: string; measures: string; map: string; operations: string; import: string; skip: string };
  settings: {
    open: string;
    title: string;
    language: string;
    theme: string;
    themes: Record<"system" | "light" | "dark", string>;
    person: string;
    personHint: string;
    close: string;
  };
  problems: {
    title: string;
    retry: string;
    unavailable: string;
    overloaded: string;
    notFound: string;
    other(message: string): string;
  };
  loading: string;
  notFound: { title: string; text: string; back: string };
  empty: { title: string; text: string; import: string; samples: string };
  comments: {
    title: string;
    found(count: string, one: boolean): string;
    nearest(count: string): string;
    search: string;
    searchHint: string;
    clearSearch: string;
    sort: string;
    sorts: Record<SortBy, string>;
    descending: string;
    ascending: string;
    list: string;
    none: string;
    noneHint: string;
    more: string;
    similarity(value: string): string;
    export: string;
    exporting(count: string): string;
  };
  filters: {
    title: string;
    open(count: number): string;
    close: string;
    clear: string;
    remove: string;
    active: string;
    ofMention: string;
    ofComment: string;
    touchpoint: string;
    owner: string;
    phase: string;
    topic: string;
    mentionSentiment: string;
    friction: string;
    channel: string;
    source: string;
    journey: string;
    language: string;
    surveyKind: string;
    subject: string;
    period: string;
    from: string;
    until: string;
    sentiment: string;
    action: string;
    handover: string;
    asked: string;
    scores: string;
    min: string;
    max: string;
    add: string;
    freeHint: string;
  };
  detail: {
    title: string;
    close: string;
    mentions: string;
    mention(index: number): string;
    noMentions: string;
    question: string;
    source: string;
    subject: string;
    externalId: string;
    time: string;
    stored: string;
    language: string;
    attributes: string;
    severity: string;
    action: string;
    discrepancy: string;
    handover: string;
    openOwner: string;
    scoreVersion: string;
    confidence(value: string): string;
    minutes(value: string): string;
    contacts(value: string): string;
    given: string;
    similar: string;
    why: string;
    whyClose: string;
    whyHint: string;
    speaksFor(points: string): string;
    speaksAgainst(points: string): string;
    correctedBy(person: string, day: string): string;
    masked: string;
  };
  correct: {
    change(label: string): string;
    title(label: string): string;
    none: string;
    save: string;
    cancel: string;
    withdraw: string;
    undo: string;
    saved(label: string): string;
    withdrawn(label: string): string;
    undone: string;
    person: string;
    personHint: string;
  };
  labels: {
    noTouchpoint: string;
    noTopic: string;
    polarity: Record<Polarity, string>;
    channel: Record<Channel, string>;
    surveyKind: Record<SurveyKind, string>;
    friction: Record<FrictionKind, string>;
    action: Record<ActionKind, string>;
    discrepancy: Record<DiscrepancyKind, string>;
    correctedLabel: Record<CorrectedLabel, string>;
    score: Record<ScoreKind, string>;
    language: Record<string, string>;
    phase: Record<string, string>;
  };
}

export const en: Messages = {
  name: "Klartext",
  nav: { label: "Views", journey: "Journey", inbox: "Inbox", comments: "Comments", painPoints: "Pain points", trends: "Trends", drivers: "Drivers", measures: "Measures", map: "Map", operations: "Operations", import: "Import", skip: "Skip to content" },
  settings: {
    open: "Settings",
    title: "Settings",
    language: "Language",
    theme: "Appearance",
    themes: { system: "As the device", light: "Light", dark: "Dark" },
    person: "Your name",
    personHint: "Stands beside your corrections. A pseudonym is fine.",
    close: "Done",
  },
  problems: {
    title: "That did not work",
    retry: "Try again",
    unavailable: "The service does not answer. It may be starting, or its store may be away.",
    overloaded: "The service is busy. Wait a moment and try again.",
    notFound: "It is not there any more. Somebody may have deleted it.",
    other: (message) => `The service says: ${message}`,
  },
  loading: "Loading …",
  notFound: { title: "There is no such page", text: "The address may be mistyped.", back: "To the comments" },
  empty: {
    title: "No comments yet",
    text: "Bring in a file of customer comments. Klartext reads each one: what it is about, who is responsible, how it is meant.",
    import: "Import a CSV file",
    samples: "Or try it with 315 sample comments of a public-transport company, on a new data folder:",
  },
  comments: {
    title: "Comments",
    found: (count, one) => (one ? `${count} comment` : `${count} comments`),
    nearest: (count) => `The ${count} nearest mentions`,
    search: "Search by meaning",
    searchHint: "e.g. nobody tells me what happens next",
    clearSearch: "Clear search",
    sort: "Sort by",
    sorts: {
      [SortBy.UNSPECIFIED]: "Time",
      [SortBy.TIME]: "Time",
      [SortBy.NPS]: "NPS",
      [SortBy.CSAT]: "CSAT",
      [SortBy.STARS]: "Stars",
      [SortBy.SENTIMENT]: "Sentiment",
      [SortBy.SEVERITY]: "Severity",
    },
    descending: "Highest or newest first",
    ascending: "Lowest or oldest first",
    list: "Comments found",
    none: "No comment matches",
    noneHint: "Remove a filter, or say it in other words.",
    more: "Loading more …",
    similarity: (value) => `Similarity ${value}`,
    export: "Save as CSV",
    exporting: (count) => `${count} written …`,
  },
  filters: {
    title: "Filters",
    open: (count) => (count > 0 ? `Filters (${count})` : "Filters"),
    close: "Show comments",
    clear: "Remove all",
    remove: "Remove",
    active: "Active filters",
    ofMention: "What is said",
    ofComment: "The comment",
    touchpoint: "Touchpoint",
    owner: "Owner",
    phase: "Phase",
    topic: "Topic",
    mentionSentiment: "How it is meant",
    friction: "Friction",
    channel: "Channel",
    source: "Source",
    journey: "Journey",
    language: "Language",
    surveyKind: "Survey",
    subject: "Subject",
    period: "Period",
    from: "From",
    until: "Until",
    sentiment: "Overall sentiment",
    action: "What to do",
    handover: "Handover",
    asked: "Touchpoint asked about",
    scores: "Scores",
    min: "from",
    max: "to",
    add: "Add",
    freeHint: "Exactly as it was sent",
  },
  detail: {
    title: "Comment",
    close: "Close",
    mentions: "What Klartext reads in it",
    mention: (index) => `Mention ${index}`,
    noMentions: "Nothing in it could be read as a mention.",
    question: "Question",
    source: "Source",
    subject: "Subject",
    externalId: "Id",
    time: "Said",
    stored: "Stored",
    language: "Language",
    attributes: "Context",
    severity: "Severity",
    action: "To do",
    discrepancy: "Score and text",
    handover: "Handover",
    openOwner: "open",
    scoreVersion: "Labels by",
    confidence: (value) => `${value} sure`,
    minutes: (value) => `${value} min`,
    contacts: (value) => `${value} contacts`,
    given: "named by the sender",
    similar: "Find similar",
    why: "Why?",
    whyClose: "Hide why",
    whyHint: "By how many points each label would be less sure without a word; below 0 the word speaks against it.",
    speaksFor: (points) => `Speaks for it: ${points} points`,
    speaksAgainst: (points) => `Speaks against it: ${points} points`,
    correctedBy: (person, day) => `corrected by ${person}, ${day}`,
    masked: "Personal data are masked before anything is stored.",
  },
  correct: {
    change: (label) => `Correct: ${label}`,
    title: (label) => `Correct the ${label.toLowerCase()}`,
    none: "None of them",
    save: "Save",
    cancel: "Cancel",
    withdraw: "Withdraw",
    undo: "Undo",
    saved: (label) => `${label} corrected.`,
    withdrawn: (label) => `${label}: the machine's label counts again.`,
    undone: "Taken back.",
    person: "Your name",
    personHint: "Asked once; it stands beside your corrections.",
  },
  labels: {
    noTouchpoint: "No touchpoint",
    noTopic: "No topic",
    polarity: {
      [Polarity.UNSPECIFIED]: "unknown",
      [Polarity.NEGATIVE]: "negative",
      [Polarity.NEUTRAL]: "neutral",
      [Polarity.POSITIVE]: "positive",
      [Polarity.MIXED]: "mixed",
    },
    channel: {
      [Channel.UNSPECIFIED]: "Channel unknown",
      [Channel.SURVEY]: "Survey",
      [Channel.CALL_CENTRE]: "Call centre",
      [Channel.E_MAIL]: "E-mail",
      [Channel.CHAT]: "Chat",
      [Channel.APP_STORE]: "App store",
      [Channel.REVIEW_SITE]: "Review site",
      [Channel.SOCIAL]: "Social media",
      [Channel.SHOP]: "Shop",
      [Channel.OTHER]: "Other",
    },
    surveyKind: {
      [SurveyKind.UNSPECIFIED]: "unknown",
      [SurveyKind.PERMANENT]: "permanent",
      [SurveyKind.TEMPORARY]: "temporary",
      [SurveyKind.COMMUNITY]: "community",
    },
    friction: {
      [FrictionKind.UNSPECIFIED]: "unknown",
      [FrictionKind.WAITING]: "Waiting",
      [FrictionKind.REPEATED_CONTACT]: "Repeated contact",
      [FrictionKind.UNCERTAINTY]: "Uncertainty",
      [FrictionKind.DEAD_END]: "Dead end",
    },
    action: {
      [ActionKind.UNSPECIFIED]: "unknown",
      [ActionKind.NONE]: "Nothing to do",
      [ActionKind.ANSWER_NEEDED]: "Answer needed",
      [ActionKind.SUGGESTION]: "Suggestion",
      [ActionKind.PRAISE]: "Praise to pass on",
    },
    discrepancy: {
      [DiscrepancyKind.UNSPECIFIED]: "unknown",
      [DiscrepancyKind.NONE]: "agree",
      [DiscrepancyKind.SCORE_ABOVE_TEXT]: "Good score, bad text",
      [DiscrepancyKind.SCORE_BELOW_TEXT]: "Bad score, no complaint",
      [DiscrepancyKind.OTHER_TOUCHPOINT]: "Complaint is about another touchpoint",
    },
    correctedLabel: {
      [CorrectedLabel.UNSPECIFIED]: "unknown",
      [CorrectedLabel.SENTIMENT]: "Sentiment",
      [CorrectedLabel.TOPICS]: "Topics",
      [CorrectedLabel.TOUCHPOINT]: "Touchpoint",
    },
    score: {
      [ScoreKind.UNSPECIFIED]: "unknown",
      [ScoreKind.NPS]: "NPS",
      [ScoreKind.CSAT]: "CSAT",
      [ScoreKind.STARS]: "Stars",
      [ScoreKind.SENTIMENT]: "Sentiment",
      [ScoreKind.SEVERITY]: "Severity",
    },
    language: { de: "German", en: "English", other: "other" },
    phase: {
      awareness: "Awareness",
      consideration: "Consideration",
      purchase: "Purchase",
      retention: "Retention",
      advocacy: "Advocacy",
    },
  },
};
