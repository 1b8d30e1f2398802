package com.example.shop.billing.service;

import com.example.shop.billing.model.Invoice;
import com.example.shop.billing.model.InvoiceLine;
import com.example.shop.billing.model.InvoiceStatus;
import com.example.shop.billing.model.Payment;
import com.example.shop.billing.repository.InvoiceRepository;
import com.example.shop.billing.repository.PaymentRepository;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

@Service
public class ReportService {

    private final InvoiceRepository invoices;
    private final PaymentRepository payments;

    public ReportService(InvoiceRepository invoices, PaymentRepository payments) {
        this.invoices = invoices;
        this.payments = payments;
    }

    /** What is still to be paid, in cents by kind of line. */
    @Transactional(readOnly = true)
    public Map<String, Long> outstanding() {
        var cents = new TreeMap<String, Long>();
        List<Invoice> open = invoices.findTop500ByStatusOrderByDueOn(InvoiceStatus.OPEN);
        for (Invoice invoice : open) {
            for (InvoiceLine line : invoice.getLines()) {
                cents.merge(line.getKind(), line.getAmountCents(), Long::sum);
            }
        }
        return cents;
    }

    /** What accounting reconciles with the bank. */
    public List<Payment> received() {
        return payments.findAll();
    }
}
