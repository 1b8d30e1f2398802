package com.example.shop.billing.service;

import com.example.shop.billing.client.PaymentProvider;
import com.example.shop.billing.events.InvoiceEvents;
import com.example.shop.billing.model.Invoice;
import com.example.shop.billing.model.InvoiceStatus;
import com.example.shop.billing.model.Payment;
import com.example.shop.billing.repository.InvoiceRepository;
import com.example.shop.billing.repository.PaymentRepository;
import java.util.List;
import org.springframework.data.domain.PageRequest;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

@Service
public class PaymentService {

    private final InvoiceRepository invoices;
    private final PaymentRepository payments;
    private final PaymentProvider provider;
    private final InvoiceEvents events;
    private final TransactionTemplate transaction;

    public PaymentService(
            InvoiceRepository invoices,
            PaymentRepository payments,
            PaymentProvider provider,
            InvoiceEvents events,
            TransactionTemplate transaction) {
        this.invoices = invoices;
        this.payments = payments;
        this.provider = provider;
        this.events = events;
        this.transaction = transaction;
    }

    public Invoice pay(long invoiceId, String cardToken) {
        var invoice = invoices.findById(invoiceId).orElseThrow(() -> new InvoiceNotFound(invoiceId));
        transaction.executeWithoutResult(status -> {
            var providerReference = provider.charge(
                    invoice.getReference(), invoice.getTotalCents(), invoice.getCurrency(), cardToken);
            invoice.become(InvoiceStatus.PAID);
            payments.save(new Payment(invoice, providerReference));
            invoices.save(invoice);
        });
        events.paid(invoice);
        return invoice;
    }

    public List<Payment> ofCustomer(String customerId, int page, int size) {
        return payments.findByInvoiceCustomerIdOrderByPaidAtDesc(customerId, PageRequest.of(page, size));
    }

    public Payment get(long id) {
        return payments.findById(id).orElseThrow();
    }
}
