package com.example.shop.billing.api;

import com.example.shop.billing.model.Invoice;
import java.time.LocalDate;

public record InvoiceView(
        long id,
        long orderId,
        String customerId,
        String reference,
        String status,
        String currency,
        long totalCents,
        LocalDate dueOn) {

    static InvoiceView of(Invoice invoice) {
        return new InvoiceView(
                invoice.getId(),
                invoice.getOrderId(),
                invoice.getCustomerId(),
                invoice.getReference(),
                invoice.getStatus().name(),
                invoice.getCurrency(),
                invoice.getTotalCents(),
                invoice.getDueOn());
    }
}
