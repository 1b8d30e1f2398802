package com.example.shop.billing.model;

import jakarta.persistence.CascadeType;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;

@Entity
@Table(name = "invoices")
public class Invoice {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    private Long id;

    private long orderId;

    private String customerId;

    private String reference;

    private String shipTo;

    @Enumerated(EnumType.STRING)
    private InvoiceStatus status = InvoiceStatus.OPEN;

    private String currency = "EUR";

    private long totalCents;

    private LocalDate dueOn;

    private Instant createdAt = Instant.now();

    private int version;

    @OneToMany(cascade = CascadeType.ALL)
    @JoinColumn(name = "invoice_id", nullable = false)
    private List<InvoiceLine> lines = new ArrayList<>();

    @OneToMany(mappedBy = "invoice", fetch = FetchType.EAGER)
    private List<Payment> payments = new ArrayList<>();

    protected Invoice() {}

    public Invoice(long orderId, String customerId, String reference, String shipTo, LocalDate dueOn) {
        this.orderId = orderId;
        this.customerId = customerId;
        this.reference = reference;
        this.shipTo = shipTo;
        this.dueOn = dueOn;
    }

    public void add(InvoiceLine line) {
        lines.add(line);
        totalCents += line.getAmountCents();
    }

    public void become(InvoiceStatus status) {
        this.status = status;
    }

    public Long getId() {
        return id;
    }

    public long getOrderId() {
        return orderId;
    }

    public String getCustomerId() {
        return customerId;
    }

    public String getReference() {
        return reference;
    }

    public String getShipTo() {
        return shipTo;
    }

    public InvoiceStatus getStatus() {
        return status;
    }

    public String getCurrency() {
        return currency;
    }

    public long getTotalCents() {
        return totalCents;
    }

    public LocalDate getDueOn() {
        return dueOn;
    }

    public Instant getCreatedAt() {
        return createdAt;
    }

    public List<InvoiceLine> getLines() {
        return lines;
    }
}
