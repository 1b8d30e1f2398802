package com.example.shop.billing.repository;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Repository;

@Repository
public class OrderTotals {

    private final JdbcTemplate ordersDatabase;

    public OrderTotals(JdbcTemplate ordersDatabase) {
        this.ordersDatabase = ordersDatabase;
    }

    public long totalCents(long orderId) {
        return ordersDatabase.queryForObject("SELECT total_cents FROM orders WHERE id = ?", Long.class, orderId);
    }
}
