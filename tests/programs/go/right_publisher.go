// Right: it publishes each order until it is confirmed, with a limit of time for each, and connects again when anything breaks.
//
// Sweep with: --allow-exit 3

package main

import (
	"errors"
	"log"
	"net"
	"os"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

var orders = []string{"order 0", "order 1", "order 2"}

func publish(done chan error) {
	dial := func(network, address string) (net.Conn, error) {
		connection, err := net.DialTimeout(network, address, 3*time.Second)
		if err == nil {
			err = connection.SetDeadline(time.Now().Add(3 * time.Second)) // for the handshake
		}
		return connection, err
	}
	connection, err := amqp.DialConfig(os.Getenv("AMQP_URL"), amqp.Config{Dial: dial, Heartbeat: 2 * time.Second})
	if err != nil {
		done <- err
		return
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err == nil {
		err = channel.Confirm(false)
	}
	if err == nil {
		_, err = channel.QueueDeclare("orders", true, false, false, false, nil)
	}
	if err != nil {
		done <- err
		return
	}
	confirms := channel.NotifyPublish(make(chan amqp.Confirmation, 1))
	for len(orders) > 0 {
		message := amqp.Publishing{DeliveryMode: amqp.Persistent, Body: []byte(orders[0])}
		if err = channel.Publish("", "orders", false, false, message); err != nil {
			break
		}
		if confirm, open := <-confirms; !open || !confirm.Ack {
			err = errors.New("not confirmed")
			break
		}
		orders = orders[1:]
	}
	done <- err
}

func main() {
	for attempt := 0; attempt < 10; attempt++ {
		done := make(chan error, 1)
		go publish(done)
		select {
		case err := <-done:
			if err == nil {
				return
			}
			log.Print(err)
		case <-time.After(8 * time.Second):
			log.Print("no answer in time")
			os.Exit(3)
		}
		time.Sleep(200 * time.Millisecond)
	}
	os.Exit(3)
}
