package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"example.com/shop/inventory/internal/service"
)

const maxItems = 100

type Handlers struct {
	stock *service.Stock
	ping  func(context.Context) error
}

func NewHandlers(stock *service.Stock, ping func(context.Context) error) *Handlers {
	return &Handlers{stock: stock, ping: ping}
}

func (h *Handlers) Alive(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
}

func (h *Handlers) Ready(c *gin.Context) {
	if err := h.ping(c.Request.Context()); err != nil {
		c.JSON(http.StatusServiceUnavailable, gin.H{"error": "no database"})
		return
	}
	c.JSON(http.StatusOK, gin.H{"status": "ok"})
}

func (h *Handlers) ListItems(c *gin.Context) {
	limit, err := strconv.Atoi(c.DefaultQuery("limit", "20"))
	if err != nil || limit < 1 {
		c.JSON(http.StatusBadRequest, gin.H{"error": "limit is a positive number"})
		return
	}
	items, err := h.stock.Items(c.Request.Context(), c.Query("q"), min(limit, maxItems))
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, items)
}

func (h *Handlers) GetItem(c *gin.Context) {
	item, err := h.stock.Item(c.Request.Context(), c.Param("sku"))
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, item)
}

func (h *Handlers) GetStock(c *gin.Context) {
	item, err := h.stock.Item(c.Request.Context(), c.Param("sku"))
	if err != nil {
		fail(c, err)
		return
	}
	levels := make([]gin.H, len(item.Levels))
	for i, level := range item.Levels {
		levels[i] = gin.H{"warehouse": level.Warehouse.Code, "available": level.Available}
	}
	c.JSON(http.StatusOK, levels)
}

func (h *Handlers) LowStock(c *gin.Context) {
	items, err := h.stock.Low(c.Request.Context())
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, items)
}

func (h *Handlers) AdjustStock(c *gin.Context) {
	var body struct {
		Warehouse string `json:"warehouse" binding:"required"`
		Delta     int    `json:"delta" binding:"required"`
		Reason    string `json:"reason" binding:"required,max=255"`
	}
	if err := c.ShouldBindJSON(&body); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return
	}
	err := h.stock.Adjust(c.Request.Context(), c.Param("sku"), body.Warehouse, body.Delta, body.Reason)
	if err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func (h *Handlers) Reserve(c *gin.Context) {
	var body struct {
		OrderReference string `json:"order_reference" binding:"required,uuid"`
		Lines          []struct {
			SKU      string `json:"sku" binding:"required"`
			Quantity int64  `json:"quantity" binding:"min=1,max=1000"`
		} `json:"lines" binding:"required,min=1,max=50,dive"`
	}
	if err := c.ShouldBindJSON(&body); err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"reason": err.Error()})
		return
	}
	lines := make([]service.Line, len(body.Lines))
	for i, line := range body.Lines {
		lines[i] = service.Line{SKU: line.SKU, Quantity: line.Quantity}
	}
	reserved, err := h.stock.Reserve(c.Request.Context(), body.OrderReference, lines)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusCreated, gin.H{"lines": reserved})
}

func (h *Handlers) Release(c *gin.Context) {
	if err := h.stock.Release(c.Request.Context(), c.Param("reference")); err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func fail(c *gin.Context, err error) {
	switch {
	case errors.Is(err, service.ErrNotFound):
		c.JSON(http.StatusNotFound, gin.H{"error": err.Error()})
	case errors.Is(err, service.ErrOutOfStock):
		c.JSON(http.StatusConflict, gin.H{"error": err.Error()})
	default:
		slog.Error("request failed", "path", c.FullPath(), "error", err)
		c.JSON(http.StatusInternalServerError, gin.H{"error": "internal error"})
	}
}
