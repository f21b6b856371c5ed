// Wrong: the worker of the tutorials. It waits for ever, whether its channel is still there or not.
//
// Found by: hung|consumer-not-renewed
// Sweep with: --before SEED --faults close-channel-406,delete-queue,cancel-consumer

package main

import (
	"log"
	"os"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() {
	connection, err := amqp.Dial(os.Getenv("AMQP_URL"))
	if err != nil {
		log.Fatal(err)
	}
	channel, err := connection.Channel()
	if err != nil {
		log.Fatal(err)
	}
	if err := channel.Qos(1, 0, false); err != nil {
		log.Fatal(err)
	}
	deliveries, err := channel.Consume("jobs", "", false, false, false, false, nil)
	if err != nil {
		log.Fatal(err)
	}
	finished := make(chan bool)
	go func() {
		handled := map[string]bool{}
		for delivery := range deliveries {
			delivery.Ack(false)
			handled[string(delivery.Body)] = true
			if len(handled) == 3 {
				finished <- true
			}
		}
	}()
	<-finished
	connection.Close()
}
