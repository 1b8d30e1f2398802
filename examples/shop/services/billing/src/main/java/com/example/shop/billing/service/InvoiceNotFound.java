package com.example.shop.billing.service;

public class InvoiceNotFound extends RuntimeException {

    public InvoiceNotFound(long id) {
        super("no invoice " + id);
    }
}
