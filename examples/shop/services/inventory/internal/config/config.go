// Package config reads the settings of the service from the environment.
package config

import (
	"errors"
	"os"
)

type Config struct {
	Port        string
	DatabaseURL string
	AMQPURL     string
}

func Load() (Config, error) {
	cfg := Config{
		Port:        getenv("PORT", "8081"),
		DatabaseURL: os.Getenv("DATABASE_URL"),
		AMQPURL:     os.Getenv("AMQP_URL"),
	}
	if cfg.DatabaseURL == "" || cfg.AMQPURL == "" {
		return Config{}, errors.New("DATABASE_URL and AMQP_URL must be set")
	}
	return cfg, nil
}

func getenv(key, fallback string) string {
	if value, set := os.LookupEnv(key); set {
		return value
	}
	return fallback
}
