// A first conversation with Klartext: analyse and store, stream, and list what customers complain about.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	klartext "example.com/first-call/klartext/v1"
)

const (
	// Always give a deadline: work that nobody waits for any more is stopped.
	deadline    = 30 * time.Second
	maxAttempts = 8
	source      = "first-call-go"
)

func comments() []*klartext.Comment {
	return []*klartext.Comment{
		{
			ExternalId: "4711",
			Source:     source,
			Channel:    klartext.Channel_CHANNEL_SURVEY,
			Text:       "Die Fahrerin war sehr freundlich, aber der Bus kam wieder zwanzig Minuten zu spät.",
			Scores:     &klartext.Scores{Nps: proto.Float64(3)},
		},
		{
			ExternalId: "4712",
			Source:     source,
			Channel:    klartext.Channel_CHANNEL_APP_STORE,
			Text:       "Die App stürzt beim Kauf einer Fahrkarte jedes Mal ab, das ist einfach nur ärgerlich.",
		},
		// Nothing to read in it: this one is refused, and its neighbours do not mind.
		{ExternalId: "4713", Source: source, Text: "   "},
	}
}

// retryDelay says how long a full service asks us to stay away; false when trying again is of no use.
func retryDelay(err error) (time.Duration, bool) {
	failure := status.Convert(err)
	if failure.Code() != codes.ResourceExhausted {
		return 0, false
	}
	for _, detail := range failure.Details() {
		if hint, ok := detail.(*errdetails.RetryInfo); ok {
			return hint.GetRetryDelay().AsDuration(), true
		}
	}
	return 0, false
}

// withRetries makes a unary call; when the service is full, it comes back when the service says so.
func withRetries(call func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		err := call(ctx)
		cancel()
		delay, again := retryDelay(err)
		if err == nil || !again || attempt == maxAttempts {
			return err
		}
		fmt.Printf("the service is full, trying again in %v s\n", delay.Seconds())
		time.Sleep(delay)
	}
}

func printResult(result *klartext.AnalyzeResult) {
	if refusal := result.GetError(); refusal != nil {
		fmt.Printf("%s: refused, %s: %s\n", result.GetExternalId(), refusal.GetReason(), refusal.GetMessage())
		return
	}
	insight := result.GetInsight()
	fmt.Printf("%s: %s, severity %.2f\n", result.GetExternalId(), insight.GetStoreOutcome(), insight.GetSeverity())
	for _, mention := range insight.GetMentions() {
		polarity := strings.ToLower(strings.TrimPrefix(mention.GetSentiment().GetPolarity().String(), "POLARITY_"))
		touchpoint := "no touchpoint"
		if mention.GetTouchpoint() != nil {
			touchpoint = mention.GetTouchpoint().GetName()
		}
		fmt.Printf("  %-8s %+.2f  [%s]  %s\n", polarity, mention.GetSentiment().GetScore(), touchpoint, mention.GetText())
	}
}

func analyze(analysis klartext.AnalysisServiceClient) error {
	return withRetries(func(ctx context.Context) error {
		response, err := analysis.Analyze(ctx, &klartext.AnalyzeRequest{Comments: comments(), Store: true})
		for _, result := range response.GetResults() {
			printResult(result)
		}
		return err
	})
}

func stream(analysis klartext.AnalysisServiceClient) error {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	calls, err := analysis.AnalyzeStream(ctx)
	if err != nil {
		return err
	}
	// Sending waits while the service is full, so results are read beside it.
	sent := make(chan error, 1)
	go func() {
		options := &klartext.StreamOptions{Store: true, Order: klartext.ResultOrder_RESULT_ORDER_AS_READY}
		err := calls.Send(&klartext.AnalyzeStreamRequest{Message: &klartext.AnalyzeStreamRequest_Options{Options: options}})
		for _, comment := range comments() {
			if err == nil {
				message := &klartext.AnalyzeStreamRequest_Comment{Comment: comment}
				err = calls.Send(&klartext.AnalyzeStreamRequest{Message: message})
			}
		}
		sent <- errors.Join(err, calls.CloseSend())
	}()
	for {
		answer, err := calls.Recv()
		if errors.Is(err, io.EOF) {
			return <-sent
		}
		if err != nil {
			return err
		}
		fmt.Printf("comment %d of the stream\n", answer.GetSequence())
		printResult(answer.GetResult())
	}
}

func listComplaints(stored klartext.CommentServiceClient) error {
	negative := klartext.Polarity_POLARITY_NEGATIVE
	request := &klartext.ListCommentsRequest{
		Filter: &klartext.CommentFilter{
			Sources: []string{source},
			Mention: &klartext.MentionFilter{Sentiments: []klartext.Polarity{negative}},
		},
		PageSize: 1,
	}
	for {
		var page *klartext.ListCommentsResponse
		err := withRetries(func(ctx context.Context) (err error) {
			page, err = stored.List(ctx, request)
			return err
		})
		if err != nil {
			return err
		}
		for _, comment := range page.GetComments() {
			for _, mention := range comment.GetInsight().GetMentions() {
				if mention.GetSentiment().GetPolarity() == negative {
					fmt.Printf("  %s: %s\n", comment.GetComment().GetExternalId(), mention.GetText())
				}
			}
		}
		if page.GetNextPageToken() == "" {
			return nil
		}
		request.PageToken = page.GetNextPageToken()
	}
}

func run(address string) error {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	analysis := klartext.NewAnalysisServiceClient(connection)

	fmt.Println("analyse and store")
	if err := analyze(analysis); err != nil {
		return err
	}
	fmt.Println("the same as a stream: nothing is stored twice")
	if err := stream(analysis); err != nil {
		return err
	}
	fmt.Println("negative mentions")
	return listComplaints(klartext.NewCommentServiceClient(connection))
}

func main() {
	address := "127.0.0.1:50051"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if err := run(address); err != nil {
		log.Fatal(err)
	}
}
