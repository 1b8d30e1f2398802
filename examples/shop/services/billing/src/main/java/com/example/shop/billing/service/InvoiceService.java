package com.example.shop.billing.service;

import com.example.shop.billing.client.TaxRates;
import com.example.shop.billing.model.Invoice;
import com.example.shop.billing.model.InvoiceLine;
import com.example.shop.billing.model.InvoiceStatus;
import com.example.shop.billing.repository.InvoiceRepository;
import com.example.shop.billing.repository.InvoiceSearch;
import com.example.shop.billing.repository.OrderTotals;
import java.time.LocalDate;
import java.util.List;
import org.springframework.data.domain.PageRequest;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
public class InvoiceService {

    private static final int DAYS_TO_PAY = 14;

    private final InvoiceRepository invoices;
    private final InvoiceSearch search;
    private final OrderTotals orders;
    private final TaxRates taxRates;

    public InvoiceService(
            InvoiceRepository invoices, InvoiceSearch search, OrderTotals orders, TaxRates taxRates) {
        this.invoices = invoices;
        this.search = search;
        this.orders = orders;
        this.taxRates = taxRates;
    }

    public Invoice create(long orderId, String customerId, String shipTo, String country) {
        long net = orders.totalCents(orderId);
        long tax = net * taxRates.percent(country) / 100;
        var invoice = new Invoice(
                orderId, customerId, "INV-" + orderId, shipTo, LocalDate.now().plusDays(DAYS_TO_PAY));
        invoice.add(new InvoiceLine("goods", net));
        invoice.add(new InvoiceLine("tax", tax));
        return invoices.save(invoice);
    }

    public Invoice get(long id) {
        return invoices.findById(id).orElseThrow(() -> new InvoiceNotFound(id));
    }

    public List<Invoice> ofCustomer(String customerId, int page, int size) {
        return invoices.findByCustomerIdOrderByCreatedAtDesc(customerId, PageRequest.of(page, size));
    }

    public List<Invoice> byReference(String prefix) {
        return search.byReference(prefix);
    }

    @Transactional
    public void fulfilled(long orderId) {
        invoices.findByOrderId(orderId).ifPresent(invoice -> invoice.become(InvoiceStatus.FULFILLED));
    }

    @Transactional
    public void returned(long orderId) {
        invoices.findByOrderId(orderId).ifPresent(invoice -> invoice.become(InvoiceStatus.RETURNED));
    }
}
