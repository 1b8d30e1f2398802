package com.example.shop.billing.model;

public class PaymentDeclined extends RuntimeException {

    public PaymentDeclined(String message) {
        super(message);
    }
}
