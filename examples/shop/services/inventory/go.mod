module example.com/shop/inventory

go 1.23

require (
	github.com/gin-gonic/gin v1.10.0
	github.com/lib/pq v1.10.9
	github.com/rabbitmq/amqp091-go v1.10.0
	gorm.io/driver/postgres v1.5.9
	gorm.io/gorm v1.25.12
)
