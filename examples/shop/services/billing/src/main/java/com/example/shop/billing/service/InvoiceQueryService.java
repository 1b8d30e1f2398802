package com.example.shop.billing.service;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;

@Service
public class InvoiceQueryService {

    private final JdbcTemplate billingDatabase;

    public InvoiceQueryService(JdbcTemplate billingDatabase) {
        this.billingDatabase = billingDatabase;
    }

    public String status(long id) {
        billingDatabase.update("UPDATE invoices SET status = 'OVERDUE' WHERE id = ? AND status = 'OPEN' AND due_on < now()", id);
        return billingDatabase.queryForObject("SELECT status FROM invoices WHERE id = ?", String.class, id);
    }
}
