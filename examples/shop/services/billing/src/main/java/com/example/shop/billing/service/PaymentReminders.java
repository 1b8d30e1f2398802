package com.example.shop.billing.service;

import com.example.shop.billing.events.InvoiceEvents;
import com.example.shop.billing.model.InvoiceStatus;
import com.example.shop.billing.repository.InvoiceRepository;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

@Component
public class PaymentReminders {

    private final InvoiceRepository invoices;
    private final InvoiceEvents events;

    public PaymentReminders(InvoiceRepository invoices, InvoiceEvents events) {
        this.invoices = invoices;
        this.events = events;
    }

    @Scheduled(cron = "0 0 8 * * MON-FRI")
    public void remind() {
        invoices.findTop500ByStatusOrderByDueOn(InvoiceStatus.OPEN).forEach(events::due);
    }
}
