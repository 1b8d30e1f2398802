// Command server runs the inventory: its API and its consumer of order events.
package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"example.com/shop/inventory/internal/alerts"
	"example.com/shop/inventory/internal/api"
	"example.com/shop/inventory/internal/config"
	"example.com/shop/inventory/internal/messaging"
	"example.com/shop/inventory/internal/repository"
	"example.com/shop/inventory/internal/service"
)

func main() {
	if err := run(); err != nil {
		slog.Error("inventory stopped", "error", err)
		os.Exit(1)
	}
}

func run() error {
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	db, err := gorm.Open(postgres.Open(cfg.DatabaseURL), &gorm.Config{})
	if err != nil {
		return err
	}
	pool, err := db.DB()
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(15)
	pool.SetConnMaxLifetime(30 * time.Minute)

	broker, err := amqp.DialConfig(cfg.AMQPURL, amqp.Config{
		Dial:      amqp.DefaultDial(5 * time.Second),
		Heartbeat: 10 * time.Second,
	})
	if err != nil {
		return err
	}
	defer broker.Close()

	items := repository.NewItems(db)
	stock := service.NewStock(items, repository.NewReservations(db), alerts.New())

	consumer := messaging.NewConsumer(broker, stock)
	go func() {
		if err := consumer.Run(ctx); err != nil {
			slog.Error("consumer stopped", "error", err)
			stop()
		}
	}()

	server := &http.Server{
		Addr:              ":" + cfg.Port,
		Handler:           api.NewRouter(api.NewHandlers(stock, pool.PingContext)),
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      15 * time.Second,
	}
	go func() {
		<-ctx.Done()
		shutdown, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := server.Shutdown(shutdown); err != nil {
			slog.Error("shutdown", "error", err)
		}
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
