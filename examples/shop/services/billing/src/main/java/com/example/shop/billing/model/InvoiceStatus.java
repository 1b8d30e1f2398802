package com.example.shop.billing.model;

public enum InvoiceStatus {
    OPEN,
    PAID,
    FULFILLED,
    RETURNED
}
