// amqp091-go: a publisher that learns from a confirm that its second message was not taken.
package main

import (
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func publish(channel *amqp.Channel, body string) bool {
	message := amqp.Publishing{Body: []byte(body)}
	confirm := must(channel.PublishWithDeferredConfirmWithContext(context.Background(), "", "jobs", true, false, message))
	return confirm.Wait()
}

func main() {
	control := os.Getenv("CONTROL_URL")
	connection := must(amqp.Dial(os.Getenv("AMQP_URL")))
	defer connection.Close()
	channel := must(connection.Channel())
	must(channel.QueueDeclare("jobs", true, false, false, false, nil))
	must(0, channel.Confirm(false))
	if !publish(channel, "resize") {
		log.Fatal("the first was not confirmed")
	}

	fault := `{"when": {"what": "basic.ack", "direction": "out"}, "then": {"action": "nack"}}`
	must(http.Post(control+"/faults", "application/json", strings.NewReader(fault)))
	if publish(channel, "crop") {
		log.Fatal("the second was confirmed")
	}

	journal := must(io.ReadAll(must(http.Get(control + "/journal?name=basic.nack")).Body))
	if !strings.Contains(string(journal), "basic.nack") {
		log.Fatal("the journal has no basic.nack")
	}
}
