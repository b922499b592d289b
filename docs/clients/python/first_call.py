"""A first conversation with Klartext: analyse and store, stream, and list what customers complain about."""

import sys
import time
from collections.abc import Callable, Iterator

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from klartext.v1 import analysis_pb2, analysis_pb2_grpc, comment_pb2, comment_pb2_grpc, errors_pb2, insight_pb2

# Always give a deadline: work that nobody waits for any more is stopped.
DEADLINE_SECONDS = 30
MAX_ATTEMPTS = 8

COMMENTS = [
    comment_pb2.Comment(
        external_id="4711",
        source="first-call-python",
        channel=comment_pb2.CHANNEL_SURVEY,
        text="Die Fahrerin war sehr freundlich, aber der Bus kam wieder zwanzig Minuten zu spät.",
        scores=comment_pb2.Scores(nps=3),
    ),
    comment_pb2.Comment(
        external_id="4712",
        source="first-call-python",
        channel=comment_pb2.CHANNEL_APP_STORE,
        text="Die App stürzt beim Kauf einer Fahrkarte jedes Mal ab, das ist einfach nur ärgerlich.",
    ),
    # Nothing to read in it: this one is refused, and its neighbours do not mind.
    comment_pb2.Comment(external_id="4713", source="first-call-python", text="   "),
]


def retry_delay(error: grpc.RpcError) -> float | None:
    """How many seconds a full service asks us to stay away; None when trying again is of no use."""
    if error.code() != grpc.StatusCode.RESOURCE_EXHAUSTED:
        return None
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        hint = error_details_pb2.RetryInfo()
        if detail.Unpack(hint):
            return hint.retry_delay.ToTimedelta().total_seconds()
    return None


def with_retries(call: Callable, request):
    """A unary call; when the service is full, come back when it says so."""
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            return call(request, timeout=DEADLINE_SECONDS)
        except grpc.RpcError as error:
            delay = retry_delay(error)
            if delay is None or attempt == MAX_ATTEMPTS:
                raise
            print(f"the service is full, trying again in {delay} s")
            time.sleep(delay)


def print_mentions(insight: insight_pb2.Insight) -> None:
    for mention in insight.mentions:
        polarity = insight_pb2.Polarity.Name(mention.sentiment.polarity).removeprefix("POLARITY_").lower()
        touchpoint = mention.touchpoint.name if mention.HasField("touchpoint") else "no touchpoint"
        print(f"  {polarity:8} {mention.sentiment.score:+.2f}  [{touchpoint}]  {mention.text}")


def print_result(result: analysis_pb2.AnalyzeResult) -> None:
    if result.WhichOneof("outcome") == "error":
        reason = errors_pb2.ErrorReason.Name(result.error.reason)
        print(f"{result.external_id}: refused, {reason}: {result.error.message}")
        return
    outcome = insight_pb2.StoreOutcome.Name(result.insight.store_outcome)
    print(f"{result.external_id}: {outcome}, severity {result.insight.severity:.2f}")
    print_mentions(result.insight)


def stream_requests() -> Iterator[analysis_pb2.AnalyzeStreamRequest]:
    order = analysis_pb2.RESULT_ORDER_AS_READY
    yield analysis_pb2.AnalyzeStreamRequest(options=analysis_pb2.StreamOptions(store=True, order=order))
    for comment in COMMENTS:
        yield analysis_pb2.AnalyzeStreamRequest(comment=comment)


def main() -> None:
    address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051"
    with grpc.insecure_channel(address) as channel:
        analysis = analysis_pb2_grpc.AnalysisServiceStub(channel)
        comments = comment_pb2_grpc.CommentServiceStub(channel)

        print("analyse and store")
        response = with_retries(analysis.Analyze, analysis_pb2.AnalyzeRequest(comments=COMMENTS, store=True))
        for result in response.results:
            print_result(result)

        print("the same as a stream: nothing is stored twice")
        for answer in analysis.AnalyzeStream(stream_requests(), timeout=DEADLINE_SECONDS):
            print(f"comment {answer.sequence} of the stream")
            print_result(answer.result)

        print("negative mentions")
        complaint = comment_pb2.MentionFilter(sentiments=[insight_pb2.POLARITY_NEGATIVE])
        request = comment_pb2.ListCommentsRequest(
            filter=comment_pb2.CommentFilter(sources=["first-call-python"], mention=complaint), page_size=1
        )
        while True:
            page = with_retries(comments.List, request)
            for stored in page.comments:
                for mention in stored.insight.mentions:
                    if mention.sentiment.polarity == insight_pb2.POLARITY_NEGATIVE:
                        print(f"  {stored.comment.external_id}: {mention.text}")
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token


if __name__ == "__main__":
    main()
