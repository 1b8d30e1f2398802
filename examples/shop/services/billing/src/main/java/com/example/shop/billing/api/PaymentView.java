package com.example.shop.billing.api;

import com.example.shop.billing.model.Payment;
import java.time.Instant;

public record PaymentView(String providerReference, long amountCents, Instant paidAt) {

    static PaymentView of(Payment payment) {
        return new PaymentView(
                payment.getProviderReference(), payment.getAmountCents(), payment.getPaidAt());
    }
}
