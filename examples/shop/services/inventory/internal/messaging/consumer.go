// Package messaging listens to what happens to orders.
package messaging

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	amqp "github.com/rabbitmq/amqp091-go"

	"example.com/shop/inventory/internal/service"
)

const (
	exchange = "orders"
	queue    = "inventory.order-cancelled"
)

type Consumer struct {
	connection *amqp.Connection
	stock      *service.Stock
}

func NewConsumer(connection *amqp.Connection, stock *service.Stock) *Consumer {
	return &Consumer{connection: connection, stock: stock}
}

// Run puts the stock of cancelled orders back until ctx is done.
func (c *Consumer) Run(ctx context.Context) error {
	channel, err := c.connection.Channel()
	if err != nil {
		return err
	}
	defer channel.Close()
	if err := channel.ExchangeDeclare(exchange, "topic", true, false, false, false, nil); err != nil {
		return err
	}
	if _, err := channel.QueueDeclare(queue, true, false, false, false, nil); err != nil {
		return err
	}
	if err := channel.QueueBind(queue, "order.cancelled", exchange, false, nil); err != nil {
		return err
	}
	deliveries, err := channel.Consume(queue, "inventory", true, false, false, false, nil)
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case delivery, open := <-deliveries:
			if !open {
				return errors.New("the broker closed the channel")
			}
			c.cancelled(ctx, delivery)
		}
	}
}

func (c *Consumer) cancelled(ctx context.Context, delivery amqp.Delivery) {
	var event struct {
		OrderReference string `json:"order_reference"`
	}
	if err := json.Unmarshal(delivery.Body, &event); err != nil {
		slog.Error("not an order event", "error", err)
		return
	}
	if err := c.stock.Release(ctx, event.OrderReference); err != nil {
		slog.Error("stock was not released", "order", event.OrderReference, "error", err)
	}
}
