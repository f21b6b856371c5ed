// Wrong: it waits for a confirm and does not look whether it is an ack, so what the broker has refused is lost.
//
// Found by: never-confirmed|lost
// Sweep with: --faults nack

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
	if err := channel.Confirm(false); err != nil {
		log.Fatal(err)
	}
	confirms := channel.NotifyPublish(make(chan amqp.Confirmation, 1))
	if _, err := channel.QueueDeclare("orders", true, false, false, false, nil); err != nil {
		log.Fatal(err)
	}
	for _, body := range []string{"order 0", "order 1", "order 2"} {
		message := amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(body)}
		if err := channel.Publish("", "orders", false, false, message); err != nil {
			log.Fatal(err)
		}
		<-confirms
	}
	connection.Close()
}
