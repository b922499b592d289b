#!/usr/bin/env python3
"""The journey's figures by touchpoint, calculated from an export: another program, another language, another way.

  klartext export --journey public-transport --out comments.jsonl
  klartext journey insights --journey public-transport --format json > insights.json
  journey_figures.py comments.jsonl                            # prints the figures
  journey_figures.py comments.jsonl --against insights.json    # exit code 1 when the service says something else

Both commands need the same filter. Mentions and comments, net sentiment, NPS and CSAT with how many answers each rests on
are compared, for every touchpoint and for all comments. Standard library only; comments are read one after the other.
"""

import argparse
import json
import sys
import time

TOLERANCE = 1e-6
FIGURES = ["netSentiment", "nps", "csat"]
POINTS = {"POLARITY_POSITIVE": 100, "POLARITY_NEGATIVE": -100}
# Of all comments.
TOTAL = ""


class Figures:
    def __init__(self):
        self.mentions = 0
        self.comments = 0
        self.sums = dict.fromkeys(FIGURES, 0.0)
        self.counts = dict.fromkeys(FIGURES, 0)

    def add(self, figure: str, value: float) -> None:
        self.sums[figure] += value
        self.counts[figure] += 1

    def add_comment(self, scores: dict) -> None:
        self.comments += 1
        if "nps" in scores:
            self.add("nps", 100 if scores["nps"] >= 9 else -100 if scores["nps"] <= 6 else 0)
        if "csat" in scores:
            self.add("csat", scores["csat"])

    def add_mention(self, mention: dict) -> None:
        self.mentions += 1
        self.add("netSentiment", POINTS.get(mention.get("sentiment", {}).get("polarity"), 0))

    def summary(self) -> dict:
        summary = {"mentions": self.mentions, "comments": self.comments}
        for figure in FIGURES:
            if self.counts[figure]:
                value = self.sums[figure] / self.counts[figure]
                summary[figure] = {"value": value, "count": self.counts[figure]}
        return summary


def touchpoint_of(mention: dict, insight: dict) -> str | None:
    """Named in the text, or else by the caller."""
    tag = mention.get("touchpoint") or insight.get("givenTouchpoint")
    return tag["touchpoint"] if tag else None


def calculated(lines) -> dict:
    """Figures by touchpoint. Community surveys do not belong into the continuous measure."""
    figures: dict[str, Figures] = {TOTAL: Figures()}
    for line in lines:
        stored = json.loads(line)
        comment, insight = stored["comment"], stored["insight"]
        if comment.get("surveyKind") == "SURVEY_KIND_COMMUNITY":
            continue
        scores = comment.get("scores", {})
        mentions = insight.get("mentions", [])
        touchpoints = [touchpoint_of(mention, insight) for mention in mentions]
        for touchpoint in {TOTAL, *touchpoints} - {None}:
            figures.setdefault(touchpoint, Figures()).add_comment(scores)
        for mention, touchpoint in zip(mentions, touchpoints):
            for value in {TOTAL, touchpoint} - {None}:
                figures[value].add_mention(mention)
    return {value: of_value.summary() for value, of_value in figures.items()}


def said(insights: dict) -> dict:
    """The same of what the service answers, without touchpoints that nobody speaks of."""
    rows = [*insights.get("rows", []), {**insights["total"], "value": TOTAL}]
    figures = {}
    for row in rows:
        of_row = row.get("figures", {})
        summary = {"mentions": int(of_row.get("mentions", 0)), "comments": int(of_row.get("comments", 0))}
        for figure in FIGURES:
            if figure in of_row:
                estimate = of_row[figure]
                summary[figure] = {"value": estimate.get("value", 0.0), "count": int(estimate["count"])}
        if summary["mentions"] or row["value"] == TOTAL:
            figures[row["value"]] = summary
    return figures


def differences(left: dict, right: dict) -> list[str]:
    found = []
    for value in sorted({*left, *right}):
        one, other = left.get(value, {}), right.get(value, {})
        for figure in ["mentions", "comments", *FIGURES]:
            if not same(one.get(figure), other.get(figure)):
                found.append(f"{value or 'all'}: {figure} is {one.get(figure)}, the service says {other.get(figure)}")
    return found


def same(one, other) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one["count"] == other["count"] and abs(one["value"] - other["value"]) < TOLERANCE
    return one == other


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", help="what klartext export wrote")
    parser.add_argument("--against", metavar="FILE", help="what klartext journey insights --format json printed")
    arguments = parser.parse_args()
    start = time.perf_counter()
    with open(arguments.export, encoding="utf-8") as lines:
        figures = calculated(lines)
    print(json.dumps(figures, indent=1))
    total = figures[TOTAL]
    print(f"{total['comments']} comments in {time.perf_counter() - start:.1f} s", file=sys.stderr)
    if arguments.against:
        with open(arguments.against, encoding="utf-8") as answer:
            found = differences(figures, said(json.load(answer)))
        for difference in found:
            print(difference, file=sys.stderr)
        print("the service says the same" if not found else f"{len(found)} differences", file=sys.stderr)
        sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
