// Package api is the HTTP face of the inventory.
package api

import "github.com/gin-gonic/gin"

func NewRouter(h *Handlers) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(gin.Logger(), gin.Recovery())

	router.GET("/healthz", h.Alive)
	router.GET("/readyz", h.Ready)

	v1 := router.Group("/v1")
	v1.GET("/items", h.ListItems)
	v1.GET("/items/:sku", h.GetItem)
	v1.GET("/items/:sku/stock", h.GetStock)
	v1.POST("/items/:sku/adjustments", h.AdjustStock)
	v1.GET("/low-stock", h.LowStock)
	v1.POST("/reservations", h.Reserve)
	v1.DELETE("/reservations/:reference", h.Release)
	return router
}
